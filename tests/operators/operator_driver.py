"""Driving one operator by hand: opening it, and reading what it emits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import state_location

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.elements import Output
from sqlstream.config.configuration import Configuration
from sqlstream.operators.base import Operator, OperatorContext, build_operator, drain
from sqlstream.plan.physical import PhysicalOperator
from sqlstream.state.snapshot import KeyGroupRange, OperatorSnapshot
from sqlstream.types.logical import LogicalType
from sqlstream.types.schema import Field, Schema, TimeAttribute

MAX_PARALLELISM = 16
SHORT_TO_KIND = {kind.short: kind for kind in RowKind}

Change = tuple[str, tuple[Any, ...]]
"""A row kind as Flink prints it ("+I") and the row."""


def schema(*columns: tuple[str, LogicalType] | tuple[str, LogicalType, TimeAttribute]) -> Schema:
    return Schema(tuple(Field(*column) for column in columns))


def rows_batch(of: Schema, rows: Sequence[Sequence[Any]]) -> Batch:
    """Insertions of ``rows``."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(of)
    arrow = of.to_arrow()
    return Batch(pa.record_batch([pa.array(c, f.type) for c, f in zip(columns, arrow, strict=True)], schema=arrow))


def changes_batch(of: Schema, changes: Sequence[Change]) -> Batch:
    """``changes``, each with its kind."""
    kinds = np.array([SHORT_TO_KIND[kind] for kind, _ in changes], np.int8)
    return Batch(rows_batch(of, [row for _, row in changes]).data, kinds)


def opened(
    node: PhysicalOperator,
    *,
    options: Mapping[str, str] | None = None,
    subtask: int = 0,
    parallelism: int = 1,
    services: dict[str, Any] | None = None,
) -> Operator:
    """The operator of ``node``, open, in a session whose time zone is UTC unless ``options`` say otherwise."""
    operator = build_operator(node)
    operator.open(
        OperatorContext(
            configuration=Configuration({"table.local-time-zone": "UTC", **(options or {})}),
            subtask=subtask,
            parallelism=parallelism,
            max_parallelism=MAX_PARALLELISM,
            key_groups=KeyGroupRange.of_subtask(subtask, parallelism, MAX_PARALLELISM),
            services=services or {},
            managed_state=state_location.managed_state,
        )
    )
    return operator


def after_restart(snapshots: Sequence[OperatorSnapshot], parallelism: int) -> list[list[OperatorSnapshot]]:
    """What each subtask of ``parallelism`` is given of the snapshots of all earlier ones, once they were stored."""
    stored = [
        OperatorSnapshot(keyed=s.keyed, values=_through_json(s.values), items=tuple(_through_json(s.items)))
        for s in snapshots
    ]
    if len(stored) == parallelism:
        return [[own] for own in stored]
    items = [item for each in stored for item in each.items]
    return [
        [
            OperatorSnapshot(each.keyed, each.values, tuple(items[subtask::parallelism]) if index == 0 else ())
            for index, each in enumerate(stored)
        ]
        for subtask in range(parallelism)
    ]


def _through_json(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def changes(outputs: Iterable[Output]) -> list[Change]:
    """The rows among ``outputs``, in order."""
    return [(kind.short, row) for batch in drain(outputs) for kind, row in batch.to_rows()]


def rows(outputs: Iterable[Output]) -> list[tuple[Any, ...]]:
    """The rows among ``outputs``, in order; all of them must be insertions."""
    found = changes(outputs)
    assert all(kind == "+I" for kind, _ in found)
    return [row for _, row in found]


def materialised(found: Iterable[Change]) -> Counter[tuple[Any, ...]]:
    """What is left when all changes have been applied; no row may be taken back before it was there."""
    result: Counter[tuple[Any, ...]] = Counter()
    for kind, row in found:
        result[row] += 1 if kind in ("+I", "+U") else -1
        assert result[row] >= 0, f"{kind}{row} takes back what is not there"
    return +result
