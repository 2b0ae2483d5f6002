"""Top-N holds, at every moment, the first rows of what its input amounts to."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from harness import Job, batch_of, materialised, open_operator, randomly_cut, rows_of, run_randomly, upserted
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.columnar.batch import RowKind
from sqlstream.plan.physical import Rank, Ranking, RankStrategy, RankType, SortKey, SortLimit
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema

pytestmark = pytest.mark.usefixtures("state_backend")

Row = tuple[Any, ...]
INPUT = Schema(
    (Field("id", t.INT), Field("k", t.STRING), Field("x", t.BIGINT), Field("name", t.STRING), Field("d", t.DOUBLE))
)
K, X, NAME, D = 1, 2, 3, 4
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", None]),
        st.sampled_from([None, -(2**63), -1, 0, 3, 2**63 - 1]),
        st.sampled_from([None, "", "a", "a\0", "ab", "é"]),
        st.sampled_from([None, -1.5, 0.0, float("inf")]),
    ),
    max_size=40,
)
ORDERS = st.sampled_from(
    [
        (SortKey(X, True, True),),
        (SortKey(X),),
        (SortKey(NAME, True),),
        (SortKey(NAME, False, True), SortKey(X, True)),
        (SortKey(D, True, True), SortKey(NAME)),
        (),
    ]
)


def rank(
    order: tuple[SortKey, ...],
    first: int = 1,
    last: int = 3,
    *,
    partition: tuple[int, ...] = (K,),
    type_: RankType = RankType.ROW_NUMBER,
    strategy: RankStrategy = RankStrategy.APPEND_FAST,
    row_key: tuple[int, ...] = (),
    with_rank: bool = False,
    update_before: bool = True,
) -> Rank:
    schema = Schema((*INPUT.fields, Field("rn", t.BIGINT))) if with_rank else INPUT
    return Rank(
        Ranking(type_, first, last, partition, order), strategy, row_key, with_rank, update_before, schema, INPUT
    )


def sort_key(order: tuple[SortKey, ...]) -> Callable[[Row], Any]:
    """A key by which Python sorts rows as SQL does."""

    @dataclass(frozen=True)
    class Reversed:
        value: Any

        def __lt__(self, other: Any) -> bool:
            return bool(other.value < self.value)

    def key(row: Row) -> Any:
        cells: list[Any] = []
        for part in order:
            value = row[part.column]
            if isinstance(value, str):
                value = value.encode()
            null = value is None
            cells.append(null if part.nulls_last else not null)
            cells.append(0 if null else Reversed(value) if part.descending else value)
        return cells

    return key


def expected(rows: list[Row], node: Rank) -> Counter[Row]:
    """The rows of ``rows``, oldest first, that a Top-N holds."""
    ranking, result = node.ranking, Counter[Row]()
    key = sort_key(ranking.order)
    groups: dict[Row, list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[column] for column in ranking.partition), []).append(row)
    for group in groups.values():
        number = dense = place = 0
        before: Any = None
        for place, row in enumerate(sorted(group, key=key), 1):
            if place == 1 or key(row) != before:
                number, dense, before = place, dense + 1, key(row)
            ranks = {RankType.ROW_NUMBER: place, RankType.RANK: number, RankType.DENSE_RANK: dense}
            if ranking.first <= ranks[ranking.type] <= ranking.last:
                result[(*row, ranks[ranking.type]) if node.with_rank else row] += 1
    return result


def numbered(rows: list[Row]) -> list[Row]:
    return [(i, *row) for i, row in enumerate(rows)]


@settings(deadline=None, max_examples=60)
@given(ROWS, ORDERS, st.sampled_from([(1, 1), (1, 3), (2, 3), (2, 2)]), st.booleans(), st.integers(0, 2**20))
def test_the_first_of_rows_that_are_added(
    rows: list[Row], order: tuple[SortKey, ...], bounds: tuple[int, int], with_rank: bool, seed: int
) -> None:
    node = rank(order, *bounds, with_rank=with_rank)
    given_rows = numbered(rows)
    changes = run_randomly(node, [(batch_of(INPUT.to_arrow(), given_rows), (K,))], seed)
    assert materialised(changes) == expected(given_rows, node)


@settings(deadline=None, max_examples=40)
@given(ROWS, ORDERS, st.sampled_from([RankType.RANK, RankType.DENSE_RANK]), st.booleans(), st.integers(0, 2**20))
def test_ranks_that_equal_rows_share(
    rows: list[Row], order: tuple[SortKey, ...], type_: RankType, with_rank: bool, seed: int
) -> None:
    node = rank(order, 2, 3, with_rank=with_rank, type_=type_)
    given_rows = numbered(rows)
    changes = run_randomly(node, [(batch_of(INPUT.to_arrow(), given_rows), (K,))], seed)
    assert materialised(changes) == expected(given_rows, node)


def changelog(rows: list[Row], random_: random.Random) -> tuple[list[Row], list[RowKind], list[Row]]:
    """Rows added and taken back, their kinds, and what remains, oldest first."""
    log, kinds, present = [], [], []
    for row in rows:
        log.append(row)
        kinds.append(RowKind.INSERT)
        present.append(row)
        while present and random_.random() < 0.4:
            log.append(present.pop(random_.randrange(len(present))))
            kinds.append(RowKind.DELETE)
    return log, kinds, present


@settings(deadline=None, max_examples=60)
@given(ROWS, ORDERS, st.sampled_from([(1, 1), (1, 3), (2, 3)]), st.booleans(), st.sampled_from(list(RankType)),
       st.integers(0, 2**20))  # fmt: skip
def test_the_first_of_rows_that_are_taken_back(
    rows: list[Row], order: tuple[SortKey, ...], bounds: tuple[int, int], with_rank: bool, type_: RankType, seed: int
) -> None:
    for row_key in ((), (0,)):
        node = rank(order, *bounds, with_rank=with_rank, type_=type_, strategy=RankStrategy.RETRACT, row_key=row_key)
        log, kinds, present = changelog(numbered(rows), random.Random(seed))
        changes = run_randomly(node, [(batch_of(INPUT.to_arrow(), log, kinds), (K,))], seed)
        assert materialised(changes) == expected(present, node)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), max_size=60), st.booleans(),
       st.sampled_from([(1, 1), (1, 3), (2, 3)]), st.integers(0, 2**20))  # fmt: skip
def test_the_first_of_rows_that_get_better(
    steps: list[tuple[int, int]], with_rank: bool, bounds: tuple[int, int], seed: int
) -> None:
    order = (SortKey(X, True, True),)
    node = rank(order, *bounds, strategy=RankStrategy.UPDATE_FAST, row_key=(0,), with_rank=with_rank)
    log: list[Row] = []
    rows: dict[int, Row] = {}
    for number, (id, more) in enumerate(steps):
        x = more + (rows[id][X] if id in rows else 0)
        row = (id, "ab"[id % 2], x, str(number), None)
        # A row that has got better is behind its equals, as if it had just come; else it keeps its place.
        if id in rows and more:
            del rows[id]
        rows[id] = row
        log.append(row)
    kinds = [RowKind.UPDATE_AFTER] * len(log)
    changes = run_randomly(node, [(batch_of(INPUT.to_arrow(), log, kinds), (K,))], seed)
    result, wanted = materialised(changes), expected(list(rows.values()), node)
    places = [X, 5] if with_rank else [X]
    # Which of equal rows is the last one in depends on when the others came, and so on how the input is cut.
    assert Counter(tuple(r[p] for p in places) for r in result.elements()) == Counter(
        tuple(r[p] for p in places) for r in wanted.elements()
    )


@settings(deadline=None, max_examples=40)
@given(ROWS, ORDERS, st.integers(0, 2**20))
def test_without_update_before_the_last_change_of_a_key_tells_its_row(
    rows: list[Row], order: tuple[SortKey, ...], seed: int
) -> None:
    node = rank(order, 1, 1, update_before=False)
    given_rows = numbered(rows)
    changes = run_randomly(node, [(batch_of(INPUT.to_arrow(), given_rows), (K,))], seed)
    assert all(kind in ("+I", "+U") for kind, _ in changes)
    by_key = [(kind, (row[K], row)) for kind, row in changes]
    assert Counter(row for _, row in upserted(by_key, 1).values()) == expected(given_rows, node)


def test_a_better_row_moves_the_others_down() -> None:
    node = rank((SortKey(X, True, True),), 1, 2, with_rank=True)
    operator = open_operator(node)

    def feed(*rows: Row) -> list[tuple[str, tuple[Any, ...]]]:
        batch = batch_of(INPUT.to_arrow(), [(id, "a", x, None, None) for id, x in rows])
        return [(kind, (row[0], row[5])) for kind, row in rows_of(operator.on_batch(batch))]

    assert feed((1, 5)) == [("+I", (1, 1))]
    assert feed((2, 7)) == [("-U", (1, 1)), ("+U", (2, 1)), ("+I", (1, 2))]
    assert feed((3, 5)) == []
    assert feed((4, 9), (5, 8)) == [("-U", (2, 1)), ("+U", (4, 1)), ("-U", (1, 2)), ("+U", (5, 2))]


def test_a_row_taken_back_lets_the_next_one_in() -> None:
    node = rank((SortKey(X, True, True),), 1, 2, strategy=RankStrategy.RETRACT)
    operator = open_operator(node)

    def feed(*changes: tuple[RowKind, int, int]) -> list[tuple[str, int]]:
        rows = [(id, "a", x, None, None) for _, id, x in changes]
        batch = batch_of(INPUT.to_arrow(), rows, [kind for kind, _, _ in changes])
        return [(kind, row[0]) for kind, row in rows_of(operator.on_batch(batch))]

    insert, delete = RowKind.INSERT, RowKind.DELETE
    assert feed((insert, 1, 5), (insert, 2, 7), (insert, 3, 6)) == [("+I", 2), ("+I", 3)]
    assert feed((delete, 2, 7)) == [("-D", 2), ("+I", 1)]
    assert feed((delete, 9, 9)) == []
    assert feed((delete, 3, 6), (delete, 1, 5)) == [("-D", 3), ("-D", 1)]


def test_the_first_of_all_rows_with_an_offset() -> None:
    node = SortLimit((SortKey(X),), 1, 2, RankStrategy.APPEND_FAST, (), True, INPUT)
    rows = numbered([("a", x, None, None) for x in (5, 3, 9, 1, 3, None)])
    changes = run_randomly(node, [(batch_of(INPUT.to_arrow(), rows), ())], 3)
    assert sorted(row[X] for row in materialised(changes)) == [1, 3]


def test_rows_that_were_dropped_are_forgotten() -> None:
    node = rank((SortKey(X, True, True),), 1, 2)
    job = Job(node, [(K,)], random.Random(1))
    rows = numbered([("ab"[i % 2], i, "x", 0.5) for i in range(20_000)])
    for piece in (batch_of(INPUT.to_arrow(), rows[i : i + 1000]) for i in range(0, len(rows), 1000)):
        job.feed(piece)
        job.rescale()
    stored = sum(chunk.data.num_rows for s in job.subtasks for chunk in s.snapshot().keyed)
    job.finish()
    assert stored < 10_000
    assert materialised(job.changes) == expected(rows, node)


def test_batches_of_any_size_give_the_same_rows_in_a_large_partition() -> None:
    node = rank((SortKey(X), SortKey(NAME, True)), 3, 40, partition=(), strategy=RankStrategy.RETRACT)
    random_ = random.Random(5)
    values = np.random.default_rng(3).integers(0, 300, 6000).tolist()
    log, kinds, present = changelog(numbered([("a", x, str(x % 7), None) for x in values]), random_)
    whole = batch_of(INPUT.to_arrow(), log, kinds)
    results = []
    for pieces in ([whole], randomly_cut(whole, random_)):
        operator = open_operator(node)
        results.append(materialised(change for piece in pieces for change in rows_of(operator.on_batch(piece))))
    assert results[0] == results[1] == expected(present, node)
