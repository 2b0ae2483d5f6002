"""Temporal joins in one line each, as Flink's EXPLAIN writes them, and what they remember, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlstream.plan import physical as p
from sqlstream.plan.call_text import call_text
from sqlstream.plan.join_row import joined_row
from sqlstream.plan.join_text import join_type_text, where_text
from sqlstream.plan.physical_tree import PhysicalNode
from sqlstream.plan.state_description import StateDescription, keyed_by


def _temporal_join(join: p.TemporalJoin, inputs: list[list[str]]) -> str:
    names, width = joined_row(join.left, join.right).names, len(join.left)
    left = [names[key] for key in join.left_keys]
    right = [names[width + key] for key in join.right_keys]
    times = (
        f"__TEMPORAL_JOIN_CONDITION({names[join.left_time]}, {names[width + join.right_time]}, "
        f"__TEMPORAL_JOIN_LEFT_KEY({', '.join(left)}), __TEMPORAL_JOIN_RIGHT_KEY({', '.join(right)}))"
    )
    return call_text(
        "TemporalJoin",
        joinType=join_type_text(join.kind),
        where=f"{where_text(join)} AND {times}",
        select=", ".join(join.schema.names),
    )


def _temporal_join_state(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.TemporalJoin)
    width = len(operator.left)
    names = joined_row(operator.left, operator.right).names
    keeps = (
        f"rows of both inputs that {names[operator.left_time]} and {names[width + operator.right_time]} put after the "
        f"watermark, and the last version before it ({', '.join(names[width:])}) of each key; left "
        f"{keyed_by(operator.left_keys, names)}, right {keyed_by(operator.right_keys, names[width:])}"
    )
    dropped = "rows when the watermark reaches them, a version when the watermark reaches the next one of its key"
    return StateDescription(keeps, dropped, True)


TEMPORAL_JOIN_PRINTERS: dict[type, Callable[[Any, list[list[str]]], str]] = {p.TemporalJoin: _temporal_join}


def _lookup_join_state(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.LookupJoin)
    keeps = f"rows whose keys table {operator.table.name} has not answered; not keyed"
    return StateDescription(keeps, "when the answer has come", False)


TEMPORAL_JOIN_STATES: dict[type, Callable[[PhysicalNode], StateDescription]] = {
    p.TemporalJoin: _temporal_join_state,
    p.LookupJoin: _lookup_join_state,
}
