"""Functions of one column and some constants (a pattern, a length, a time unit).

The compute kernels for text take such arguments as plain values. They nearly always are literals; where they are
columns, rows are grouped by the values and each group is computed at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.functions.registry import EvaluationContext
from sqlstream.types.arrow import to_arrow


def constant_of(array: pa.Array) -> tuple[bool, Any]:
    """Whether all values of ``array`` are the same, and that value. An empty array is not constant."""
    if len(array) == 0:
        return False, None
    if array.null_count:
        return array.null_count == len(array), None
    first = array[0]
    return len(array) == 1 or bool(pc.all(pc.equal(array, first)).as_py()), first.as_py()


def per_constant(column: int = 0) -> Callable[[Callable[..., pa.Array]], Callable[..., pa.Array]]:
    """Decorator: argument ``column`` stays an array, every other one is handed over as a Python value.

    A NULL among those others makes the result NULL. The function may ask for ``context`` by keyword.
    """

    def decorate(function: Callable[..., pa.Array]) -> Callable[..., pa.Array]:
        wants_context = "context" in function.__annotations__

        @wraps(function)
        def implementation(*args: Any) -> pa.Array:
            context: EvaluationContext = args[-1]
            values = args[column]
            others = [*args[:column], *args[column + 1 : -1]]
            image = to_arrow(context.result_type)
            extra = {"context": context} if wants_context else {}

            def apply(part: pa.Array, constants: tuple[Any, ...]) -> pa.Array:
                if any(constant is None for constant in constants):
                    return pa.nulls(len(part), image)
                result = function(part, *constants, **extra)
                return result if result.type == image else result.cast(image)

            if len(values) == 0:
                return pa.nulls(0, image)
            places = [place for place in range(len(args) - 1) if place != column]
            known = [
                (True, other[0].as_py()) if place in context.constants else constant_of(other)
                for place, other in zip(places, others, strict=True)
            ]
            if all(is_constant for is_constant, _ in known):
                return apply(values, tuple(value for _, value in known))
            return _grouped(values, others, apply)

        return implementation

    return decorate


def _grouped(
    values: pa.Array, others: list[pa.Array], apply: Callable[[pa.Array, tuple[Any, ...]], pa.Array]
) -> pa.Array:
    keys = list(zip(*(other.to_pylist() for other in others), strict=True))
    codes = {key: code for code, key in enumerate(dict.fromkeys(keys))}
    ids = np.fromiter((codes[key] for key in keys), np.int64, len(keys))
    order = np.argsort(ids, kind="stable")
    bounds = np.searchsorted(ids[order], np.arange(len(codes) + 1))
    pieces = [
        apply(values.take(pa.array(order[start:end])), key)
        for key, start, end in zip(codes, bounds[:-1], bounds[1:], strict=True)
    ]
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return pa.concat_arrays(pieces).take(pa.array(back))
