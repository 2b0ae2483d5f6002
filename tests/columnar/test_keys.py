"""Hashes and key groups are the same everywhere, and equal for equal SQL values."""

from __future__ import annotations

import pyarrow as pa
import pytest

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.keys import hash_keys, key_groups
from sqlstream.columnar.partition import partition_by_key


def test_a_hash_never_changes_between_versions_because_state_is_stored_by_it() -> None:
    hashes = hash_keys([pa.array([1, None, -7]), pa.array(["a", "", None])])
    assert hashes.tolist() == hash_keys([pa.array([1, None, -7]), pa.array(["a", "", None])]).tolist()
    assert key_groups(hash_keys([pa.array([1, 2, 3, 4])]), 128).tolist() == FROZEN_INT_GROUPS
    assert key_groups(hash_keys([pa.array(["a", "bb", "a longer string"])]), 128).tolist() == FROZEN_STRING_GROUPS


FROZEN_INT_GROUPS = [40, 116, 80, 68]
FROZEN_STRING_GROUPS = [26, 85, 121]


@pytest.mark.parametrize("wide", [pa.int16(), pa.int32(), pa.int64()], ids=str)
def test_integers_of_all_widths_hash_alike(wide: pa.DataType) -> None:
    narrow = pa.array([1, -2, None], pa.int8())
    assert hash_keys([narrow]).tolist() == hash_keys([narrow.cast(wide)]).tolist()


def test_floats_that_are_equal_in_sql_hash_alike() -> None:
    hashes = hash_keys([pa.array([0.0, -0.0, float("nan"), -float("nan")])])
    assert hashes[0] == hashes[1]
    assert hashes[2] == hashes[3]


def test_null_is_neither_zero_nor_empty() -> None:
    for value in (0, 0.0, "", False):
        column = pa.array([value, None])
        assert len(set(hash_keys([column]).tolist())) == 2


def test_large_and_dictionary_strings_hash_as_plain_ones() -> None:
    plain = pa.array(["x", "yy", None])
    for column in (plain.cast(pa.large_string()), plain.dictionary_encode()):
        assert hash_keys([column]).tolist() == hash_keys([plain]).tolist()


def test_partitioning_keeps_order_and_kinds_and_sends_a_key_to_one_place() -> None:
    keys = [i % 37 for i in range(1000)]
    data = pa.record_batch({"k": pa.array(keys), "n": pa.array(range(1000))})
    parts = partition_by_key(Batch(data), [0], 4, 128)
    seen: dict[int, int] = {}
    for number, part in enumerate(parts):
        assert part is not None
        assert part.column(1).to_pylist() == sorted(part.column(1).to_pylist())
        for key in part.column(0).to_pylist():
            assert seen.setdefault(key, number) == number
    assert sum(part.num_rows for part in parts if part) == 1000


def test_one_key_goes_to_one_subtask_without_a_copy() -> None:
    batch = Batch(pa.record_batch({"k": pa.array(["x"] * 5)}))
    parts = partition_by_key(batch, [0], 3, 128)
    assert [part for part in parts if part is not None] == [batch]
