"""A table on disk is the table in memory, however little of it fits."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from sqlstream.errors import StateError
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.state.disk import ManagedState
from sqlstream.state.disk_table import DiskTable
from sqlstream.state.keyed_table import KeyedTable
from sqlstream.state.memory_table import MemoryTable
from sqlstream.state.sealed_part import SealedPart
from sqlstream.state.snapshot import KeyGroupRange, OperatorSnapshot
from sqlstream.state.table_rows import TableRows, is_tombstone

MAX_PARALLELISM = 8
KEY = [pa.string(), pa.int64()]
Model = dict[tuple[str, int], int]


class Store:
    """A number for each (text, integer); the text decides the key group."""

    def __init__(self, managed: ManagedState | None) -> None:
        self.numbers = SlotArrays(np.int64)
        rows = TableRows.of(KEY, self.numbers, MAX_PARALLELISM, group_columns=1)
        self.table: KeyedTable = (
            MemoryTable("t", rows, self.numbers)
            if managed is None
            else DiskTable("t", rows, self.numbers, managed.open())
        )

    def put(self, model: Model) -> None:
        slots = self.table.upsert(_columns(list(model)), len(model))
        self.numbers[0][slots] = list(model.values())
        self.table.changed(slots)
        self.table.settle()

    def add(self, model: Model) -> None:
        slots = self.table.upsert(_columns(list(model)), len(model))
        self.numbers[0][slots] += list(model.values())
        self.table.changed(slots)
        self.table.settle()

    def remove(self, keys: list[tuple[str, int]]) -> None:
        self.table.remove(np.unique(self.table.upsert(_columns(keys), len(keys))))
        self.table.settle()

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(self.table.snapshot())

    def content(self, integers: range = range(-1, 10_000)) -> Model:
        found: Model = {}
        for slots in self.table.portions(np.array(integers)):
            texts, numbers = (column.to_pylist() for column in self.table.index.keys(slots))
            portion = dict(zip(zip(texts, numbers, strict=True), self.numbers[0][slots].tolist(), strict=True))
            assert not found.keys() & portion.keys()
            assert not {text for text, _ in found} & {text for text, _ in portion}
            found.update(portion)
        return found


def _columns(keys: list[tuple[str, int]]) -> list[pa.Array]:
    return [pa.array([key[i] for key in keys], type_) for i, type_ in enumerate(KEY)]


def of_subtask(subtask: int, parallelism: int) -> KeyGroupRange:
    return KeyGroupRange.of_subtask(subtask, parallelism, MAX_PARALLELISM)


ALL = of_subtask(0, 1)


@pytest.mark.parametrize("memory", [1 << 10, 40 << 10, 1 << 20])
@pytest.mark.parametrize("seed", range(6))
def test_it_holds_what_was_put_through_evictions_snapshots_and_restores(tmp_path: Path, seed: int, memory: int) -> None:
    random_ = random.Random(seed)
    managed = ManagedState(str(tmp_path), memory)
    store, model = Store(managed), Model()
    for _ in range(60):
        keys = [(f"key {random_.randint(0, 60)}", random_.randint(0, 20)) for _ in range(random_.randint(1, 60))]
        action = random_.choice(("add", "add", "add", "remove", "snapshot", "restore"))
        if action == "add":
            changes = {key: random_.randint(0, 99) for key in keys}
            store.add(changes)
            model.update({key: model.get(key, 0) + value for key, value in changes.items()})
        elif action == "remove":
            store.remove(keys)
            for key in keys:
                model.pop(key, None)
        elif action == "snapshot":
            store.snapshot()
        else:
            snapshot = store.snapshot()
            store.table.close()
            through = Store(random_.choice((None, managed)))
            through.table.restore([snapshot], ALL)
            parts = [Store(random_.choice((None, managed))) for _ in range(random_.randint(1, 3))]
            for subtask, part in enumerate(parts):
                part.table.restore([through.snapshot()], of_subtask(subtask, len(parts)))
            store = Store(managed)
            store.table.restore([part.snapshot() for part in parts], ALL)
            for other in (through, *parts):
                other.table.close()
        assert isinstance(store.table, DiskTable)
        assert store.table.size == len(model)
    assert store.content(range(5)) == {key: value for key, value in model.items() if key[1] < 5}
    assert store.content() == model


def test_little_memory_is_used_and_no_file_left(tmp_path: Path) -> None:
    store = Store(ManagedState(str(tmp_path), 1 << 20))
    assert isinstance(store.table, DiskTable)
    for start in range(0, 100_000, 2000):
        store.put({(str(key), 0): key for key in range(start, start + 2000)})
        assert store.table.memory <= 1 << 20
    assert not store.table.resident
    store.add({(str(key), 0): 1 for key in range(0, 100_000, 1000)})
    content = store.content()
    assert content == {(str(key), 0): key + (key % 1000 == 0) for key in range(100_000)}
    assert not list(tmp_path.iterdir())


def test_what_is_all_removed_takes_no_room(tmp_path: Path) -> None:
    store = Store(ManagedState(str(tmp_path), 16 << 10))
    keys = [(str(key), 0) for key in range(5000)]
    store.put(dict.fromkeys(keys, 1))
    assert store.snapshot().keyed
    store.remove(keys)
    assert store.snapshot().keyed == ()
    assert store.table.resident


def test_bytes_follow_the_change_and_chunks_stay_few(tmp_path: Path) -> None:
    store, stored = Store(ManagedState(str(tmp_path), 1 << 20)), set[str]()

    def written() -> int:
        chunks = [chunk for chunk in store.snapshot().keyed if chunk.id not in stored]
        stored.update(chunk.id for chunk in chunks)
        return sum(chunk.data.num_rows for chunk in chunks)

    store.put({(str(key), 0): key for key in range(10_000)})
    assert written() == 10_000
    each = []
    for round_ in range(200):
        store.add({(str(key), 0): 1 for key in range(50 * round_ % 10_000, 50 * round_ % 10_000 + 50)})
        each.append(written())
    assert np.median(each) == 50
    assert sum(each) <= 5 * 50 * len(each)


def test_restored_chunks_are_used_on(tmp_path: Path) -> None:
    managed = ManagedState(str(tmp_path), 64 << 10)
    store = Store(managed)
    for start in range(0, 20_000, 1000):
        store.put({(str(key), 0): key for key in range(start, start + 1000)})
    snapshot = store.snapshot()
    restored = Store(managed)
    restored.table.restore([snapshot], ALL)
    assert [chunk.id for chunk in restored.snapshot().keyed] == [chunk.id for chunk in snapshot.keyed]
    restored.add({("7", 0): 1})
    new = [chunk for chunk in restored.snapshot().keyed if chunk.id not in {old.id for old in snapshot.keyed}]
    assert [chunk.data.num_rows for chunk in new] == [1]


def test_keys_with_the_same_hash_are_told_apart(tmp_path: Path) -> None:
    numbers = SlotArrays(np.int64)
    rows = TableRows.of([pa.string()], numbers, MAX_PARALLELISM)
    keys = pa.array(["a", "b", "c", "d"])
    data = rows.live([keys], [pa.array([1, 2, 3, 4])], 4)
    hashes = np.array([5, 7, 7, 7], np.uint64)
    part = SealedPart(data, hashes, rows, "t", ManagedState(str(tmp_path), 1 << 20).open())
    assert not is_tombstone(part.data).any()
    probes = ["c", "d", "b", "x", "a", "a"]
    found = part.find(np.array([7, 7, 7, 7, 5, 7], np.uint64), [pa.array(probes)])
    assert found.tolist() == [2, 3, 1, -1, 0, -1]


def test_a_directory_that_is_gone_is_told_to_the_user(tmp_path: Path) -> None:
    store = Store(ManagedState(str(tmp_path / "gone"), 1 << 10))
    with pytest.raises(StateError, match="gone") as caught:
        store.put({(str(key), 0): key for key in range(2000)})
    assert "process.working-dir" in str(caught.value.hint)


def test_memory_is_shared_evenly_by_those_who_are_there(tmp_path: Path) -> None:
    managed = ManagedState(str(tmp_path), 900)
    first = managed.open()
    assert first.memory == 900
    second = managed.open()
    assert (first.memory, second.memory) == (450, 450)
    second.close()
    second.close()
    assert first.memory == 900
