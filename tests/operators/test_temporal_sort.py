"""ORDER BY time: every row in its place once the watermark has come to it."""

from __future__ import annotations

import random
from typing import Any

import pytest
from harness import Job, batch_of, open_operator, randomly_cut, rows_of

from sqlstream.columnar.elements import Watermark
from sqlstream.plan.physical import SortKey, TemporalSort
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema, TimeAttribute

SCHEMA = Schema(
    (Field("x", t.INT), Field("ts", t.TimestampType(precision=3), TimeAttribute.ROWTIME), Field("i", t.INT))
)
Row = tuple[Any, ...]


def sort(*keys: SortKey, proctime: bool = False) -> TemporalSort:
    return TemporalSort(1, proctime, keys, SCHEMA)


def values(changes: list[tuple[str, Row]]) -> list[Row]:
    return [(x, i) for _, (x, _, i) in changes]


def test_rows_wait_for_the_watermark() -> None:
    operator = open_operator(sort())
    assert rows_of(operator.on_batch(batch_of(SCHEMA.to_arrow(), [(1, 30, 0), (2, 10, 1), (3, 20, 2)]))) == []
    outputs = list(operator.on_watermark(20))
    assert outputs[-1] == Watermark(20)
    assert values(rows_of(outputs)) == [(2, 1), (3, 2)]
    assert values(rows_of(operator.on_watermark(100))) == [(1, 0)]


def test_a_row_is_late_once_a_later_one_was_emitted() -> None:
    operator = open_operator(sort())
    list(operator.on_batch(batch_of(SCHEMA.to_arrow(), [(1, 10, 0)])))
    list(operator.on_watermark(50))
    assert rows_of(operator.on_batch(batch_of(SCHEMA.to_arrow(), [(2, 5, 1), (3, 10, 2), (4, 40, 3)]))) == []
    assert operator.context.metrics.counters["numLateRecordsDropped"].value == 2
    again = open_operator(sort())
    again.restore([operator.snapshot()])
    list(again.on_batch(batch_of(SCHEMA.to_arrow(), [(5, 9, 4)])))
    assert values(rows_of(again.on_watermark(60))) == [(4, 3)]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("nulls_last", [False, True])
def test_other_keys_order_rows_of_one_time(descending: bool, nulls_last: bool) -> None:
    for seed in range(5):
        random_ = random.Random(seed)
        rows = [(random_.choice([None, 1, 2, 3]), i // 5 + random_.randint(0, 3), i) for i in range(80)]
        job = Job(sort(SortKey(0, descending, nulls_last)), [()], random_)
        at = 0
        for piece in randomly_cut(batch_of(SCHEMA.to_arrow(), rows), random_):
            job.feed(piece)
            at += piece.num_rows
            job.watermark(at // 5 - 1)
            if random_.random() < 0.3:
                job.rescale()
        job.finish()

        def place(row: Row) -> tuple[Any, ...]:
            x, at, number = row
            null = (x is None) == nulls_last
            return at, null, 0 if x is None else -x if descending else x, number

        assert values(job.changes) == [(x, i) for x, _, i in sorted(rows, key=place)]


def test_processing_time_orders_what_comes_together() -> None:
    operator = open_operator(sort(SortKey(0), proctime=True))
    first = rows_of(operator.on_batch(batch_of(SCHEMA.to_arrow(), [(3, 0, 0), (1, 0, 1), (2, 0, 2)])))
    second = rows_of(operator.on_batch(batch_of(SCHEMA.to_arrow(), [(0, 0, 3)])))
    assert values(first + second) == [(1, 1), (2, 2), (3, 0), (0, 3)]
