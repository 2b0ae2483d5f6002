"""COUNT, SUM and AVG."""

from __future__ import annotations

from collections.abc import Sequence

from sqlstream.functions.aggregate.declaration import aggregate
from sqlstream.functions.registry import Argument
from sqlstream.functions.signature import ANY, NUMERIC, always, signature
from sqlstream.types import logical as t


def _sum_type(arguments: Sequence[Argument]) -> t.LogicalType:
    type_ = arguments[0].type
    if isinstance(type_, t.DecimalType):
        return t.DecimalType(precision=t.MAX_DECIMAL_PRECISION, scale=type_.scale)
    return t.with_nullability(type_, True)


def _sum0_type(arguments: Sequence[Argument]) -> t.LogicalType:
    return t.with_nullability(_sum_type(arguments), False)


def average_type(arguments: Sequence[Argument]) -> t.LogicalType:
    """The type of AVG and of variances: the argument's own, or for decimals 38 digits, 6 or more after the point."""
    type_ = arguments[0].type
    if isinstance(type_, t.DecimalType):
        return t.DecimalType(precision=t.MAX_DECIMAL_PRECISION, scale=max(6, type_.scale))
    return t.with_nullability(type_, True)


_NUMBER = always(t.BigIntType(nullable=False))

aggregate(
    "COUNT",
    signature(returns=_NUMBER),
    signature(ANY, repeated=1, returns=_NUMBER),
    accumulator="count:CountAccumulator",
    doc="The number of rows in which no argument is NULL; COUNT(*) is the number of rows.",
)
aggregate(
    "SUM",
    signature(NUMERIC, returns=_sum_type),
    accumulator="sum:sum_accumulator",
    doc="The sum of the values that are not NULL, in the argument's own type; NULL if there are none.",
)
aggregate(
    "$SUM0",
    signature(NUMERIC, returns=_sum0_type),
    accumulator="sum:sum0_accumulator",
    doc="The sum of the values that are not NULL; 0 if there are none.",
)
aggregate(
    "AVG",
    signature(NUMERIC, returns=average_type),
    accumulator="sum:average_accumulator",
    doc="The mean of the values that are not NULL, in the argument's own type; NULL if there are none.",
)
