"""MIN and MAX."""

from __future__ import annotations

from collections.abc import Sequence

from sqlstream.functions.aggregate.declaration import aggregate
from sqlstream.functions.registry import Argument
from sqlstream.functions.signature import kind, signature
from sqlstream.types import logical as t

_COMPARABLE = kind(
    "COMPARABLE",
    t.BooleanType,
    *t.NUMERIC_TYPES,
    *t.CHARACTER_TYPES,
    *t.BINARY_TYPES,
    *t.DATETIME_TYPES,
    *t.INTERVAL_TYPES,
    null_as=t.INT,
)


def _nullable(arguments: Sequence[Argument]) -> t.LogicalType:
    return t.with_nullability(arguments[0].type, True)


for _name, _accumulator, _which in (("MIN", "min_accumulator", "least"), ("MAX", "max_accumulator", "greatest")):
    aggregate(
        _name,
        signature(_COMPARABLE, returns=_nullable),
        accumulator=f"extreme:{_accumulator}",
        doc=f"The {_which} of the values that are not NULL; NULL if there are none.",
    )
