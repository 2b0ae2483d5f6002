"""An interval join gives what the join of all rows gives, and keeps a row no longer than a partner may come."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from operator_driver import MAX_PARALLELISM, opened, rows, rows_batch, schema

from sqlstream.columnar.elements import MAX_TIMESTAMP, Watermark
from sqlstream.columnar.partition import partition_by_key
from sqlstream.operators.base import Operator
from sqlstream.plan.expressions import Call, InputRef
from sqlstream.plan.join_row import joined_row, output_row
from sqlstream.plan.physical import IntervalJoin, JoinInterval, JoinKind
from sqlstream.types.logical import BOOLEAN, INT, LocalZonedTimestampType, TimestampType
from sqlstream.types.schema import TimeAttribute

pytestmark = pytest.mark.usefixtures("state_backend")

LEFT = schema(("k", INT), ("v", INT), ("t", TimestampType(3), TimeAttribute.ROWTIME))
RIGHT = schema(("j", INT), ("w", INT), ("u", TimestampType(3), TimeAttribute.ROWTIME))
WIDTH = len(LEFT)
KINDS = [kind for kind in JoinKind if not kind.left_only]
V_BELOW_W = Call("<", (InputRef(1, INT), InputRef(4, INT)), BOOLEAN)
Row = tuple[Any, ...]


def join_of(kind: JoinKind, lower: int, upper: int, *, keyed: bool = True, conditional: bool = False) -> IntervalJoin:
    keys = (0,) if keyed else ()
    out = output_row(joined_row(LEFT, RIGHT), WIDTH, kind)
    interval = JoinInterval(2, 2, lower, upper)
    return IntervalJoin(keys, keys, V_BELOW_W if conditional else None, interval, LEFT, RIGHT, out, kind)


def at(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(milliseconds=milliseconds)


def expected(node: IntervalJoin, left: list[Row], right: list[Row]) -> Counter[Row]:
    """The join of all rows, by the definition."""
    pairs = [
        (a, b)
        for a in range(len(left))
        for b in range(len(right))
        if (not node.left_keys or (left[a][0] is not None and left[a][0] == right[b][0]))
        and (node.condition is None or left[a][1] < right[b][1])
        and node.interval.lower <= (left[a][2] - right[b][2]) / timedelta(milliseconds=1) <= node.interval.upper
    ]
    out = Counter((*left[a], *right[b]) for a, b in pairs)
    if node.kind.pads_right:
        out += Counter((*row, None, None, None) for a, row in enumerate(left) if all(a != i for i, _ in pairs))
    if node.kind.pads_left:
        out += Counter((None, None, None, *row) for b, row in enumerate(right) if all(b != i for _, i in pairs))
    return out


ROWS = st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 2)), st.integers(0, 2), st.integers(0, 40)), max_size=14)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20, deadline=None)
@given(
    ROWS,
    ROWS,
    st.integers(-12, 12),
    st.integers(0, 15),
    st.booleans(),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_cuts_watermarks_and_restores_do_not_show(
    kind: JoinKind, left: list[Row], right: list[Row], lower: int, length: int, keyed: bool, conditional: bool,
    rng: random.Random,
) -> None:  # fmt: skip
    """Watermarks come at random, but make no row late."""
    node = join_of(kind, lower, lower + length, keyed=keyed, conditional=conditional)
    rest = [[(k, v, at(t)) for k, v, t in side] for side in (left, right)]
    everything = [list(side) for side in rest]
    tasks, found = [opened(node)], Counter[Row]()
    watermark = -1
    while rest[0] or rest[1]:
        side = rng.choice([side for side in (0, 1) if rest[side]])
        size = rng.randint(1, len(rest[side]))
        some, rest[side] = rest[side][:size], rest[side][size:]
        parts = partition_by_key(rows_batch((LEFT, RIGHT)[side], some), node.left_keys, len(tasks), MAX_PARALLELISM)
        for task, part in zip(tasks, parts, strict=True):
            if part is not None:
                found.update(rows(task.on_batch(part, side)))
        soon = min(((row[2] - at(0)) // timedelta(milliseconds=1) for side in rest for row in side), default=100) - 1
        if soon > watermark and rng.random() < 0.6:
            watermark = rng.randint(watermark, soon)
            for task in tasks:
                found.update(rows(task.on_watermark(watermark)))
        if rng.random() < 0.3:
            tasks = rescaled(tasks, node, rng.randint(1, 3) if keyed else 1)
    for task in tasks:
        found.update(rows(task.on_watermark(MAX_TIMESTAMP)))
        assert list(task.snapshot().keyed) == []
    assert found == expected(node, *everything)


def rescaled(tasks: list[Operator], node: IntervalJoin, parallelism: int) -> list[Operator]:
    snapshots = [task.snapshot() for task in tasks]
    fresh = [opened(node, subtask=subtask, parallelism=parallelism) for subtask in range(parallelism)]
    for task in fresh:
        task.restore(snapshots)
    return fresh


def test_a_row_without_partner_comes_out_when_none_can_come_any_more() -> None:
    join = opened(join_of(JoinKind.FULL, -10, 5))
    assert rows(join.on_batch(rows_batch(LEFT, [(1, 1, at(100))]), 0)) == []
    assert rows(join.on_batch(rows_batch(RIGHT, [(2, 2, at(100))]), 1)) == []
    assert rows(join.on_watermark(104)) == []
    assert rows(join.on_watermark(105)) == [(None, None, None, 2, 2, at(100))]
    assert rows(join.on_watermark(109)) == []
    assert rows(join.on_watermark(110)) == [(1, 1, at(100), None, None, None)]


def test_a_row_is_dropped_when_no_partner_can_come_any_more() -> None:
    join = opened(join_of(JoinKind.INNER, 0, 0))
    list(join.on_batch(rows_batch(LEFT, [(1, 1, at(100)), (1, 1, at(200))]), 0))
    list(join.on_watermark(150))
    assert sum(chunk.data.num_rows for chunk in join.snapshot().keyed) == 1
    list(join.on_watermark(200))
    assert list(join.snapshot().keyed) == []


def test_a_late_row_meets_whom_it_finds_and_is_not_kept() -> None:
    join = opened(join_of(JoinKind.LEFT, -10, 10))
    list(join.on_batch(rows_batch(RIGHT, [(1, 1, at(95)), (1, 2, at(85))]), 1))
    list(join.on_watermark(100))
    late = rows_batch(LEFT, [(1, 7, at(90)), (1, 8, at(70)), (1, 9, at(92))])
    assert rows(join.on_batch(late, 0)) == [
        (1, 7, at(90), 1, 1, at(95)),
        (1, 9, at(92), 1, 1, at(95)),
        (1, 8, at(70), None, None, None),
    ]
    assert rows(join.on_batch(rows_batch(RIGHT, [(1, 3, at(75))]), 1)) == []


def test_the_watermark_is_held_back_by_what_a_joined_row_may_be_older() -> None:
    join = opened(join_of(JoinKind.INNER, -30, 10))
    assert list(join.on_watermark(100)) == [Watermark(70)]
    assert list(join.on_watermark(MAX_TIMESTAMP)) == [Watermark(MAX_TIMESTAMP)]


def test_with_processing_time_rows_are_as_old_as_they_are_here() -> None:
    local = LocalZonedTimestampType(3)
    left = schema(("k", INT), ("t", local, TimeAttribute.PROCTIME))
    out = output_row(joined_row(left, left), 2, JoinKind.LEFT)
    node = IntervalJoin((0,), (0,), None, JoinInterval(1, 1, -10, 0, False), left, left, out, JoinKind.LEFT)
    now = [1_000]
    join = opened(node, services={"clock": lambda: now[0]})
    list(join.on_batch(rows_batch(left, [(1, None), (2, None)]), 0))
    assert join.next_timer() == 1_010
    now[0] = 1_009
    assert [row[0] for row in rows(join.on_batch(rows_batch(left, [(1, None)]), 1))] == [1]
    now[0] = 1_010
    assert rows(join.on_timer(1_010)) == [(2, None, None, None)]
    assert rows(join.on_batch(rows_batch(left, [(1, None), (2, None)]), 1)) == []
    assert list(join.on_watermark(5)) == [Watermark(5)]
