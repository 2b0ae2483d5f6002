"""UNNEST: one row for each element of an array, entry of a map or element of a multiset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.functions.list_elements import lengths_of, offsets_of
from sqlstream.functions.registry import SignatureError
from sqlstream.functions.table.declaration import TableFunction, TableRows, register_table_function
from sqlstream.types import logical as t
from sqlstream.types.schema import Field

UNNEST, UNNEST_WITH_ORDINALITY = "UNNEST", "UNNEST_WITH_ORDINALITY"
_ORDINALITY = Field("ORDINALITY", t.IntType(nullable=False))


@dataclass(frozen=True)
class _Elements:
    """Elements (for a map: keys and values), each with the row it belongs to."""

    columns: tuple[pa.Array, ...]
    parents: Int64s


def _fields(types: Sequence[t.LogicalType]) -> tuple[Field, ...]:
    if len(types) == 1:
        (collection,) = types
        if isinstance(collection, t.MapType):
            return (Field("KEY", collection.key), Field("VALUE", collection.value))
        if isinstance(collection, t.ArrayType | t.MultisetType):
            element = collection.element
            if isinstance(element, t.RowType):
                nullable = element.nullable
                return tuple(Field(f.name, t.with_nullability(f.type, True) if nullable else f.type) for f in element)
            return (Field("EXPR$0", element),)
    raise SignatureError(
        f"Cannot apply 'UNNEST' to arguments of type 'UNNEST({', '.join(f'<{type_.summary}>' for type_ in types)})'.",
        hint="UNNEST takes one ARRAY, MAP or MULTISET.",
    )


def _places(collections: pa.Array) -> tuple[Int64s, Int64s]:
    """For each element, its place in the flat child and the row it belongs to."""
    lengths = lengths_of(collections)
    parents = np.repeat(np.arange(len(collections)), lengths)
    before = np.cumsum(lengths) - lengths
    return np.arange(len(parents)) + (offsets_of(collections)[:-1] - before)[parents], parents


def _elements(collections: pa.Array, type_: t.LogicalType) -> _Elements:
    places, parents = _places(collections)
    if isinstance(type_, t.ArrayType):
        return _Elements((_taken(collections.values, places),), parents)
    keys, items = _taken(collections.keys, places), _taken(collections.items, places)
    if isinstance(type_, t.MapType):
        return _Elements((keys, items), parents)
    copies = np.repeat(np.arange(len(keys)), np.maximum(items.to_numpy(), 0))
    return _Elements((keys.take(pa.array(copies)),), parents[copies])


def _taken(child: pa.Array, places: Int64s) -> pa.Array:
    if len(places) and places[-1] - places[0] == len(places) - 1 and bool((np.diff(places) == 1).all()):
        return child.slice(int(places[0]), len(places))
    return child.take(pa.array(places))


def _unnest(arguments: Sequence[pa.Array], types: Sequence[t.LogicalType]) -> TableRows:
    return _rows(_elements(arguments[0], types[0]), types[0])


def _unnest_with_ordinality(arguments: Sequence[pa.Array], types: Sequence[t.LogicalType]) -> TableRows:
    elements = _elements(arguments[0], types[0])
    ordinals = np.arange(len(elements.parents)) - np.searchsorted(elements.parents, elements.parents) + 1
    return _rows(elements, types[0], pa.array(ordinals, pa.int32()))


def _rows(elements: _Elements, type_: t.LogicalType, *more: pa.Array) -> TableRows:
    """Of elements that are rows their fields, ``more`` after them. As in Flink a NULL in the place of a row is none."""
    columns, parents = elements.columns, elements.parents
    if not isinstance(type_, t.MapType) and pa.types.is_struct(columns[0].type):
        if columns[0].null_count:
            present = columns[0].is_valid()
            columns, more = (columns[0].filter(present),), tuple(column.filter(present) for column in more)
            parents = parents[np.asarray(present)]
        columns = tuple(columns[0].flatten())
    return TableRows((*columns, *more), parents)


register_table_function(TableFunction(UNNEST, _fields, _unnest, "$UNNEST_ROWS$1"))
register_table_function(
    TableFunction(
        UNNEST_WITH_ORDINALITY,
        lambda types: (*_fields(types), _ORDINALITY),
        _unnest_with_ordinality,
        "$UNNEST_ROWS_WITH_ORDINALITY$1",
    )
)
