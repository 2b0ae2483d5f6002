"""The Top-N of a window is emitted once, when the watermark has passed its end."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from harness import batch_of, materialised, open_operator, rows_of, run_randomly
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.columnar.batch import RowKind
from sqlstream.plan.physical import (
    Ranking,
    RankType,
    RankWindow,
    SortKey,
    WindowDeduplicate,
    WindowKind,
    WindowRank,
    WindowSpec,
)
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema

pytestmark = pytest.mark.usefixtures("state_backend")

Row = tuple[Any, ...]
TIMESTAMP = t.TimestampType(precision=3)
INPUT = Schema(
    (
        Field("id", t.INT), Field("k", t.STRING), Field("x", t.INT), Field("ts", TIMESTAMP),
        Field("window_start", TIMESTAMP), Field("window_end", TIMESTAMP),
    )
)  # fmt: skip
WINDOW = RankWindow(WindowSpec(WindowKind.TUMBLE, 10), 4, 5, False)
ROWS = st.lists(st.tuples(st.sampled_from(["a", None]), st.integers(0, 3), st.integers(-15, 25)), max_size=30)


def rank(first: int, last: int, *, with_rank: bool = True, retracting: bool = False) -> WindowRank:
    ranking = Ranking(RankType.ROW_NUMBER, first, last, (1, 4, 5), (SortKey(2, True, True),))
    schema = Schema((*INPUT.fields, Field("rn", t.BIGINT))) if with_rank else INPUT
    return WindowRank(ranking, WINDOW, with_rank, retracting, schema, INPUT)


def at(ms: int) -> dt.datetime:
    return dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=ms)


def windowed(rows: list[tuple[str | None, int, int]]) -> list[Row]:
    return [(i, k, x, at(ms), at(ms // 10 * 10), at(ms // 10 * 10 + 10)) for i, (k, x, ms) in enumerate(rows)]


def expected(rows: list[Row], first: int, last: int) -> Counter[Row]:
    result = Counter[Row]()
    for key in {(row[1], row[4]) for row in rows}:
        group = sorted((row for row in rows if (row[1], row[4]) == key), key=lambda row: -row[2])
        result.update((*row, i) for i, row in enumerate(group, 1) if first <= i <= last)
    return result


@settings(deadline=None, max_examples=30)
@given(ROWS, st.sampled_from([(1, 1), (1, 2), (2, 3)]), st.integers(0, 2**20))
def test_the_first_rows_of_each_window(
    rows: list[tuple[str | None, int, int]], bounds: tuple[int, int], seed: int
) -> None:
    given_rows = windowed(rows)
    changes = run_randomly(rank(*bounds), [(batch_of(INPUT.to_arrow(), given_rows), (1,))], seed)
    assert all(kind == "+I" for kind, _ in changes)
    assert materialised(changes) == expected(given_rows, *bounds)


@settings(deadline=None, max_examples=30)
@given(ROWS, st.data())
def test_rows_taken_back_before_the_window_ends_do_not_count(
    rows: list[tuple[str | None, int, int]], data: st.DataObject
) -> None:
    given_rows = windowed(rows)
    gone = data.draw(st.sets(st.sampled_from(given_rows))) if given_rows else set()
    log = [*given_rows, *gone]
    kinds = [RowKind.INSERT] * len(given_rows) + [RowKind.DELETE] * len(gone)
    batch = batch_of(INPUT.to_arrow(), log, kinds)
    changes = run_randomly(rank(1, 2, retracting=True), [(batch, (1,))], data.draw(st.integers(0, 2**20)))
    assert materialised(changes) == expected([row for row in given_rows if row not in gone], 1, 2)


@settings(deadline=None, max_examples=30)
@given(ROWS, st.booleans(), st.integers(0, 2**20))
def test_one_row_of_each_key_and_window(rows: list[tuple[str | None, int, int]], keep_last: bool, seed: int) -> None:
    node = WindowDeduplicate((1,), WINDOW, 3, keep_last, INPUT)
    given_rows = windowed(rows)
    best: dict[Row, Row] = {}
    for row in given_rows:
        known = best.get((row[1], row[4]))
        if known is None or (row[3] >= known[3] if keep_last else row[3] < known[3]):
            best[row[1], row[4]] = row
    changes = run_randomly(node, [(batch_of(INPUT.to_arrow(), given_rows), (1,))], seed)
    assert materialised(changes) == Counter(best.values())


def test_a_window_is_emitted_when_the_watermark_has_passed_its_last_millisecond() -> None:
    operator = open_operator(rank(1, 1, with_rank=False))
    rows = windowed([("a", 1, 3), ("a", 2, 4), ("a", 3, 12)])
    assert rows_of(operator.on_batch(batch_of(INPUT.to_arrow(), rows))) == []
    assert rows_of(operator.on_watermark(8)) == []
    assert [row[0] for _, row in rows_of(operator.on_watermark(9))] == [1]
    assert rows_of(operator.on_batch(batch_of(INPUT.to_arrow(), windowed([("a", 9, 5), ("a", 0, 13)])))) == []
    assert operator.context.metrics.counters["numLateRecordsDropped"].value == 1
    assert [row[2] for _, row in rows_of(operator.on_watermark(100))] == [3]


def test_closed_windows_are_forgotten() -> None:
    operator = open_operator(rank(1, 2))
    for window in range(50):
        rows = windowed([("ab"[i % 2], i % 7, window * 10 + i % 10) for i in range(200)])
        assert rows_of(operator.on_batch(batch_of(INPUT.to_arrow(), rows))) == []
        assert len(rows_of(operator.on_watermark(window * 10 + 9))) == 4
    assert sum(chunk.data.num_rows for chunk in operator.snapshot().keyed) < 1000
