"""Calling a registered function by hand: resolve, cast the arguments, compute, check the result's type."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from sqlstream.functions.registry import Argument, EvaluationContext, ScalarFunction, lookup
from sqlstream.types.arrow import to_arrow
from sqlstream.types.cast import cast_array
from sqlstream.types.parse import parse_type


def call(name: str, *columns: tuple[str, list[Any]], time_zone: str = "UTC") -> list[Any]:
    """The values of function ``name`` over columns, each given as (type, values)."""
    function = lookup(name)
    assert isinstance(function, ScalarFunction)
    types = [parse_type(type_) for type_, _ in columns]
    literals = [values[0] if len(set(map(repr, values))) == 1 else None for _, values in columns]
    resolution = function.resolve(
        [Argument(type_, value, value is not None) for type_, value in zip(types, literals, strict=True)]
    )
    arrays = [
        cast_array(pa.array(values, to_arrow(source)), source, target)
        for (_, values), source, target in zip(columns, types, resolution.arguments, strict=True)
    ]
    context = EvaluationContext(len(arrays[0]), resolution.arguments, resolution.result, now=0, time_zone=time_zone)
    result = function.implementation(*arrays, context)
    assert result.type == to_arrow(resolution.result)
    assert len(result) == len(arrays[0])
    return list(result.to_pylist())
