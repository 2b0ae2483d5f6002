"""Snapshots of keyed state hold what changed, and restore to exactly what was there."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.columnar.key_index import KeyIndex
from sqlstream.state.keyed_table import KeyedTable
from sqlstream.state.snapshot import KEY_GROUP_COLUMN, KeyGroupRange, OperatorSnapshot

MAX_PARALLELISM = 8


class Store:
    """One number a key, the least an operator can keep."""

    def __init__(self) -> None:
        self.index = KeyIndex([pa.string()])
        self.table = KeyedTable("numbers", self.index, MAX_PARALLELISM)
        self.numbers = np.zeros(1000, np.int64)

    def put(self, key: str, number: int) -> None:
        slots = self.index.upsert([pa.array([key])])
        self.numbers[slots] = number
        self.table.changed(slots)

    def remove(self, key: str) -> None:
        slots = self.index.lookup([pa.array([key])])
        self.table.remove(slots[slots >= 0])

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(self.table.snapshot(lambda slots: [pa.array(self.numbers[slots])]))

    def restore(self, snapshots: list[OperatorSnapshot], owned: KeyGroupRange) -> None:
        def put(slots: np.ndarray, columns: list[pa.Array]) -> None:
            self.numbers[slots] = np.asarray(columns[0])

        self.table.replay(snapshots, owned, lambda slots: None, put)

    def content(self) -> dict[str, int]:
        live = self.index.live_slots()
        return dict(zip(self.index.keys(live)[0].to_pylist(), self.numbers[live].tolist(), strict=True))


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
            store.put(key, number)
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
    store.put("a", 1)
    store.put("b", 2)
    before = store.snapshot()
    assert store.snapshot().keyed == before.keyed
    store.put("a", 3)
    after = store.snapshot()
    assert after.keyed[: len(before.keyed)] == before.keyed
    assert after.keyed[-1].data.num_rows == 1
    assert after.keyed[-1].data.schema.names[0] == KEY_GROUP_COLUMN


def test_chunks_are_written_anew_when_most_of_them_is_outdated() -> None:
    store = Store()
    for round_ in range(40):
        for key in range(200):
            store.put(str(key), round_)
        chunks = store.snapshot().keyed
    assert sum(chunk.data.num_rows for chunk in chunks) < 5000
    whole = Store()
    whole.restore([OperatorSnapshot(chunks)], of_subtask(0, 1))
    assert whole.content() == {str(key): 39 for key in range(200)}
