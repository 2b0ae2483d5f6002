"""A row store is a bag of rows: looked up by key, taken back one at a time, kept through snapshot and restore."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

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


@given(STEPS)
def test_it_holds_what_was_added_less_what_was_taken_back(steps: list[tuple[bool, list[Row]]]) -> None:
    store, model = run(steps)
    assert contents(store) == model
    assert len(store) == model.total()


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


def test_a_snapshot_stores_a_chunk_again_only_if_rows_of_it_died() -> None:
    store = RowStore(SCHEMA, [0], "t")
    store.append(batch([(n, "old") for n in range(8)]))
    store.append(batch([(1, "new")]))
    first = [chunk.id for chunk in store.snapshot(MAX_PARALLELISM)]
    assert [chunk.id for chunk in store.snapshot(MAX_PARALLELISM)] == first
    store.remove(batch([(1, "new")]))
    store.append(batch([(2, "new")]))
    second = store.snapshot(MAX_PARALLELISM)
    assert second[0].id == first[0]
    assert all(chunk.id not in first for chunk in second[1:])


def test_other_tables_chunks_are_left_alone() -> None:
    store = RowStore(SCHEMA, [0], "t")
    store.append(batch([(1, "a")]))
    others = [StateChunk(chunk.id, "u", chunk.data) for chunk in store.snapshot(MAX_PARALLELISM)]
    restored = RowStore(SCHEMA, [0], "t")
    restored.restore(others, KeyGroupRange(0, MAX_PARALLELISM - 1))
    assert len(restored) == 0


@settings(max_examples=10)
@given(st.integers(4_096, 6_000), st.integers(0, 500))
def test_compaction_keeps_the_live_rows_in_order(dead: int, alive: int) -> None:
    store = RowStore(SCHEMA, [0], "t")
    rows: list[Row] = [(n, str(n)) for n in range(dead + alive)]
    store.append(batch(rows))
    store.remove(batch(rows[:dead]))
    assert store.compact()
    assert list(map(as_tuple, store.gather(store.live_rows()).to_pylist())) == rows[dead:]
    assert not store.compact()
    store.append(batch([(0, "again")]))
    (match,) = store.matches([pa.array([0], pa.int64())], 1, 10)
    assert store.gather(match[1]).to_pylist() == [{"k": 0, "v": "again"}]


def test_many_small_batches_lie_in_few_chunks() -> None:
    store = RowStore(SCHEMA, [0], "t")
    for n in range(300):
        store.append(batch([(n, "v")]))
    assert len(store.snapshot(MAX_PARALLELISM)) <= 10
    assert store.gather(np.array([299, 0, 150])).column(0).to_pylist() == [299, 0, 150]
