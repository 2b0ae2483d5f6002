"""Keys of any type go to dense slots and come back as they were."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.columnar.key_index import KeyIndex

TYPED_VALUES = {
    "bool": (pa.bool_(), st.booleans()),
    "int8": (pa.int8(), st.integers(-128, 127)),
    "int32": (pa.int32(), st.integers(-5, 5)),
    "int64": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "float32": (pa.float32(), st.sampled_from([0.5, -1.25, 3.0, float("inf")])),
    "float64": (pa.float64(), st.floats(allow_nan=False).map(lambda x: x + 0.0)),
    "string": (pa.string(), st.text(max_size=4)),
    "binary": (pa.binary(), st.binary(max_size=20)),
    "date": (pa.date32(), st.dates()),
    "time": (pa.time32("ms"), st.just(dt.time(1, 2, 3))),
    "timestamp": (pa.timestamp("us"), st.datetimes(dt.datetime(1, 1, 1), dt.datetime(2100, 1, 1))),
    "decimal": (pa.decimal128(38, 2), st.decimals(-(10**30), 10**30, places=2)),
    "row": (
        pa.struct([("a", pa.int64()), ("b", pa.string())]),
        st.fixed_dictionaries({"a": st.integers(0, 3), "b": st.text(max_size=2)}),
    ),
    "array": (pa.list_(pa.string()), st.lists(st.none() | st.text(max_size=2), max_size=3)),
    "map": (pa.map_(pa.string(), pa.int32()), st.just([("a", 1)]) | st.just([])),
}


@st.composite
def key_columns(draw: st.DrawFn) -> list[pa.Array]:
    kinds = draw(st.lists(st.sampled_from(sorted(TYPED_VALUES)), min_size=1, max_size=3))
    length = draw(st.integers(1, 30))
    columns = []
    for kind in kinds:
        type_, values = TYPED_VALUES[kind]
        cells = draw(st.lists(st.none() | values, min_size=length, max_size=length))
        columns.append(pa.array(cells, type_))
    return columns


@settings(max_examples=150, deadline=None)
@given(key_columns())
def test_slots_are_those_of_a_dictionary_and_keys_come_back(columns: list[pa.Array]) -> None:
    index = KeyIndex([column.type for column in columns])
    rows = [repr(row) for row in zip(*(column.to_pylist() for column in columns), strict=True)]
    expected: dict[str, int] = {}
    slots, new = index.upsert_new(columns)
    assert slots.tolist() == [expected.setdefault(row, len(expected)) for row in rows]
    assert new.tolist() == list(range(len(expected)))
    assert index.size == len(expected)
    assert [key.to_pylist() for key in index.keys(slots)] == [column.to_pylist() for column in columns]
    assert index.lookup(columns).tolist() == slots.tolist()


OPERATIONS = st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 40), min_size=1, max_size=20)), max_size=20)


@pytest.mark.parametrize("type_", [pa.int64(), pa.string()], ids=str)
@settings(max_examples=60, deadline=None)
@given(operations=OPERATIONS)
def test_removed_keys_are_gone_and_their_slots_reused(
    type_: pa.DataType, operations: list[tuple[bool, list[int]]]
) -> None:
    index = KeyIndex([type_])
    present: dict[int | str | None, int] = {}
    most = 0
    for insert, numbers in operations:
        values = [None if n == 0 else str(n) * 3 if type_ == pa.string() else n for n in numbers]
        column = pa.array(values, type_)
        if insert:
            present.update(zip(values, index.upsert([column]).tolist(), strict=True))
        else:
            slots = np.unique(index.lookup([column]))
            index.remove(slots[slots >= 0])
            for value in values:
                present.pop(value, None)
        most = max(most, len(present))
        assert index.size == len(present)
        assert sorted(present.values()) == index.live_slots().tolist()
        everything = pa.array([*range(41)] if type_ == pa.int64() else [str(n) * 3 for n in range(41)], type_)
        assert index.lookup([everything]).tolist() == [present.get(value, -1) for value in everything.to_pylist()]
    assert index.slots_used <= most


@pytest.mark.parametrize("type_", [pa.int64(), pa.string()], ids=str)
def test_it_grows_far_beyond_its_first_size(type_: pa.DataType) -> None:
    index = KeyIndex([type_])
    column = pa.array(range(100_000)).cast(type_)
    assert index.upsert([column]).tolist() == list(range(100_000))
    index.remove(np.arange(0, 100_000, 2))
    assert index.lookup([column.slice(0, 4)]).tolist() == [-1, 1, -1, 3]
    index.upsert([pa.array(range(200_000, 250_000)).cast(type_)])
    assert index.slots_used == 100_000
    assert index.keys(np.array([1, 99_999]))[0].cast(pa.int64()).to_pylist() == [1, 99_999]
    assert 0 < index.nbytes < 20_000_000


def test_sql_equality_decides_which_floats_are_one_key() -> None:
    index = KeyIndex([pa.float64()])
    column = pa.array([0.0, -0.0, math.nan, -math.nan, None])
    assert index.upsert([column]).tolist() == [0, 0, 1, 1, 2]


def test_keys_of_no_columns_are_one_key() -> None:
    index = KeyIndex([])
    assert index.upsert([], 3).tolist() == [0, 0, 0]
    assert index.keys(np.array([0])) == []


def test_decimals_and_slices_are_read_at_their_offset() -> None:
    index = KeyIndex([pa.decimal128(20, 2), pa.string()])
    numbers = pa.array([Decimal("1.00"), Decimal("2.50"), None], pa.decimal128(20, 2))
    words = pa.array(["a", "bc", "d"])
    slots = index.upsert([numbers, words])
    assert index.lookup([numbers.slice(1), words.slice(1)]).tolist() == slots[1:].tolist()
