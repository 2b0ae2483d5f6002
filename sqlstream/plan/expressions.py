"""Typed, bound expressions: what the binder makes of SQL text, and what travels in a JobGraph as JSON."""

from __future__ import annotations

from typing import Union

import msgspec

from sqlstream.types.logical import LogicalType


class InputRef(msgspec.Struct, frozen=True, tag_field="node", tag="input"):
    """Column ``index`` of the operator's input row."""

    index: int
    type: LogicalType


class Literal(msgspec.Struct, frozen=True, tag_field="node", tag="literal"):
    """A constant. Numbers and booleans are themselves; DECIMAL, temporal and binary values are text
    (ISO for temporal, base 16 for binary), intervals are a number of months or milliseconds."""

    value: str | int | float | bool | None
    type: LogicalType


class Call(msgspec.Struct, frozen=True, tag_field="node", tag="call"):
    """A function of the registry, operators included (``+``, ``AND``, ``CASE``), applied to arguments.

    ``CASE`` takes condition, value, condition, value, ..., default.
    """

    function: str
    args: tuple[Expression, ...]
    type: LogicalType


class Cast(msgspec.Struct, frozen=True, tag_field="node", tag="cast"):
    """CAST, or TRY_CAST when ``safe``: NULL instead of an error."""

    operand: Expression
    type: LogicalType
    safe: bool = False


class Parameter(msgspec.Struct, frozen=True, tag_field="node", tag="parameter"):
    """Argument ``index`` of the sub-query around: a value of the outer row. Logical plans alone have it, until
    sub-queries have become joins."""

    index: int
    type: LogicalType


class SubqueryCall(msgspec.Struct, frozen=True, tag_field="node", tag="subquery"):
    """The value of sub-query ``query`` of a SELECT, given expressions of the row around it. The binder alone has it."""

    query: int
    args: tuple[Expression, ...]
    type: LogicalType


Expression = Union[InputRef, Literal, Call, Cast, Parameter, SubqueryCall]


class AggregateCall(msgspec.Struct, frozen=True):
    """An aggregate or window function over input columns ``args``; only rows where column ``filter`` is TRUE count.

    ``constants`` are whole numbers that are the same for every row: LAG's offset, NTILE's number of buckets.
    """

    function: str
    args: tuple[int, ...]
    type: LogicalType
    name: str
    distinct: bool = False
    filter: int | None = None
    constants: tuple[int, ...] = ()
    ignore_nulls: bool = False
