"""All calls of some OVER windows of the same partitions and order, over rows that are at hand."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.sort_order import SortColumn, sort_keys
from sqlstream.operators.over_frames import Distances, distances_of, frames_of, has_distance
from sqlstream.operators.over_rows import OrderedRows
from sqlstream.operators.over_values import over_value
from sqlstream.plan.physical import OverWindow, SortKey
from sqlstream.types.schema import Schema


def over_values(
    data: pa.RecordBatch,
    partition: Sequence[int],
    order: Sequence[SortKey],
    windows: Sequence[OverWindow],
    input: Schema,
) -> tuple[Int64s, list[pa.Array]]:
    """The rows of ``data`` (at least one) in order, and for them the values of all calls of all ``windows``."""
    columns = [SortColumn(data.column(key.column), key.descending, key.nulls_last) for key in order]
    rows = OrderedRows(data, partition, sort_keys(columns))
    values = []
    for window in windows:
        frames = frames_of(rows, window.frame, _distances(rows, order, window))
        values += [over_value(call, rows, frames, input) for call in window.calls]
    return rows.order, values


def _distances(rows: OrderedRows, order: Sequence[SortKey], window: OverWindow) -> Distances | None:
    if not has_distance(window.frame):
        return None
    (key,) = order
    return distances_of(rows.column(key.column), key.descending)
