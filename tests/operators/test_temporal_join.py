"""Each row meets the version that was valid at its time, whatever the order, the cuts and the restarts."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from harness import Job, Row, batch_of, materialised, open_operator, randomly_cut, rows_of

from sqlstream.columnar.batch import RowKind
from sqlstream.columnar.elements import Watermark
from sqlstream.plan.expressions import Call, Expression, InputRef
from sqlstream.plan.physical import JoinKind, TemporalJoin
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema

pytestmark = pytest.mark.usefixtures("state_backend")

TIMESTAMP = t.TimestampType(precision=3)
LEFT = Schema((Field("id", t.INT), Field("k", t.STRING), Field("ts", TIMESTAMP)))
RIGHT = Schema(
    (Field("ts", TIMESTAMP), Field("key", t.STRING), Field("v", t.INT), Field("tags", t.ArrayType(t.STRING)))
)
AT_LEAST = Call(">=", (InputRef(5, t.INT), InputRef(0, t.INT)), t.BOOLEAN)
INSERT, BEFORE, AFTER, DELETE = RowKind


def joining(kind: JoinKind = JoinKind.INNER, condition: Expression | None = None) -> TemporalJoin:
    schema = Schema((*LEFT, *(Field(f"r_{f.name}", f.type) for f in RIGHT)))
    return TemporalJoin((1,), (1,), 2, 0, condition, kind, LEFT, RIGHT, schema)


def left(*rows: tuple[int, str | None, int], kinds: list[RowKind] | None = None) -> Any:
    return batch_of(LEFT.to_arrow(), rows, kinds)


def right(*rows: tuple[int, str | None, int | None], kinds: list[RowKind] | None = None) -> Any:
    return batch_of(RIGHT.to_arrow(), [(*row, [str(row[2]), None]) for row in rows], kinds)


def pairs(outputs: Any) -> list[tuple[str, int, int | None]]:
    """(kind, left id, right v) of what came out."""
    return [(kind, row[0], row[5]) for kind, row in rows_of(outputs)]


def test_a_row_waits_for_the_watermark_and_meets_what_came_later_but_was_valid() -> None:
    operator = open_operator(joining())
    assert rows_of(operator.on_batch(left((1, "a", 20)), 0)) == []
    assert rows_of(operator.on_batch(right((10, "a", 1), (30, "a", 3)), 1)) == []
    assert rows_of(operator.on_watermark(15)) == []
    list(operator.on_batch(right((19, "a", 2)), 1))
    outputs = list(operator.on_watermark(20))
    assert outputs[-1] == Watermark(20)
    assert rows_of(outputs) == [("+I", (1, "a", _at(20), _at(19), "a", 2, ["2", None]))]


def test_the_bounds_of_validity() -> None:
    operator = open_operator(joining())
    list(operator.on_batch(right((10, "a", 1), (20, "a", 2)), 1))
    list(operator.on_batch(left((1, "a", 9), (2, "a", 10), (3, "a", 19), (4, "a", 20)), 0))
    assert pairs(operator.on_watermark(100)) == [("+I", 2, 1), ("+I", 3, 1), ("+I", 4, 2)]


def test_the_last_version_is_kept_for_later_rows() -> None:
    operator = open_operator(joining())
    list(operator.on_batch(right((10, "a", 1), (20, "a", 2), (5, "b", 7)), 1))
    assert pairs(operator.on_watermark(50)) == []
    list(operator.on_batch(left((1, "a", 60), (2, "b", 60), (3, "c", 60)), 0))
    assert pairs(operator.on_watermark(70)) == [("+I", 1, 2), ("+I", 2, 7)]


def test_a_left_join_keeps_rows_without_version() -> None:
    operator = open_operator(joining(JoinKind.LEFT))
    list(operator.on_batch(right((10, "a", 1), (10, None, 5)), 1))
    list(operator.on_batch(left((1, "a", 5), (2, "b", 10), (3, None, 10), (4, "a", 10)), 0))
    assert pairs(operator.on_watermark(50)) == [("+I", 1, None), ("+I", 2, None), ("+I", 3, None), ("+I", 4, 1)]


def test_a_condition_looks_at_the_valid_version_alone() -> None:
    versions = right((10, "a", 5), (20, "a", 1))
    rows = left((3, "a", 15), (2, "a", 25))
    for kind, expected in ((JoinKind.INNER, [("+I", 3, 5)]), (JoinKind.LEFT, [("+I", 3, 5), ("+I", 2, None)])):
        operator = open_operator(joining(kind, AT_LEAST))
        list(operator.on_batch(versions, 1))
        list(operator.on_batch(rows, 0))
        assert pairs(operator.on_watermark(50)) == expected


def test_a_deletion_ends_a_version_and_stays_ended() -> None:
    operator = open_operator(joining())
    list(operator.on_batch(right((10, "a", 1), (20, "a", 1), kinds=[INSERT, DELETE]), 1))
    list(operator.on_batch(left((1, "a", 19), (2, "a", 20)), 0))
    assert pairs(operator.on_watermark(30)) == [("+I", 1, 1)]
    list(operator.on_batch(right((15, "a", 9)), 1))
    list(operator.on_batch(left((3, "a", 40)), 0))
    assert pairs(operator.on_watermark(50)) == []


def test_an_update_is_one_version_and_the_last_of_one_time_counts() -> None:
    operator = open_operator(joining())
    changes = right((10, "a", 1), (10, "a", 1), (20, "a", 2), (20, "a", 3), kinds=[INSERT, BEFORE, AFTER, AFTER])
    list(operator.on_batch(changes, 1))
    list(operator.on_batch(left((1, "a", 15), (2, "a", 25)), 0))
    assert pairs(operator.on_watermark(30)) == [("+I", 1, 1), ("+I", 2, 3)]
    list(operator.on_batch(right((20, "a", 4)), 1))
    list(operator.on_batch(left((3, "a", 35)), 0))
    assert pairs(operator.on_watermark(40)) == [("+I", 3, 4)]


def test_changes_of_a_row_come_out_in_the_order_they_came() -> None:
    operator = open_operator(joining(JoinKind.LEFT))
    changes = left((1, "a", 9), (1, "a", 9), (1, "a", 5), kinds=[INSERT, BEFORE, AFTER])
    list(operator.on_batch(changes, 0))
    assert [kind for kind, *_ in pairs(operator.on_watermark(10))] == ["+I", "-U", "+U"]


def test_a_late_row_meets_the_version_that_is_kept() -> None:
    operator = open_operator(joining(JoinKind.LEFT))
    list(operator.on_batch(right((10, "a", 1), (20, "a", 2)), 1))
    list(operator.on_watermark(50))
    list(operator.on_batch(left((1, "a", 15), (2, "a", 25)), 0))
    assert pairs(operator.on_watermark(51)) == [("+I", 1, None), ("+I", 2, 2)]


def test_state_is_dropped_with_the_watermark() -> None:
    operator = open_operator(joining())
    list(operator.on_batch(right(*[(i, "a", i) for i in range(100)]), 1))
    list(operator.on_batch(left(*[(i, "a", i) for i in range(100)], (0, "never", 50)), 0))
    list(operator.on_watermark(1000))
    assert sum(chunk.data.num_rows for chunk in operator.snapshot().keyed) == 1


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("kind", [JoinKind.INNER, JoinKind.LEFT])
@pytest.mark.parametrize("condition", [None, AT_LEAST], ids=["equality", "condition"])
def test_random_histories(seed: int, kind: JoinKind, condition: Expression | None) -> None:
    random_ = random.Random(seed)
    rows = [(i, random_.choice("abcdé") if i % 7 else None, random_.randint(0, 300)) for i in range(120)]
    versions = [(random_.randint(0, 300), random_.choice("abcé"), random_.randint(0, 120)) for _ in range(80)]
    kinds = [random_.choice((INSERT, AFTER, AFTER, DELETE)) for _ in versions]
    order = sorted(range(len(versions)), key=lambda i: versions[i][0] + random_.randint(0, 40))
    versions, kinds = [versions[i] for i in order], [kinds[i] for i in order]
    rows.sort(key=lambda row: row[2] + random_.randint(0, 40))
    job = Job(joining(kind, condition), [(1,), (1,)], random_)
    waiting = [randomly_cut(left(*rows), random_), randomly_cut(right(*versions, kinds=kinds), random_)]
    while any(waiting):
        side = random_.choice([i for i in (0, 1) if waiting[i]])
        job.feed(waiting[side].pop(0), side)
        if random_.random() < 0.3:
            times = [min(batch.column(2 if i == 0 else 0).cast("int64").to_pylist())
                     for i in (0, 1) for batch in waiting[i]]  # fmt: skip
            job.watermark(min(times, default=301) - 1)
        if random_.random() < 0.15:
            job.rescale()
    job.finish()
    found = [(change, (row[0], row[1], row[5])) for change, row in job.changes]
    assert materialised(found) == _expected(rows, list(zip(versions, kinds, strict=True)), kind, condition is not None)


def _expected(
    rows: list[tuple[int, str | None, int]],
    versions: list[tuple[tuple[int, str, int], RowKind]],
    kind: JoinKind,
    with_condition: bool,
) -> Counter[Row]:
    out: Counter[Row] = Counter()
    for id, key, time in rows:
        history = {at: (v, kind) for (at, k, v), kind in versions if k == key and at <= time}
        v, last = history[max(history)] if history else (0, DELETE)
        if last is not DELETE and not (with_condition and v < id):
            out[id, key, v] += 1
        elif kind is JoinKind.LEFT:
            out[id, key, None] += 1
    return out


def _at(milliseconds: int) -> Any:
    return left((0, None, milliseconds)).to_rows()[0][1][2]
