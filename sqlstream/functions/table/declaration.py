"""Table functions: what one is, and finding it by name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.types.logical import LogicalType
from sqlstream.types.schema import Field


@dataclass(frozen=True)
class TableRows:
    """The rows that a function gave for a batch: ``columns``, and for each row the number of the row of the batch that
    it was given for, in ascending order."""

    columns: tuple[pa.Array, ...]
    parents: Int64s


@dataclass(frozen=True)
class TableFunction:
    """``fields`` says which columns come of arguments of these types; it raises SignatureError where they do not fit.
    ``implementation`` takes one array an argument, all of one length, and the arguments' types."""

    name: str
    fields: Callable[[Sequence[LogicalType]], tuple[Field, ...]]
    implementation: Callable[[Sequence[pa.Array], Sequence[LogicalType]], TableRows]
    shown_as: str
    """What plans call it."""


_FUNCTIONS: dict[str, TableFunction] = {}


def register_table_function(function: TableFunction) -> TableFunction:
    """Add ``function`` under its name."""
    if function.name in _FUNCTIONS:
        raise ValueError(f"table function {function.name} is declared twice")
    _FUNCTIONS[function.name] = function
    return function


@cache
def _load_builtins() -> None:
    package = importlib.import_module(__package__)
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{__package__}.{module.name}")


def lookup_table_function(name: str) -> TableFunction | None:
    """The built-in table function called ``name``, in any case, or None."""
    _load_builtins()
    return _FUNCTIONS.get(name.upper())


def table_function_names() -> list[str]:
    """The names of all built-in table functions, sorted."""
    _load_builtins()
    return sorted(_FUNCTIONS)
