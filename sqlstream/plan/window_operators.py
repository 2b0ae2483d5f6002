"""The physical operators of windows."""

from __future__ import annotations

from typing import Any

from sqlstream.plan import logical as l
from sqlstream.plan import physical as p
from sqlstream.plan.aggregate_state import partial_schema
from sqlstream.types.logical import BigIntType, LocalZonedTimestampType
from sqlstream.types.schema import Field, Schema, TimeAttribute


def window_function(node: l.WindowFunction) -> p.WindowTableFunction | p.SessionWindowTableFunction:
    """The operator that gives rows their windows."""
    proctime = node.input.schema[node.time_column].time is TimeAttribute.PROCTIME
    if node.window.kind is p.WindowKind.SESSION:
        return p.SessionWindowTableFunction(
            node.window, node.time_column, node.keys, node.schema, node.input.schema, proctime
        )
    return p.WindowTableFunction(node.window, node.time_column, node.schema, proctime)


SLICE_END = "$slice_end"


def local_window_aggregate(node: l.WindowAggregate) -> p.LocalWindowAggregate | None:
    """The operator that groups the rows of a batch where they are, before they travel; None where Flink has none, or
    where what an aggregate keeps cannot travel."""
    proctime = node.time.time is TimeAttribute.PROCTIME
    if proctime or node.grouped or node.start_column is not None or node.window.kind is p.WindowKind.SESSION:
        return None
    partial = partial_schema(node.keys, node.aggregates, node.input.schema)
    if partial is None:
        return None
    fields = list(partial)
    fields.insert(len(node.keys), Field(SLICE_END, BigIntType(nullable=False)))
    return p.LocalWindowAggregate(
        node.window, node.time_column, node.keys, node.aggregates, Schema(tuple(fields)), node.input.schema
    )


def window_aggregate(
    node: l.WindowAggregate, *, retracting: bool, wanted: bool, batch: bool, merging: bool
) -> p.PhysicalOperator:
    """The operator that groups by window. ``wanted``: whether -U rows are, where it updates. ``merging``: its input is
    that of a local window aggregation."""
    if merging:
        name = "GlobalWindowAggregate"
    else:
        name = ("HashWindowAggregate" if batch else "GroupWindowAggregate") if node.grouped else "WindowAggregate"
    parts: dict[str, Any] = {
        "window": node.window,
        "time_column": node.time_column,
        "keys": tuple(range(len(node.keys))) if merging else node.keys,
        "aggregates": node.aggregates,
        "properties": node.properties,
        "retracting": retracting,
        "schema": node.schema,
        "input": node.input.schema,
        "proctime": node.time.time is TimeAttribute.PROCTIME,
        "name": name,
    }
    if node.start_column is not None:
        instants = isinstance(node.time.type, LocalZonedTimestampType)
        return p.AttachedWindowAggregate(**parts, start_column=node.start_column, instants=instants)
    if node.window.kind is p.WindowKind.SESSION:
        return p.SessionWindowAggregate(**parts)
    if node.emit is not None:
        return p.UpdatingWindowAggregate(**parts, emit=node.emit, update_before=wanted)
    return p.WindowAggregate(**parts, merging=merging)
