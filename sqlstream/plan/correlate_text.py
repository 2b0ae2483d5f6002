"""Calls of table functions in one line each, as Flink's EXPLAIN writes them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlstream.functions.table.declaration import lookup_table_function
from sqlstream.plan import physical as p
from sqlstream.plan.call_text import call_text
from sqlstream.plan.expression_text import expression_text
from sqlstream.plan.expressions import Expression

_JOIN_TYPES = {p.JoinKind.INNER: "INNER", p.JoinKind.LEFT: "LEFT"}


def correlate_call_text(function: str, arguments: Sequence[Expression], names: Sequence[str]) -> str:
    """``$UNNEST_ROWS$1(tags)``."""
    declared = lookup_table_function(function)
    shown = function if declared is None else declared.shown_as
    return f"{shown}({', '.join(expression_text(argument, names) for argument in arguments)})"


def correlate_text(correlate: p.Correlate, inputs: list[list[str]]) -> str:
    call = correlate_call_text(correlate.function, correlate.arguments, inputs[0])
    return call_text(
        "Correlate",
        invocation=call,
        correlate=f"table({call})",
        select=", ".join(correlate.schema.names),
        joinType=_JOIN_TYPES[correlate.kind],
    )
