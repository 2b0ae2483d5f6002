"""LAG and LEAD."""

from __future__ import annotations

from collections.abc import Sequence

from sqlstream.functions.over.declaration import over_function
from sqlstream.functions.registry import Argument
from sqlstream.functions.signature import ANY, INTEGER, signature
from sqlstream.types import logical as t
from sqlstream.types.coercion import common_type


def _value(arguments: Sequence[Argument]) -> t.LogicalType:
    """The value's type; NULL where there is no such row, unless the default is never NULL."""
    nullable = len(arguments) < 3 or any(arguments[i].type.nullable for i in (0, 2))
    return t.with_nullability(arguments[0].type, nullable)


def _with_default(types: tuple[t.LogicalType, ...]) -> tuple[t.LogicalType, ...] | None:
    """The default is of the value's type."""
    if len(types) < 3:
        return types
    common = common_type([types[0], types[2]])
    return None if common is None else (common, types[1], common)


for _name, _which, _looks_ahead in (("LAG", "before", False), ("LEAD", "after", True)):
    over_function(
        _name,
        signature(ANY, INTEGER, ANY, optional=2, returns=_value, adapt=_with_default),
        doc=f"The value in the row that many (1 if left out) rows {_which} this one in its partition; where there is "
        "none, the third argument, or NULL.",
        constants=(1,),
        ordered=False,
        looks_ahead=_looks_ahead,
    )
