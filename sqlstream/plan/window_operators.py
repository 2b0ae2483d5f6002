"""The physical operators of windows."""

from __future__ import annotations

from typing import Any

from sqlstream.plan import logical as l
from sqlstream.plan import physical as p
from sqlstream.types.logical import LocalZonedTimestampType
from sqlstream.types.schema import TimeAttribute


def window_function(node: l.WindowFunction) -> p.WindowTableFunction | p.SessionWindowTableFunction:
    """The operator that gives rows their windows."""
    proctime = node.input.schema[node.time_column].time is TimeAttribute.PROCTIME
    if node.window.kind is p.WindowKind.SESSION:
        return p.SessionWindowTableFunction(
            node.window, node.time_column, node.keys, node.schema, node.input.schema, proctime
        )
    return p.WindowTableFunction(node.window, node.time_column, node.schema, proctime)


def window_aggregate(node: l.WindowAggregate, *, retracting: bool, wanted: bool, batch: bool) -> p.PhysicalOperator:
    """The operator that groups by window. ``wanted``: whether -U rows are, where it updates."""
    name = ("HashWindowAggregate" if batch else "GroupWindowAggregate") if node.grouped else "WindowAggregate"
    parts: dict[str, Any] = {
        "window": node.window,
        "time_column": node.time_column,
        "keys": node.keys,
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
    return p.WindowAggregate(**parts)
