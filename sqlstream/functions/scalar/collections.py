"""Arrays, maps and rows: their constructors, access to their parts, CARDINALITY, ARRAY_CONTAINS."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.errors import DataError
from sqlstream.functions.list_elements import compacted, element_at, lengths_of, owners
from sqlstream.functions.registry import Argument, EvaluationContext, NullRule
from sqlstream.functions.scalar.comparison import equal
from sqlstream.functions.signature import (
    ANY,
    ARRAY,
    INTEGER,
    MAP,
    ROW,
    Parameter,
    Types,
    scalar,
    signature,
    unified,
    word,
)
from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow
from sqlstream.types.coercion import common_type


def _any_of(arguments: Sequence[Argument]) -> t.LogicalType:
    return t.with_nullability(arguments[0].type, any(argument.type.nullable for argument in arguments))


def _interleaved(columns: Sequence[pa.Array], num_rows: int) -> pa.Array:
    """First all columns of the first row, then those of the second, and so on."""
    order = np.arange(len(columns) * num_rows).reshape(len(columns), num_rows).T.ravel()
    return pa.concat_arrays(columns).take(pa.array(order))


@scalar(
    "ARRAY",
    signature(
        ANY,
        repeated=1,
        returns=lambda arguments: t.ArrayType(element=_any_of(arguments), nullable=False),
        adapt=unified(),
    ),
    doc="An array of the arguments.",
    nulls=NullRule.CUSTOM,
    examples={"ARRAY[1, 2.5]": "[1.0, 2.5]"},
)
def array(*args: pa.Array) -> pa.Array:
    *elements, context = args
    offsets = np.arange(context.num_rows + 1, dtype=np.int32) * len(elements)
    return pa.ListArray.from_arrays(pa.array(offsets), _interleaved(elements, context.num_rows))


def _entries(types: Types) -> Types | None:
    key, value = common_type(types[::2]), common_type(types[1::2])
    return None if key is None or value is None else (key, value) * (len(types) // 2)


@scalar(
    "MAP",
    signature(
        ANY,
        ANY,
        repeated=2,
        returns=lambda arguments: t.MapType(
            key=_any_of(arguments[::2]), value=_any_of(arguments[1::2]), nullable=False
        ),
        adapt=_entries,
    ),
    doc="A map of keys and values in turn.",
    nulls=NullRule.CUSTOM,
    examples={"MAP['a', 1, 'b', 2]": "{a=1, b=2}"},
)
def map_(*args: pa.Array) -> pa.Array:
    *entries, context = args
    offsets = np.arange(context.num_rows + 1, dtype=np.int32) * (len(entries) // 2)
    keys, values = (_interleaved(entries[side::2], context.num_rows) for side in (0, 1))
    return pa.MapArray.from_arrays(pa.array(offsets), keys, values)


@scalar(
    "ROW",
    signature(
        ANY,
        repeated=1,
        returns=lambda arguments: t.RowType(
            fields=tuple(t.RowField(f"EXPR${i}", argument.type) for i, argument in enumerate(arguments)), nullable=False
        ),
    ),
    doc="A row of the arguments.",
    nulls=NullRule.CUSTOM,
    examples={"ROW(1, 'a')": "(1, a)"},
)
def row(*args: pa.Array) -> pa.Array:
    *columns, context = args
    return pa.StructArray.from_arrays(columns, fields=list(to_arrow(context.result_type)))


def _element_type(arguments: Sequence[Argument]) -> t.LogicalType | None:
    type_ = arguments[0].type
    return t.with_nullability(type_.element, True) if isinstance(type_, t.ArrayType) else None


def _value_type(arguments: Sequence[Argument]) -> t.LogicalType | None:
    type_ = arguments[0].type
    return t.with_nullability(type_.value, True) if isinstance(type_, t.MapType) else None


def _map_and_key(types: Types) -> Types | None:
    """The key meets the map's keys at the keys' own type."""
    collection, key = types
    if not isinstance(collection, t.MapType):
        return None
    common = common_type((collection.key, key))
    return None if common is None else (t.MapType(key=common, value=collection.value), common)


def _item_of_map(collection: pa.Array, key: pa.Array, context: EvaluationContext) -> pa.Array:
    collection = compacted(collection)
    owner = owners(collection)
    keys = collection.keys.slice(0, len(owner))
    hits = np.flatnonzero(pc.fill_null(equal(keys, key.take(pa.array(owner))), False).to_numpy(zero_copy_only=False))
    rows, earliest = np.unique(owner[hits], return_index=True)
    places = np.full(len(collection), -1, np.int64)
    places[rows] = hits[earliest]
    return collection.items.take(pa.array(places, mask=places < 0))


@scalar(
    "ITEM",
    signature(ARRAY, INTEGER, returns=_element_type),
    signature(MAP, ANY, returns=_value_type, adapt=_map_and_key, implementation=_item_of_map),
    doc="An array's element, counted from 1, or a map's value; NULL if there is none.",
    examples={"ARRAY[1, 2, 3][2]": "2", "MAP['a', 1, 'b', 2]['b']": "2"},
)
def item(collection: pa.Array, index: pa.Array, context: EvaluationContext) -> pa.Array:
    places = pc.fill_null(index, 0).to_numpy(zero_copy_only=False) - 1
    return element_at(collection, places)


def _field_type(arguments: Sequence[Argument]) -> t.LogicalType | None:
    row_type, name = arguments[0].type, arguments[1].literal
    if not isinstance(row_type, t.RowType):
        return None
    found = next((field.type for field in row_type if field.name == name), None)
    return None if found is None else t.with_nullability(found, found.nullable or row_type.nullable)


@scalar(
    "DOT",
    signature(ROW, word("FIELD"), returns=_field_type),
    doc="A field of a row.",
    nulls=NullRule.CUSTOM,
)
def dot(value: pa.Array, name: pa.Array, context: EvaluationContext) -> pa.Array:
    if len(name) == 0:
        return pa.nulls(0, to_arrow(context.result_type))
    row_type = context.argument_types[0]
    assert isinstance(row_type, t.RowType)
    index = [field.name for field in row_type].index(name[0].as_py())
    return pc.struct_field(value, index)


@scalar(
    "CARDINALITY",
    signature(Parameter("<COLLECTION>", lambda argument: _collection(argument.type)), returns=t.INT),
    doc="The number of elements or entries.",
    examples={"CARDINALITY(ARRAY[1, 2, 3])": "3"},
)
def cardinality(value: pa.Array, context: EvaluationContext) -> pa.Array:
    lengths = lengths_of(value).astype(np.int32)
    return pa.array(lengths, mask=value.is_null().to_numpy(zero_copy_only=False))


def _collection(type_: t.LogicalType) -> t.LogicalType | None:
    return type_ if isinstance(type_, t.ArrayType | t.MapType | t.MultisetType) else None


@scalar(
    "ELEMENT",
    signature(ARRAY, returns=_element_type),
    doc="The only element of an array; NULL if it is empty, an error if it has more.",
    examples={"ELEMENT(ARRAY[5])": "5"},
)
def element(value: pa.Array, context: EvaluationContext) -> pa.Array:
    if (lengths_of(value) > 1).any():
        raise DataError("ELEMENT was given an array of more than one element.", hint="Pick one: a[1].")
    return element_at(value, 0)


def _array_and_element(types: Types) -> Types | None:
    collection, wanted = types
    if not isinstance(collection, t.ArrayType):
        return None
    common = common_type((collection.element, wanted))
    return None if common is None else (t.ArrayType(element=common), common)


@scalar(
    "ARRAY_CONTAINS",
    signature(
        ARRAY,
        ANY,
        returns=lambda arguments: t.BooleanType(nullable=arguments[0].type.nullable),
        adapt=_array_and_element,
    ),
    doc="TRUE if the array has an element equal to the second argument; NULL is looked for like any value.",
    nulls=NullRule.CUSTOM,
    examples={"ARRAY_CONTAINS(ARRAY[1, 2], 2)": "TRUE"},
)
def array_contains(value: pa.Array, wanted: pa.Array, context: EvaluationContext) -> pa.Array:
    owner = owners(value)
    elements = value.flatten()
    sought = wanted.take(pa.array(owner))
    both_null = pc.and_(elements.is_null(), sought.is_null())
    hits = pc.or_(pc.fill_null(equal(elements, sought), False), both_null).to_numpy(zero_copy_only=False)
    found = np.zeros(len(value), np.bool_)
    found[owner[hits]] = True
    return pa.array(found, mask=value.is_null().to_numpy(zero_copy_only=False))
