"""The rows that window aggregations emit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.plan.physical import WindowProperty


def window_rows(
    schema: pa.Schema,
    keys: Sequence[pa.Array],
    values: Sequence[pa.Array],
    properties: Sequence[WindowProperty],
    times: Mapping[WindowProperty, Int64s],
    num_rows: int,
) -> pa.RecordBatch:
    """``keys``, aggregate ``values``, then the ``properties`` of the windows, whose ``times`` are in ms."""
    first = len(keys) + len(values)
    stamps = [timestamps(times[prop], schema.field(first + i).type) for i, prop in enumerate(properties)]
    return build_record_batch([*keys, *values, *stamps], schema, num_rows)


def timestamps(milliseconds: Int64s, type_: pa.DataType) -> pa.Array:
    """``milliseconds`` as a timestamp column of ``type_``."""
    return pa.array(milliseconds).cast(pa.timestamp("ms", tz=type_.tz)).cast(type_)
