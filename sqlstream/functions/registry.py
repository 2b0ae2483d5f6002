"""The function registry: one declaration a function, found by name.

A function's declaration says everything: name, signatures, result type, NULL rule, vectorised implementation, a
one-line doc and an example. Every module in ``functions/scalar``, ``functions/aggregate`` and ``functions/over`` is
loaded, so adding a function is adding a declaration to one file there.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Any

import pyarrow as pa

from sqlstream.config.configuration import Configuration
from sqlstream.errors import SqlStreamError
from sqlstream.types.logical import LogicalType


class SignatureError(SqlStreamError):
    """The arguments fit none of the function's signatures; the binder adds the position."""


@dataclass(frozen=True)
class Argument:
    """An actual argument as the type rules see it: its type, and its value if it is a literal."""

    type: LogicalType
    literal: Any = None
    is_literal: bool = False


@dataclass(frozen=True)
class Resolution:
    """What a call becomes: the types its arguments are cast to (implicitly) and the type of its result."""

    arguments: tuple[LogicalType, ...]
    result: LogicalType


@dataclass(frozen=True)
class EvaluationContext:
    """What an implementation may know beside its arguments. ``now`` is the processing time in ms."""

    num_rows: int
    argument_types: tuple[LogicalType, ...]
    result_type: LogicalType
    now: int
    time_zone: str = "UTC"
    configuration: Configuration = field(default_factory=Configuration)
    constants: frozenset[int] = frozenset()
    """Arguments known to be the same for every row, by their number."""


class NullRule(Enum):
    """PROPAGATE: a NULL argument makes a NULL result, and nullability follows. CUSTOM: the implementation decides."""

    PROPAGATE = "propagate"
    CUSTOM = "custom"


@dataclass(frozen=True)
class Example:
    """A call and its value as text, run by the tests."""

    sql: str
    value: str | None


Resolver = Callable[[Sequence[Argument]], Resolution]
"""Raises SignatureError."""


@dataclass(frozen=True)
class ScalarFunction:
    """``implementation`` takes one Arrow array an argument (each ``num_rows`` long) and the context, and returns
    an array of the result type. With ``NullRule.PROPAGATE`` it may leave anything where an argument is NULL.

    ``can_fail`` is False for a function that has a value (or NULL) for every argument of its types: it may then be
    computed for rows that a CASE or AND around it keeps away from it, which is faster.
    """

    name: str
    resolve: Resolver
    implementation: Callable[..., pa.Array]
    doc: str
    signatures: tuple[str, ...]
    examples: tuple[Example, ...] = ()
    aliases: tuple[str, ...] = ()
    nulls: NullRule = NullRule.PROPAGATE
    deterministic: bool = True
    can_fail: bool = True


@dataclass(frozen=True)
class AggregateFunction:
    """``accumulator`` makes the vectorised state of one call from (argument types, result type, retracting)."""

    name: str
    resolve: Resolver
    accumulator: Callable[[tuple[LogicalType, ...], LogicalType, bool], Any]
    doc: str
    signatures: tuple[str, ...]
    examples: tuple[Example, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class OverFunction:
    """A function of the rows around a row, which only OVER windows have. It takes a window without a frame, and one
    that is ``ordered`` where it makes no sense in another.

    Arguments ``constants`` must be literals that are whole numbers. ``looks_ahead``: the value depends on rows that
    come after the row.
    """

    name: str
    resolve: Resolver
    doc: str
    signatures: tuple[str, ...]
    constants: tuple[int, ...] = ()
    ordered: bool = True
    looks_ahead: bool = False
    examples: tuple[Example, ...] = ()
    aliases: tuple[str, ...] = ()


Function = ScalarFunction | AggregateFunction | OverFunction

_FUNCTIONS: dict[str, Function] = {}


def register(function: Function) -> Function:
    """Add ``function`` under its name and aliases."""
    for name in (function.name, *function.aliases):
        if name in _FUNCTIONS:
            raise ValueError(f"function {name} is declared twice")
        _FUNCTIONS[name] = function
    return function


@cache
def _load_builtins() -> None:
    for package_name in ("sqlstream.functions.scalar", "sqlstream.functions.aggregate", "sqlstream.functions.over"):
        package = importlib.import_module(package_name)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package_name}.{module.name}")


def lookup(name: str) -> Function | None:
    """The built-in function called ``name``, in any case, or None."""
    _load_builtins()
    return _FUNCTIONS.get(name.upper())


def function_names() -> list[str]:
    """The names of all built-in functions, sorted."""
    _load_builtins()
    return sorted(_FUNCTIONS)
