"""Aggregates that keep values: FIRST_VALUE, LAST_VALUE, LISTAGG, ARRAY_AGG, COLLECT, SINGLE_VALUE."""

from __future__ import annotations

from collections.abc import Sequence

from sqlstream.functions.aggregate.declaration import aggregate
from sqlstream.functions.registry import Argument
from sqlstream.functions.signature import ANY, CHARACTER, always, signature
from sqlstream.types import logical as t


def _nullable(arguments: Sequence[Argument]) -> t.LogicalType:
    return t.with_nullability(arguments[0].type, True)


def _array(arguments: Sequence[Argument]) -> t.LogicalType:
    return t.ArrayType(element=arguments[0].type)


def _multiset(arguments: Sequence[Argument]) -> t.LogicalType:
    return t.MultisetType(element=arguments[0].type, nullable=False)


aggregate(
    "FIRST_VALUE",
    signature(ANY, returns=_nullable),
    accumulator="first_last:first_value",
    doc="The value that came first, NULLs not counted.",
)
aggregate(
    "LAST_VALUE",
    signature(ANY, returns=_nullable),
    accumulator="first_last:last_value",
    doc="The value that came last, NULLs not counted.",
)
aggregate(
    "LISTAGG",
    signature(CHARACTER, CHARACTER, optional=1, returns=always(t.STRING)),
    accumulator="sequence:ListAggregate",
    doc="The texts that are not NULL, joined in the order they came by the second argument, or a comma.",
)
aggregate(
    "ARRAY_AGG",
    signature(ANY, returns=_array),
    accumulator="sequence:ArrayAggregate",
    doc="All values, NULLs too, in the order they came.",
)
aggregate(
    "COLLECT",
    signature(ANY, returns=_multiset),
    accumulator="collect:CollectAccumulator",
    doc="The multiset of the values that are not NULL.",
)
aggregate(
    "SINGLE_VALUE",
    signature(ANY, returns=_nullable),
    accumulator="sequence:SingleValue",
    doc="The only value of a group; an error if there are more.",
)
