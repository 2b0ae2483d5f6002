"""Bound expressions as readable SQL, with column names instead of indices."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlstream.functions.registry import OverFunction, lookup
from sqlstream.plan.expressions import (
    AggregateCall,
    Call,
    Cast,
    Expression,
    InputRef,
    Literal,
    Parameter,
    SubqueryCall,
)
from sqlstream.types import logical as t

_INFIX = {
    "OR": 1, "AND": 2,
    "=": 4, "<>": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "LIKE": 4, "SIMILAR_TO": 4,
    "IS_DISTINCT_FROM": 4, "IS_NOT_DISTINCT_FROM": 4,
    "||": 5, "+": 6, "-": 6, "*": 7, "/": 7, "%": 7,
}  # fmt: skip
"""Infix operators and how tightly they bind."""
_POSTFIX = {
    "IS_NULL", "IS_NOT_NULL", "IS_TRUE", "IS_FALSE", "IS_NOT_TRUE", "IS_NOT_FALSE", "IS_UNKNOWN", "IS_NOT_UNKNOWN",
}  # fmt: skip
_PREFIX = {"NOT": 3, "UNARY_MINUS": 8}
_COMPARISON = 4
_ATOM = 10

_MILLISECONDS = (("DAY", 86_400_000), ("HOUR", 3_600_000), ("MINUTE", 60_000), ("SECOND", 1_000))


def expression_text(expression: Expression, names: Sequence[str]) -> str:
    """``expression`` over columns called ``names``."""
    return _print(expression, names)[0]


def aggregate_text(call: AggregateCall, names: Sequence[str]) -> str:
    """``COUNT(DISTINCT x) FILTER (WHERE y)``, ``LAG(x, 2)``, ``ROW_NUMBER(*)``."""
    function = lookup(call.function)
    written = [names[column] for column in call.args]
    if isinstance(function, OverFunction):
        for position, value in zip(function.constants, call.constants, strict=False):
            written.insert(position, str(value))
    of_rows = call.function == "COUNT" or isinstance(function, OverFunction)
    arguments = ", ".join(written) or ("*" if of_rows else "")
    distinct = "DISTINCT " if call.distinct else ""
    condition = "" if call.filter is None else f" FILTER (WHERE {names[call.filter]})"
    nulls = " IGNORE NULLS" if call.ignore_nulls else ""
    return f"{call.function}({distinct}{arguments}){condition}{nulls}"


def _print(expression: Expression, names: Sequence[str]) -> tuple[str, int]:
    """The text and how tightly its outermost operator binds."""
    if isinstance(expression, InputRef):
        return names[expression.index], _ATOM
    if isinstance(expression, Literal):
        return literal_text(expression), _ATOM
    if isinstance(expression, Cast):
        keyword = "TRY_CAST" if expression.safe else "CAST"
        return f"{keyword}({expression_text(expression.operand, names)} AS {expression.type.summary})", _ATOM
    if isinstance(expression, Parameter):
        return f"$cor{expression.index}", _ATOM
    if isinstance(expression, SubqueryCall):
        return f"$query{expression.query}", _ATOM
    return _print_call(expression, names)


def _print_call(call: Call, names: Sequence[str]) -> tuple[str, int]:
    function, words = call.function, call.function.replace("_", " ")
    if function in _INFIX and len(call.args) == 2:
        level = _INFIX[function]
        left = _within(call.args[0], names, level)
        right = _within(call.args[1], names, level if function in ("AND", "OR") else level + 1)
        return f"{left} {words} {right}", level
    if function in _POSTFIX:
        return f"{_within(call.args[0], names, _COMPARISON + 1)} {words}", _COMPARISON
    if function in _PREFIX:
        return _prefixed(call, names), _PREFIX[function]
    special = _SPECIAL.get(function)
    if special is not None:
        return special([expression_text(arg, names) for arg in call.args])
    return f"{function}({', '.join(expression_text(arg, names) for arg in call.args)})", _ATOM


def _prefixed(call: Call, names: Sequence[str]) -> str:
    operand = _within(call.args[0], names, _PREFIX[call.function])
    if call.function == "NOT":
        return f"NOT {operand}"
    # ``--`` would start a comment, and -1 is a literal, not the negative of one.
    return f"-({operand})" if operand[0] in "-0123456789" else f"-{operand}"


def _within(expression: Expression, names: Sequence[str], level: int) -> str:
    text, binding = _print(expression, names)
    return text if binding >= level else f"({text})"


def _case(args: list[str]) -> tuple[str, int]:
    branches = " ".join(f"WHEN {args[i]} THEN {args[i + 1]}" for i in range(0, len(args) - 1, 2))
    return f"CASE {branches} ELSE {args[-1]} END", _ATOM


_SPECIAL: dict[str, Callable[[list[str]], tuple[str, int]]] = {
    "CASE": _case,
    "IN": lambda args: (f"{args[0]} IN ({', '.join(args[1:])})", _COMPARISON),
    "ITEM": lambda args: (f"{args[0]}[{args[1]}]", _ATOM),
    "DOT": lambda args: (f"{args[0]}.{args[1].strip(chr(39))}", _ATOM),
}


def literal_text(literal: Literal) -> str:
    """A literal as SQL."""
    value, type_ = literal.value, literal.type
    if value is None:
        return "NULL"
    if isinstance(type_, t.BooleanType):
        return "TRUE" if value else "FALSE"
    if isinstance(type_, t.CHARACTER_TYPES):
        return "'" + str(value).replace("'", "''") + "'"
    if isinstance(type_, t.BINARY_TYPES):
        return f"X'{value}'"
    if isinstance(type_, t.DATETIME_TYPES):
        return f"{type_.name} '{value}'"
    if isinstance(type_, t.DayTimeIntervalType):
        return _interval_text(int(value))
    if isinstance(type_, t.YearMonthIntervalType):
        return f"INTERVAL '{value}' MONTH"
    return str(value)


def _interval_text(milliseconds: int) -> str:
    for unit, length in _MILLISECONDS:
        if milliseconds and milliseconds % length == 0:
            return f"INTERVAL '{milliseconds // length}' {unit}"
    return f"INTERVAL '{milliseconds / 1000:.3f}' SECOND"
