"""Snapshots of keyed state hold what changed, and restore to exactly what was there."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.state.memory_table import MemoryTable
from sqlstream.state.snapshot import KEY_GROUP_COLUMN, KeyGroupRange, OperatorSnapshot
from sqlstream.state.table_rows import TableRows

MAX_PARALLELISM = 8


class Store:
    """One number a key, the least an operator can keep."""

    def __init__(self) -> None:
        self.numbers = SlotArrays(np.int64)
        rows = TableRows.of([pa.string()], self.numbers, MAX_PARALLELISM)
        self.table = MemoryTable("numbers", rows, self.numbers)

    def put(self, number: int, *keys: str) -> None:
        slots = self.table.upsert([pa.array(keys)], len(keys))
        self.numbers[0][slots] = number
        self.table.changed(slots)

    def remove(self, *keys: str) -> None:
        slots = self.table.index.lookup([pa.array(keys)])
        self.table.remove(slots[slots >= 0])

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(self.table.snapshot())

    def restore(self, snapshots: list[OperatorSnapshot], owned: KeyGroupRange) -> None:
        self.table.restore(snapshots, owned)

    def content(self) -> dict[str, int]:
        live = self.table.index.live_slots()
        return dict(zip(self.table.index.keys(live)[0].to_pylist(), self.numbers[0][live].tolist(), strict=True))


def of_subtask(subtask: int, parallelism: int) -> KeyGroupRange:
    return KeyGroupRange.of_subtask(subtask, parallelism, MAX_PARALLELISM)


CHANGES = st.lists(
    st.tuples(st.sampled_from(["put", "remove", "snapshot"]), st.text("abc", max_size=2), st.integers(0, 9)),
    max_size=40,
)


@settings(max_examples=100, deadline=None)
@given(CHANGES, st.integers(1, 4))
def test_any_number_of_subtasks_restore_what_was_there(changes: list[tuple[str, str, int]], parallelism: int) -> None:
    store, expected = Store(), {}
    for action, key, number in changes:
        if action == "put":
            store.put(number, key)
            expected[key] = number
        elif action == "remove":
            store.remove(key)
            expected.pop(key, None)
        else:
            store.snapshot()
    restored: dict[str, int] = {}
    first = [Store() for _ in range(parallelism)]
    for subtask, part in enumerate(first):
        part.restore([store.snapshot()], of_subtask(subtask, parallelism))
        assert not restored.keys() & part.content().keys()
        restored.update(part.content())
    assert restored == expected
    whole = Store()
    whole.restore([part.snapshot() for part in first], of_subtask(0, 1))
    assert whole.content() == expected


def test_a_chunk_already_stored_is_not_stored_again() -> None:
    store = Store()
    store.put(0, *map(str, range(100)))
    store.put(1, "a")
    before = store.snapshot()
    assert store.snapshot().keyed == before.keyed
    store.put(3, "a")
    after = store.snapshot()
    assert after.keyed[: len(before.keyed)] == before.keyed
    assert after.keyed[-1].data.num_rows == 1
    assert after.keyed[-1].data.schema.names[0] == KEY_GROUP_COLUMN


def written(store: Store, stored: set[str]) -> int:
    """Rows of the next snapshot that are not ``stored``; now they are."""
    chunks = [chunk for chunk in store.snapshot().keyed if chunk.id not in stored]
    stored.update(chunk.id for chunk in chunks)
    return sum(chunk.data.num_rows for chunk in chunks)


def test_chunks_are_written_anew_when_most_of_them_is_outdated() -> None:
    store = Store()
    for round_ in range(40):
        store.put(round_, *map(str, range(200)))
        chunks = store.snapshot().keyed
    assert sum(chunk.data.num_rows for chunk in chunks) == 200
    whole = Store()
    whole.restore([OperatorSnapshot(chunks)], of_subtask(0, 1))
    assert whole.content() == {str(key): 39 for key in range(200)}


def test_bytes_follow_the_change_and_chunks_stay_few() -> None:
    store, stored = Store(), set()
    store.put(0, *map(str, range(100_000)))
    assert written(store, stored) == 100_000
    each: list[int] = []
    for round_ in range(500):
        store.put(round_, *(str(key % 100_000) for key in range(100 * round_, 100 * round_ + 100)))
        each.append(written(store, stored))
        assert len(store.snapshot().keyed) <= 8 * 4
    assert np.median(each) == 100
    assert sum(each) <= 4 * 100 * len(each)


def test_what_comes_and_goes_between_snapshots_leaves_no_trace() -> None:
    store = Store()
    store.put(0, *map(str, range(10_000)))
    store.snapshot()
    for key in map(str, range(20_000, 20_100)):
        store.put(1, key)
        store.remove(key)
    assert len(store.snapshot().keyed) == 1
    store.remove("7")
    assert store.snapshot().keyed[-1].data.num_rows == 1
    store.remove(*(str(key) for key in range(10_000) if key != 7))
    assert store.snapshot().keyed == ()


def test_restored_chunks_are_used_on_by_who_owns_all_their_rows() -> None:
    store, stored = Store(), set()
    store.put(0, *map(str, range(1000)))
    store.snapshot()
    store.put(1, "5")
    store.remove("6")
    written(store, stored)
    same = Store()
    same.restore([store.snapshot()], of_subtask(0, 1))
    assert written(same, stored) == 0
    same.put(2, "7")
    assert written(same, stored) == 1
    assert same.content() == {**{str(key): 0 for key in range(1000) if key != 6}, "5": 1, "7": 2}
    half = Store()
    half.restore([store.snapshot()], of_subtask(0, 2))
    assert written(half, stored) == len(half.content())


def test_released_chunks_are_named_without_their_rows() -> None:
    store = Store()
    store.put(0, *map(str, range(1000)))
    for chunk in store.snapshot().keyed:
        chunk.release()
    store.put(1, "1")
    assert [chunk.released for chunk in store.snapshot().keyed] == [True, False]
