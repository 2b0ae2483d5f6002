"""Deduplication keeps one row of each key: the first or the last, by event time or by arrival."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from harness import batch_of, materialised, open_operator, rows_of, run_randomly
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.plan.physical import BatchRank, Deduplicate, Ranking, RankType, SortKey
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema, TimeAttribute

pytestmark = pytest.mark.usefixtures("state_backend")

Row = tuple[Any, ...]
TIMESTAMP = t.TimestampType(precision=3)
EPOCH = dt.datetime(1970, 1, 1)
ROWS = st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(-3, 8)), max_size=30)


def schema(time: TimeAttribute) -> Schema:
    return Schema((Field("id", t.INT), Field("k", t.STRING), Field("ts", TIMESTAMP, time)))


def deduplicate(
    *, keep_last: bool, time: TimeAttribute = TimeAttribute.ROWTIME, update_before: bool = True, key: bool = True
) -> Deduplicate:
    return Deduplicate((1,) if key else (), 2, keep_last, not keep_last, update_before, schema(time))


def rows_at(rows: list[tuple[str | None, int]]) -> list[Row]:
    return [(i, k, EPOCH + dt.timedelta(milliseconds=ms)) for i, (k, ms) in enumerate(rows)]


def kept(rows: list[Row], *, keep_last: bool, by_arrival: bool) -> set[Row]:
    best: dict[Any, Row] = {}
    for row in rows:
        known = best.get(row[1])
        if known is None or (keep_last if by_arrival else row[2] >= known[2] if keep_last else row[2] < known[2]):
            best[row[1]] = row
    return set(best.values())


@settings(deadline=None, max_examples=40)
@given(ROWS, st.booleans(), st.booleans(), st.integers(0, 2**20))
def test_one_row_of_each_key_is_kept(
    rows: list[tuple[str | None, int]], keep_last: bool, by_arrival: bool, seed: int
) -> None:
    time = TimeAttribute.PROCTIME if by_arrival else TimeAttribute.ROWTIME
    node = deduplicate(keep_last=keep_last, time=time)
    given_rows = rows_at(rows)
    changes = run_randomly(node, [(batch_of(node.schema.to_arrow(), given_rows), (1,))], seed)
    assert set(materialised(changes)) == kept(given_rows, keep_last=keep_last, by_arrival=by_arrival)
    assert keep_last or all(kind == "+I" for kind, _ in changes)


@settings(deadline=None, max_examples=20)
@given(ROWS, st.booleans(), st.integers(0, 2**20))
def test_without_update_before_the_latest_change_is_the_row(
    rows: list[tuple[str | None, int]], by_arrival: bool, seed: int
) -> None:
    time = TimeAttribute.PROCTIME if by_arrival else TimeAttribute.ROWTIME
    node = deduplicate(keep_last=True, time=time, update_before=False)
    given_rows = rows_at(rows)
    changes = run_randomly(node, [(batch_of(node.schema.to_arrow(), given_rows), (1,))], seed)
    latest: dict[Any, Row] = {}
    for kind, row in changes:
        assert (kind == "+I") == (row[1] not in latest)
        latest[row[1]] = row
    assert set(latest.values()) == kept(given_rows, keep_last=True, by_arrival=by_arrival)


def test_the_last_row_replaces_the_one_before() -> None:
    node = deduplicate(keep_last=True)
    operator = open_operator(node)

    def feed(*rows: tuple[int, int]) -> list[tuple[str, int]]:
        made = [(id, "a", EPOCH + dt.timedelta(milliseconds=ms)) for id, ms in rows]
        return [(kind, row[0]) for kind, row in rows_of(operator.on_batch(batch_of(node.schema.to_arrow(), made)))]

    assert feed((1, 5)) == [("+I", 1)]
    assert feed((2, 4)) == []
    assert feed((3, 5), (4, 7), (5, 6)) == [("-U", 1), ("+U", 4)]
    assert feed((6, 7)) == [("-U", 4), ("+U", 6)]


def test_the_first_row_by_event_time_waits_for_the_watermark_and_then_stands() -> None:
    node = deduplicate(keep_last=False)
    operator = open_operator(node)

    def feed(*rows: tuple[int, int]) -> list[tuple[str, Row]]:
        made = [(id, "a", EPOCH + dt.timedelta(milliseconds=ms)) for id, ms in rows]
        return rows_of(operator.on_batch(batch_of(node.schema.to_arrow(), made)))

    assert feed((1, 50), (2, 40), (3, 40)) == []
    assert rows_of(operator.on_watermark(39)) == []
    assert [row[0] for _, row in rows_of(operator.on_watermark(45))] == [2]
    assert feed((4, 44), (5, 46)) == []
    assert rows_of(operator.on_watermark(100)) == []
    assert operator.context.metrics.counters["numLateRecordsDropped"].value == 1


def test_without_a_key_one_row_is_kept_of_all() -> None:
    node = deduplicate(keep_last=True, key=False)
    rows = rows_at([("a", 3), ("b", 9), (None, 4)])
    changes = run_randomly(node, [(batch_of(node.schema.to_arrow(), rows), ())], 1)
    assert [row[0] for row in materialised(changes)] == [1]


@settings(deadline=None, max_examples=20)
@given(ROWS, st.integers(0, 2**20))
def test_bounded_input_is_ranked_at_the_end(rows: list[tuple[str | None, int]], seed: int) -> None:
    input = schema(TimeAttribute.ROWTIME)
    ranking = Ranking(RankType.RANK, 1, 2, (1,), (SortKey(2),))
    node = BatchRank(ranking, True, Schema((*input.fields, Field("r", t.BIGINT))), input)
    given_rows = rows_at(rows)
    changes = run_randomly(node, [(batch_of(input.to_arrow(), given_rows), (1,))], seed)
    expected = set()
    for row in given_rows:
        rank = 1 + sum(other[1] == row[1] and other[2] < row[2] for other in given_rows)
        if rank <= 2:
            expected.add((*row, rank))
    assert set(materialised(changes)) == expected
