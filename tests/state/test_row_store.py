"""A row store is a bag of rows: looked up by key, taken back one at a time, kept through snapshot and restore."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.state.disk import ManagedState
from sqlstream.state.row_store import RowStore
from sqlstream.state.snapshot import KeyGroupRange, StateChunk

SCHEMA = pa.schema([("k", pa.int64()), ("v", pa.string())])
MAX_PARALLELISM = 16
Row = tuple[int | None, str | None]

ROW = st.tuples(st.one_of(st.none(), st.integers(0, 3)), st.one_of(st.none(), st.sampled_from(["", "a", "b"])))
STEPS = st.lists(st.tuples(st.booleans(), st.lists(ROW, min_size=1, max_size=6)), max_size=12)


def batch(rows: Iterable[Row]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([{"k": k, "v": v} for k, v in rows], schema=SCHEMA)


def contents(store: RowStore) -> Counter[Row]:
    return Counter(map(as_tuple, store.gather(store.live_rows()).to_pylist()))


def as_tuple(row: dict[str, object]) -> Row:
    return row["k"], row["v"]  # type: ignore[return-value]


def run(steps: list[tuple[bool, list[Row]]]) -> tuple[RowStore, Counter[Row]]:
    store, model = RowStore(SCHEMA, [0], "t"), Counter[Row]()
    for adds, rows in steps:
        if adds:
            store.append(batch(rows))
            model.update(rows)
        else:
            removed = store.remove(batch(rows))
            for row, number in zip(rows, removed.tolist(), strict=True):
                assert (number >= 0) == (model[row] > 0)
                if number >= 0:
                    model[row] -= 1
    return store, +model


@settings(deadline=None)
@given(STEPS)
def test_it_holds_what_was_added_less_what_was_taken_back(steps: list[tuple[bool, list[Row]]]) -> None:
    store, model = run(steps)
    assert contents(store) == model
    assert len(store) == model.total()


@settings(deadline=None)
@given(STEPS, st.lists(st.one_of(st.none(), st.integers(0, 4)), min_size=1, max_size=6), st.integers(1, 5))
def test_a_lookup_gives_every_live_row_of_the_key_oldest_first(
    steps: list[tuple[bool, list[Row]]], keys: list[int | None], limit: int
) -> None:
    store, model = run(steps)
    found = Counter[tuple[int, Row]]()
    pairs: list[tuple[int, int]] = []
    for probes, rows in store.matches([pa.array(keys, pa.int64())], len(keys), limit):
        pairs += zip(probes.tolist(), rows.tolist(), strict=True)
        found.update(zip(probes.tolist(), map(as_tuple, store.gather(rows).to_pylist()), strict=True))
    expected = Counter({(i, row): n for i, key in enumerate(keys) for row, n in model.items() if row[0] == key})
    assert found == expected
    assert pairs == sorted(pairs)


@settings(deadline=None)
@given(STEPS, STEPS, st.integers(1, 4))
def test_a_snapshot_restores_at_any_parallelism_each_row_with_its_key_group_only(
    steps: list[tuple[bool, list[Row]]], more: list[tuple[bool, list[Row]]], parallelism: int
) -> None:
    store, model = run(steps)
    chunks = store.snapshot(MAX_PARALLELISM)
    restored = Counter[Row]()
    owners: dict[object, int] = {}
    for subtask in range(parallelism):
        part = RowStore(SCHEMA, [0], "t")
        part.restore(chunks, KeyGroupRange.of_subtask(subtask, parallelism, MAX_PARALLELISM))
        for row in contents(part):
            assert owners.setdefault(row[0], subtask) == subtask
        restored += contents(part)
    assert restored == model


@settings(deadline=None)
@given(STEPS, STEPS)
def test_restored_chunks_are_used_on_and_give_the_same_rows(
    steps: list[tuple[bool, list[Row]]], more: list[tuple[bool, list[Row]]]
) -> None:
    store, model = run(steps)
    store.snapshot(MAX_PARALLELISM)
    for adds, rows in more:
        if adds:
            store.append(batch(rows))
            model.update(rows)
        else:
            store.remove(batch(rows))
            model.subtract(Counter(rows) & +model)
    second = store.snapshot(MAX_PARALLELISM)
    restored = RowStore(SCHEMA, [0], "t")
    restored.restore(second, KeyGroupRange(0, MAX_PARALLELISM - 1))
    assert contents(restored) == +model
    assert {chunk.id for chunk in restored.snapshot(MAX_PARALLELISM)} == {chunk.id for chunk in second}
    restored.remove(batch([*model][:1]))
    again = RowStore(SCHEMA, [0], "t")
    again.restore(restored.snapshot(MAX_PARALLELISM), KeyGroupRange(0, MAX_PARALLELISM - 1))
    assert contents(again) == contents(restored)


def written(store: RowStore, stored: set[str]) -> int:
    """Rows of the next snapshot that are not ``stored``; now they are."""
    chunks = [chunk for chunk in store.snapshot(MAX_PARALLELISM) if chunk.id not in stored]
    stored.update(chunk.id for chunk in chunks)
    return sum(chunk.data.num_rows for chunk in chunks)


def test_a_snapshot_stores_what_came_and_what_went() -> None:
    store, stored = RowStore(SCHEMA, [0], "t"), set[str]()
    store.append(batch([(n, "old") for n in range(1000)]))
    assert written(store, stored) == 1000
    assert written(store, stored) == 0
    store.remove(batch([(7, "old"), (8, "old")]))
    store.append(batch([(2, "new")]))
    assert written(store, stored) == 3
    store.remove(batch([(n, "old") for n in range(100, 500)]))
    assert written(store, stored) == 402
    store.remove(batch([(n, "old") for n in range(500, 700)]))
    assert written(store, stored) == 1000 - 602
    assert len(store.snapshot(MAX_PARALLELISM)) == 2


def test_rows_that_do_not_fit_into_memory_are_found_on_disk(tmp_path: Path) -> None:
    managed = ManagedState(str(tmp_path), 64 << 10)
    store = RowStore(SCHEMA, [0], "t", managed.open())
    for start in range(0, 20_000, 1000):
        store.append(batch([(n, str(n)) for n in range(start, start + 1000)]))
    rows = np.random.default_rng(1).permutation(20_000)
    assert store.gather(rows).column(0).to_pylist() == rows.tolist()
    store.remove(batch([(5, "5")]))
    restored = RowStore(SCHEMA, [0], "t", managed.open())
    restored.restore(store.snapshot(MAX_PARALLELISM), KeyGroupRange(0, MAX_PARALLELISM - 1))
    assert contents(restored) == Counter((n, str(n)) for n in range(20_000) if n != 5)
    assert not list(tmp_path.iterdir())


def test_other_tables_chunks_are_left_alone() -> None:
    store = RowStore(SCHEMA, [0], "t")
    store.append(batch([(1, "a")]))
    others = [StateChunk(chunk.id, "u", chunk.data) for chunk in store.snapshot(MAX_PARALLELISM)]
    restored = RowStore(SCHEMA, [0], "t")
    restored.restore(others, KeyGroupRange(0, MAX_PARALLELISM - 1))
    assert len(restored) == 0


@settings(max_examples=10, deadline=None)
@given(st.integers(4_096, 6_000), st.integers(0, 500))
def test_compaction_keeps_the_live_rows_in_order(dead: int, alive: int) -> None:
    store = RowStore(SCHEMA, [0], "t")
    rows: list[Row] = [(n, str(n)) for n in range(dead + alive)]
    store.append(batch(rows))
    store.remove(batch(rows[:dead]))
    renumbered = store.compact()
    assert renumbered is not None and renumbered.tolist() == list(range(dead, dead + alive))
    assert list(map(as_tuple, store.gather(store.live_rows()).to_pylist())) == rows[dead:]
    assert store.compact() is None
    store.append(batch([(0, "again")]))
    (match,) = store.matches([pa.array([0], pa.int64())], 1, 10)
    assert store.gather(match[1]).to_pylist() == [{"k": 0, "v": "again"}]


def test_many_small_batches_lie_in_few_chunks() -> None:
    store = RowStore(SCHEMA, [0], "t")
    for n in range(300):
        store.append(batch([(n, "v")]))
    assert len(store.snapshot(MAX_PARALLELISM)) <= 10
    assert store.gather(np.array([299, 0, 150])).column(0).to_pylist() == [299, 0, 150]
