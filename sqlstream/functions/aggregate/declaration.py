"""How an aggregate function is declared: signatures as for scalar functions, and where its accumulator is."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from sqlstream.functions.registry import AggregateFunction, NullRule, register
from sqlstream.functions.signature import Signature, resolver
from sqlstream.types.logical import LogicalType

AccumulatorFactory = Callable[[tuple[LogicalType, ...], LogicalType, bool], Any]


def aggregate(
    name: str, *signatures: Signature, accumulator: str, doc: str, aliases: tuple[str, ...] = ()
) -> AggregateFunction:
    """Declare and register an aggregate function. ``accumulator`` is ``module:factory`` in
    ``sqlstream.functions.accumulators``, imported when the first one is made: declarations are read to plan any
    query, accumulators need compiled kernels."""
    function = AggregateFunction(
        name=name,
        resolve=resolver(name, signatures, NullRule.CUSTOM),
        accumulator=_lazy(accumulator),
        doc=doc,
        signatures=tuple(signature.describe(name) for signature in signatures),
        aliases=aliases,
    )
    register(function)
    return function


def _lazy(path: str) -> AccumulatorFactory:
    module, _, name = path.partition(":")

    def create(arguments: tuple[LogicalType, ...], result: LogicalType, retracting: bool) -> Any:
        factory = getattr(importlib.import_module(f"sqlstream.functions.accumulators.{module}"), name)
        return factory(arguments, result, retracting)

    return create
