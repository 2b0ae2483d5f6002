"""OVER windows in every mode give what a loop over partitions, rows and frames gives, however the input is cut."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from harness import Job, batch_of, materialised, open_operator, randomly_cut, rows_of, run_randomly
from over_reference import over_reference

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.elements import Watermark
from sqlstream.plan.expressions import AggregateCall
from sqlstream.plan.physical import (
    BatchOverAggregate,
    ChangingOverAggregate,
    FrameUnit,
    OverAggregate,
    OverFrame,
    OverWindow,
    SortKey,
)
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema, TimeAttribute

pytestmark = pytest.mark.usefixtures("state_backend")

Row = tuple[Any, ...]
EPOCH = dt.datetime(1970, 1, 1)
INPUT = Schema(
    (
        Field("id", t.INT),
        Field("k", t.STRING),
        Field("x", t.INT),
        Field("s", t.STRING),
        Field("yes", t.BOOLEAN),
        Field("ts", t.TimestampType(precision=3), TimeAttribute.ROWTIME),
    )
)
TIME = 5
AGGREGATES = (
    AggregateCall("COUNT", (), t.BIGINT, "n"),
    AggregateCall("SUM", (2,), t.INT, "total"),
    AggregateCall("MIN", (2,), t.INT, "low"),
    AggregateCall("MAX", (3,), t.STRING, "high"),
    AggregateCall("COUNT", (2,), t.BIGINT, "different", distinct=True),
    AggregateCall("SUM", (2,), t.INT, "some", filter=4),
    AggregateCall("FIRST_VALUE", (2,), t.INT, "first"),
    AggregateCall("LAST_VALUE", (3,), t.STRING, "last"),
    AggregateCall("LISTAGG", (3,), t.STRING, "list"),
)
RANKS = tuple(AggregateCall(name, (), t.BIGINT, name) for name in ("ROW_NUMBER", "RANK", "DENSE_RANK"))
LAGS = (
    AggregateCall("LAG", (2,), t.INT, "one"),
    AggregateCall("LAG", (2,), t.INT, "three", constants=(3,)),
    AggregateCall("LAG", (2,), t.INT, "present", constants=(2,), ignore_nulls=True),
)
AHEAD = (
    AggregateCall("LEAD", (2,), t.INT, "next", constants=(2,)),
    AggregateCall("NTILE", (), t.BIGINT, "bucket", constants=(3,)),
    AggregateCall("PERCENT_RANK", (), t.DOUBLE, "share"),
)
ROWS, RANGE = FrameUnit.ROWS, FrameUnit.RANGE
WHOLE = OverFrame(RANGE, None, 0)


def output(calls: Sequence[AggregateCall]) -> Schema:
    return Schema((*INPUT, *(Field(call.name, call.type) for call in calls)))


def in_time(frame: OverFrame, calls: tuple[AggregateCall, ...], partition: tuple[int, ...] = (1,)) -> OverAggregate:
    return OverAggregate(partition, TIME, False, OverWindow(frame, calls), output(calls), INPUT)


def row(number: int, key: str | None, x: int | None, milliseconds: int) -> Row:
    text = None if x is None else "abc"[x % 3]
    return (number, key, x, text, number % 3 != 0, EPOCH + dt.timedelta(milliseconds=milliseconds))


def random_rows(random_: random.Random, count: int = 60) -> list[Row]:
    """Times rise by and by, but for a few steps back and forth, and ties."""
    return [
        row(i, random_.choice(["a", "b", "c", None]), random_.choice([None, 1, 2, 3, 7]), i + random_.randint(-4, 4))
        for i in range(count)
    ]


def batch(rows: Sequence[Row], kinds: Sequence[RowKind] | None = None) -> Batch:
    return batch_of(INPUT.to_arrow(), rows, kinds)


def by_milliseconds(rows: Sequence[Row]) -> list[Row]:
    return [
        (*cells[:TIME], (cells[TIME] - EPOCH) // dt.timedelta(milliseconds=1), *cells[TIME + 1 :]) for cells in rows
    ]


def inserted(changes: Sequence[tuple[str, Row]]) -> Counter[Row]:
    assert {kind for kind, _ in changes} <= {"+I"}
    return Counter(by_milliseconds([cells for _, cells in changes]))


TIME_WINDOWS = [
    (WHOLE, AGGREGATES + RANKS + LAGS),
    (OverFrame(ROWS, None, 0), AGGREGATES + RANKS),
    (WHOLE, LAGS),
    (OverFrame(ROWS, -2, 0), AGGREGATES),
    (OverFrame(ROWS, 0, 0), AGGREGATES),
    (OverFrame(ROWS, -3, -1), AGGREGATES),
    (OverFrame(RANGE, -5, 0), AGGREGATES),
    (OverFrame(RANGE, 0, 0), AGGREGATES),
    (OverFrame(RANGE, -9, -3), AGGREGATES),
]


@pytest.mark.parametrize("partition", [(1,), ()], ids=["keyed", "alone"])
@pytest.mark.parametrize(("frame", "calls"), TIME_WINDOWS, ids=lambda value: str(value)[:60])
def test_rows_in_time(frame: OverFrame, calls: tuple[AggregateCall, ...], partition: tuple[int, ...]) -> None:
    for seed in range(2):
        random_ = random.Random(seed)
        rows = random_rows(random_)
        job = Job(in_time(frame, calls, partition), [partition], random_)
        at = 0
        for piece in randomly_cut(batch(rows), random_):
            job.feed(piece)
            at += piece.num_rows
            job.watermark(at - 5)
            if random_.random() < 0.2:
                job.rescale()
        job.finish()
        assert inserted(job.changes) == Counter(over_reference(by_milliseconds(rows), partition, TIME, frame, calls))


LATE = [row(i, "ab"[i % 2], i, at) for i, at in enumerate([10, 11, 30, 31, 5, 12, 31, 25, 60, 61, 32, 29, 58, 3, 90])]
WATERMARKS = [-1, -1, 20, 20, 20, 20, 20, 20, 50, 51, 51, 51, 51, 51, 80]


@pytest.mark.parametrize(
    ("frame", "kept"),
    [
        (OverFrame(RANGE, None, 0), {0, 1, 2, 3, 6, 7, 8, 9, 12, 14}),
        (OverFrame(ROWS, None, 0), {0, 1, 2, 3, 6, 7, 8, 9, 12, 14}),
        (OverFrame(ROWS, -1, 0), {0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 12, 14}),
        (OverFrame(RANGE, -30, 0), {0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 12, 14}),
        (OverFrame(RANGE, -15, 0), {0, 1, 2, 3, 5, 6, 7, 8, 9, 12, 14}),
    ],
    ids=str,
)
def test_late_rows(frame: OverFrame, kept: set[int]) -> None:
    """With whole partitions all behind the watermark; else those behind what their key has emitted, and those so far
    behind the watermark that the rows of their frame are gone."""
    operator = open_operator(in_time(frame, AGGREGATES[:1]))
    changes = []
    for cells, watermark in zip(LATE, WATERMARKS, strict=True):
        changes += rows_of(operator.on_batch(batch([cells])))
        outputs = list(operator.on_watermark(watermark))
        assert outputs[-1] == Watermark(watermark)
        changes += rows_of(outputs)
    changes += rows_of(operator.on_watermark(1000))
    assert {cells[0] for _, cells in changes} == kept
    assert operator.context.metrics.counters["numLateRecordsDropped"].value == len(LATE) - len(kept)
    expected = over_reference(by_milliseconds([LATE[i] for i in sorted(kept)]), (1,), TIME, frame, AGGREGATES[:1])
    assert inserted(changes) == Counter(expected)


def test_frames_of_time_forget_what_they_cannot_reach() -> None:
    operator = open_operator(in_time(OverFrame(RANGE, -10, 0), AGGREGATES[:1]))
    for at in range(0, 1000, 5):
        list(operator.on_batch(batch([row(at, "a", 1, at)])))
        list(operator.on_watermark(at))
    stored = sum(chunk.data.num_rows for chunk in operator.snapshot().keyed)
    assert 4 <= stored <= 9


def test_frames_of_rows_forget_all_but_the_last() -> None:
    operator = open_operator(in_time(OverFrame(ROWS, -2, 0), AGGREGATES[:1]))
    for at in range(200):
        list(operator.on_batch(batch([row(at, "ab"[at % 2], 1, at)])))
        list(operator.on_watermark(at))
    last = open_operator(in_time(OverFrame(ROWS, -2, 0), AGGREGATES[:1]))
    last.restore([operator.snapshot()])
    assert len(last._recent._store) == 4  # type: ignore[attr-defined]


class Clock:
    """A processing time that tests set."""

    now = 0

    def __call__(self) -> int:
        return self.now


def test_processing_time_takes_rows_as_they_come() -> None:
    calls = (*AGGREGATES[:2], *RANKS, *LAGS[:1])
    node = OverAggregate((1,), TIME, True, OverWindow(WHOLE, calls), output(calls), INPUT)
    rows = [row(i, "ab"[i % 2], i, 0) for i in range(8)]
    operator = open_operator(node)
    changes = [change for piece in (rows[:3], rows[3:]) for change in rows_of(operator.on_batch(batch(piece)))]
    numbered = [(*cells[:TIME], i) for i, cells in enumerate(rows)]
    expected = over_reference(numbered, (1,), TIME, WHOLE, calls)
    assert sorted((cells[0], *cells[TIME + 1 :]) for _, cells in changes) == sorted(
        (cells[0], *cells[TIME + 1 :]) for cells in expected
    )


def test_a_frame_of_processing_time_forgets_by_timer() -> None:
    node = OverAggregate(
        (1,), TIME, True, OverWindow(OverFrame(RANGE, -10, 0), AGGREGATES[:1]), output(AGGREGATES[:1]), INPUT
    )
    clock = Clock()
    operator = open_operator(node)
    operator._clock = clock  # type: ignore[attr-defined]
    counts = []
    for clock.now in (100, 105, 112, 200):
        counts += [cells[-1] for _, cells in rows_of(operator.on_batch(batch([row(0, "a", 1, 0)])))]
    assert counts == [1, 2, 2, 1]
    timer = operator.next_timer()
    assert timer == 130
    list(operator.on_timer(230))
    assert operator.next_timer() is None or operator.next_timer() > 200  # type: ignore[operator]


CHANGING_WINDOWS = [
    (WHOLE, AGGREGATES[:6] + RANKS[1:]),
    (OverFrame(RANGE, None, None), AGGREGATES[:6]),
    (OverFrame(RANGE, -1, 1), AGGREGATES[:6]),
]


@pytest.mark.parametrize("partition", [(1,), ()], ids=["keyed", "alone"])
@pytest.mark.parametrize(("frame", "calls"), CHANGING_WINDOWS, ids=lambda value: str(value)[:60])
@pytest.mark.parametrize("update_before", [True, False])
def test_rows_that_change(
    frame: OverFrame, calls: tuple[AggregateCall, ...], partition: tuple[int, ...], update_before: bool
) -> None:
    node = ChangingOverAggregate(
        partition, (SortKey(2),), OverWindow(frame, calls), update_before, output(calls), INPUT
    )
    for seed in range(2):
        random_ = random.Random(seed)
        present: list[Row] = []
        changes: list[Row] = []
        kinds: list[RowKind] = []
        for cells in random_rows(random_):
            if present and random_.random() < 0.4:
                changes.append(present.pop(random_.randrange(len(present))))
                kinds.append(random_.choice([RowKind.DELETE, RowKind.UPDATE_BEFORE]))
            present.append(cells)
            changes.append(cells)
            kinds.append(random_.choice([RowKind.INSERT, RowKind.UPDATE_AFTER]))
        found = run_randomly(node, [(batch(changes, kinds), partition)], seed)
        expected = Counter(over_reference(by_milliseconds(present), partition, 2, frame, calls))
        if update_before:
            assert Counter(by_milliseconds(list(materialised(found)))) == expected
            continue
        by_id: dict[Any, Row] = {}
        for kind, cells in found:
            if kind == "-D":
                del by_id[cells[0]]
            else:
                assert kind != "-U"
                by_id[cells[0]] = cells
        assert Counter(by_milliseconds(list(by_id.values()))) == expected


def test_only_what_differs_is_emitted_anew() -> None:
    calls = (AGGREGATES[1],)
    node = ChangingOverAggregate((1,), (SortKey(2),), OverWindow(WHOLE, calls), True, output(calls), INPUT)
    operator = open_operator(node)
    list(operator.on_batch(batch([row(1, "a", 1, 0), row(2, "a", 3, 0), row(3, "b", 5, 0)])))
    changes = rows_of(operator.on_batch(batch([row(4, "a", 2, 0)])))
    assert sorted((kind, cells[0], cells[-1]) for kind, cells in changes) == [
        ("+I", 4, 3), ("+U", 2, 6), ("-U", 2, 4),
    ]  # fmt: skip


BATCH_WINDOWS = [
    (WHOLE, AGGREGATES + RANKS + LAGS + AHEAD),
    (OverFrame(RANGE, None, None), AGGREGATES),
    (OverFrame(ROWS, -1, 1), AGGREGATES),
    (OverFrame(ROWS, 0, None), AGGREGATES),
    (OverFrame(ROWS, -3, -2), AGGREGATES),
    (OverFrame(ROWS, 2, 3), AGGREGATES),
    (OverFrame(ROWS, None, -1), AGGREGATES),
    (OverFrame(ROWS, None, 2), AGGREGATES),
    (OverFrame(RANGE, 0, None), AGGREGATES),
]


@pytest.mark.parametrize("partition", [(1,), ()], ids=["keyed", "alone"])
@pytest.mark.parametrize(("frame", "calls"), BATCH_WINDOWS, ids=lambda value: str(value)[:60])
def test_bounded_rows(frame: OverFrame, calls: tuple[AggregateCall, ...], partition: tuple[int, ...]) -> None:
    order = (SortKey(0),)
    node = BatchOverAggregate(partition, order, (OverWindow(frame, calls),), output(calls), INPUT)
    for seed in range(2):
        rows = random_rows(random.Random(seed))
        random.Random(seed).shuffle(rows)
        found = run_randomly(node, [(batch(rows), partition)], seed)
        assert inserted(found) == Counter(over_reference(by_milliseconds(rows), partition, 0, frame, calls))


@pytest.mark.parametrize(
    "frame", [OverFrame(RANGE, -1, 1), OverFrame(RANGE, -4, -2), OverFrame(RANGE, 1, 5), WHOLE], ids=str
)
def test_bounded_rows_within_a_distance(frame: OverFrame) -> None:
    node = BatchOverAggregate((1,), (SortKey(2),), (OverWindow(frame, AGGREGATES[:6]),), output(AGGREGATES[:6]), INPUT)
    for seed in range(2):
        rows = random_rows(random.Random(seed))
        found = run_randomly(node, [(batch(rows), (1,))], seed)
        assert inserted(found) == Counter(over_reference(by_milliseconds(rows), (1,), 2, frame, AGGREGATES[:6]))
