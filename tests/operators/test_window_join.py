"""A window join gives the join of each window's rows, once, when the window is closed."""

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
from sqlstream.plan.physical import JoinKind, JoinWindow, RankWindow, WindowJoin, WindowKind, WindowSpec
from sqlstream.types.logical import BOOLEAN, INT, TimestampType

TIME = TimestampType(3)
LEFT = schema(("k", INT), ("v", INT), ("ws", TIME), ("we", TIME))
RIGHT = schema(("we", TIME), ("ws", TIME), ("w", INT), ("j", INT))
SPEC = WindowSpec(WindowKind.TUMBLE, 10)
WINDOW = JoinWindow(RankWindow(SPEC, 2, 3, False), RankWindow(SPEC, 1, 0, False))
V_BELOW_W = Call("<", (InputRef(1, INT), InputRef(6, INT)), BOOLEAN)
Row = tuple[Any, ...]


def join_of(kind: JoinKind, *, keyed: bool = True, conditional: bool = False, null_safe: bool = False) -> WindowJoin:
    keys = ((0,), (3,)) if keyed else ((), ())
    out = output_row(joined_row(LEFT, RIGHT), 4, kind)
    condition = V_BELOW_W if conditional else None
    safe = (0,) if null_safe and keyed else ()
    return WindowJoin(keys[0], keys[1], condition, WINDOW, LEFT, RIGHT, out, kind, safe)


def at(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(milliseconds=milliseconds)


def left_row(key: int | None, value: int, window: int) -> Row:
    return (key, value, at(10 * window), at(10 * window + 10))


def right_row(key: int | None, value: int, window: int) -> Row:
    return (at(10 * window + 10), at(10 * window), value, key)


def expected(node: WindowJoin, left: list[Row], right: list[Row]) -> Counter[Row]:
    """The join of all rows, by the definition."""

    def match(a: Row, b: Row) -> bool:
        equal = a[0] == b[3] and (a[0] is not None or bool(node.null_safe))
        return (
            (equal or not node.left_keys) and (a[2], a[3]) == (b[1], b[0]) and (node.condition is None or a[1] < b[2])
        )

    if node.kind.left_only:
        wanted = node.kind is JoinKind.SEMI
        return Counter(a for a in left if any(match(a, b) for b in right) == wanted)
    out = Counter((*a, *b) for a in left for b in right if match(a, b))
    if node.kind.pads_right:
        out += Counter((*a, None, None, None, None) for a in left if not any(match(a, b) for b in right))
    if node.kind.pads_left:
        out += Counter((None, None, None, None, *b) for b in right if not any(match(a, b) for a in left))
    return out


ROWS = st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 2)), st.integers(0, 2), st.integers(0, 4)), max_size=14)


@pytest.mark.parametrize("kind", JoinKind)
@settings(max_examples=25, deadline=None)
@given(ROWS, ROWS, st.booleans(), st.booleans(), st.booleans(), st.randoms(use_true_random=False))
def test_cuts_watermarks_and_restores_do_not_show(
    kind: JoinKind, left: list[Row], right: list[Row], keyed: bool, conditional: bool, null_safe: bool,
    rng: random.Random,
) -> None:  # fmt: skip
    """Watermarks come at random, but make no row late."""
    node = join_of(kind, keyed=keyed, conditional=conditional, null_safe=null_safe)
    sides = [[left_row(*row) for row in left], [right_row(*row) for row in right]]
    rest = [sorted(sides[0], key=lambda row: row[2]), sorted(sides[1], key=lambda row: row[1])]
    tasks, found = [opened(node)], Counter[Row]()
    while rest[0] or rest[1]:
        side = rng.choice([side for side in (0, 1) if rest[side]])
        size = rng.randint(1, len(rest[side]))
        some, rest[side] = rest[side][:size], rest[side][size:]
        keys = (node.left_keys, node.right_keys)[side]
        parts = partition_by_key(rows_batch((LEFT, RIGHT)[side], some), keys, len(tasks), MAX_PARALLELISM)
        for task, part in zip(tasks, parts, strict=True):
            if part is not None:
                assert rows(task.on_batch(part, side)) == []
        ends = [row[3] for row in rest[0]] + [row[0] for row in rest[1]]
        due = min(((end - at(0)) // timedelta(milliseconds=1) - 1 for end in ends), default=100)
        for task in tasks:
            found.update(rows(task.on_watermark(due - 1)))
        if rng.random() < 0.3:
            tasks = rescaled(tasks, node, rng.randint(1, 3) if keyed else 1)
    for task in tasks:
        found.update(rows(task.on_watermark(MAX_TIMESTAMP)))
        assert list(task.snapshot().keyed) == []
    assert found == expected(node, *sides)


def rescaled(tasks: list[Operator], node: WindowJoin, parallelism: int) -> list[Operator]:
    snapshots = [task.snapshot() for task in tasks]
    fresh = [opened(node, subtask=subtask, parallelism=parallelism) for subtask in range(parallelism)]
    for task in fresh:
        task.restore(snapshots)
    return fresh


def test_a_window_is_joined_when_the_watermark_passes_its_last_millisecond() -> None:
    join = opened(join_of(JoinKind.FULL))
    list(join.on_batch(rows_batch(LEFT, [left_row(1, 1, 0), left_row(1, 2, 1)]), 0))
    list(join.on_batch(rows_batch(RIGHT, [right_row(1, 3, 0)]), 1))
    assert list(join.on_watermark(8)) == [Watermark(8)]
    assert rows(join.on_watermark(9)) == [(*left_row(1, 1, 0), *right_row(1, 3, 0))]
    assert rows(join.on_watermark(19)) == [(*left_row(1, 2, 1), None, None, None, None)]


def test_rows_of_closed_windows_are_dropped_and_counted() -> None:
    join = opened(join_of(JoinKind.LEFT))
    list(join.on_watermark(9))
    list(join.on_batch(rows_batch(LEFT, [left_row(1, 1, 0), left_row(1, 2, 1)]), 0))
    list(join.on_batch(rows_batch(RIGHT, [right_row(1, 1, 0)]), 1))
    assert rows(join.on_watermark(MAX_TIMESTAMP)) == [(*left_row(1, 2, 1), None, None, None, None)]
    assert join.context.metrics.counter("numLateRecordsDropped").value == 2
