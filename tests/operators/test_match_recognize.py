"""MATCH_RECOGNIZE finds what a plain automaton finds row by row, however its input is cut, spread and interrupted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from harness import Job, Row, batch_of, materialised
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.errors import DataError
from sqlstream.plan import physical as p
from sqlstream.plan.expressions import AggregateCall, Call, InputRef, Literal
from sqlstream.plan.row_pattern import (
    AggregateReference,
    PatternElement,
    PatternExpression,
    RowReference,
    SkipKind,
    SkipStrategy,
)
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema, TimeAttribute

INPUT = Schema(
    (Field("k", t.STRING), Field("p", t.INT), Field("ts", t.TimestampType(precision=3), TimeAttribute.ROWTIME))
)
BOOL = t.BooleanType()
NAMES = "ABC"


def last(variable: int, offset: int = 0, column: int = 1) -> RowReference:
    return RowReference(variable, column, first=False, offset=offset, type=t.INT)


def greater(*references: RowReference | AggregateReference) -> PatternExpression:
    refs = tuple(InputRef(i, reference.type) for i, reference in enumerate(references))
    return PatternExpression(Call(">", refs, BOOL), references)


@dataclass(frozen=True)
class Condition:
    """What a row of a variable must fulfil, for the operator and for the model: of all matched rows by variable."""

    expression: Callable[[int], PatternExpression | None]
    holds: Callable[[int, dict[int, list[int | None]]], bool | None]


def compare(a: int | None, b: int | None) -> bool | None:
    return None if a is None or b is None else a > b


def at(rows: list[int | None], offset: int) -> int | None:
    return rows[-1 - offset] if offset < len(rows) else None


CONDITIONS = [
    Condition(lambda v: None, lambda v, rows: True),
    Condition(
        lambda v: PatternExpression(Call(">", (InputRef(0, t.INT), Literal(2, t.INT)), BOOL), (last(v),)),
        lambda v, rows: compare(at(rows[v], 0), 2),
    ),
    Condition(lambda v: greater(last(v), last(v, 1)), lambda v, rows: compare(at(rows[v], 0), at(rows[v], 1))),
    Condition(lambda v: greater(last(v), last(0)), lambda v, rows: compare(at(rows[v], 0), at(rows[0], 0))),
    Condition(
        lambda v: PatternExpression(
            Call(">", (Literal(9, t.INT), InputRef(0, t.INT)), BOOL),
            (AggregateReference(v, AggregateCall("SUM", (1,), t.INT, "SUM")),),
        ),
        lambda v, rows: compare(9, sum(known) if (known := [n for n in rows[v] if n is not None]) else None),
    ),
]
ELEMENTS = [(1, 1, True), (0, None, True), (0, None, False), (1, None, True), (1, None, False), (0, 1, True),
            (2, 2, True), (1, 2, True), (1, 2, False)]  # fmt: skip


@dataclass
class Partial:
    start: int
    element: int = -1
    count: int = 0
    rows: dict[int, list[int]] = field(default_factory=lambda: {v: [] for v in range(len(NAMES))})
    done: bool = False


@dataclass
class Model:
    """One partition: rows come in order; ``found`` are the matches, as rows of each variable."""

    pattern: list[PatternElement]
    conditions: list[Condition]
    skip: SkipStrategy
    within: int | None
    values: list[tuple[int | None, int]] = field(default_factory=list)
    partial: list[Partial] = field(default_factory=list)
    found: list[dict[int, list[int]]] = field(default_factory=list)

    def row(self, value: int | None, time: int) -> None:
        self.values.append((value, time))
        here = len(self.values) - 1
        following: list[Partial] = []
        for partial in [*self.partial, Partial(here)]:
            if partial.done:
                following.append(partial)
            elif self.within is None or partial.element < 0 or time - self.values[partial.start][1] < self.within:
                following += self._next(partial, here)
        self.partial = []
        for start in sorted({partial.start for partial in following}):
            same = [partial for partial in following if partial.start == start]
            whole = [partial for partial in same if partial.done]
            self.partial += whole[:1] or same
        self._resolve()

    def _next(self, partial: Partial, here: int) -> list[Partial]:
        ways: list[Partial] = []
        blocked = False
        for element, entry in enumerate(self.pattern):
            again = partial.element == element
            may = self._may(partial, element)
            keeps = entry.greedy and entry.least != entry.most and (entry.least, entry.most) != (0, 1)
            if not (may or (again and keeps)) or (blocked and not again):
                continue
            rows = {v: list(taken) for v, taken in partial.rows.items()}
            rows[element].append(here)
            seen = {v: [self.values[i][0] for i in taken] for v, taken in rows.items()}
            fits = self.conditions[element].holds(element, seen) is True
            if fits and may:
                count = partial.count + 1 if again else 1
                whole = count >= entry.least and all(later.least == 0 for later in self.pattern[element + 1 :])
                ways.append(Partial(partial.start, element, count, rows, whole))
            blocked |= fits and keeps
        return ways

    def _may(self, partial: Partial, element: int) -> bool:
        if partial.element == element:
            most = self.pattern[element].most
            return most is None or partial.count < most
        if partial.element > element:
            return False
        between = self.pattern[max(partial.element + 1, 0) : element]
        enough = partial.element < 0 or partial.count >= self.pattern[partial.element].least
        return enough and all(skipped.least == 0 for skipped in between)

    def _resolve(self) -> None:
        while self.partial and self.partial[0].done:
            match = self.partial[0]
            self.found.append(match.rows)
            every = [row for taken in match.rows.values() for row in taken]
            allowed = match.start + 1 if self.skip.kind is SkipKind.TO_NEXT_ROW else max(every) + 1
            self.partial = [partial for partial in self.partial if partial.start >= allowed]

    def give_up(self, limit: int) -> None:
        self.partial = [q for q in self.partial if q.done or self.values[q.start][1] > limit]
        self._resolve()


def node_of(
    pattern: list[PatternElement], conditions: list[Condition], skip: SkipStrategy, within: int | None
) -> p.MatchRecognize:
    measures = [
        PatternExpression(InputRef(0, t.INT), (RowReference(v, 1, first, 0, t.INT),))
        for v in range(len(pattern))
        for first in (True, False)
    ]
    measures += [
        PatternExpression(InputRef(0, t.BIGINT), (AggregateReference(v, AggregateCall("COUNT", (), t.BIGINT, "n")),))
        for v in range(len(pattern))
    ]
    fields = [Field("k", t.STRING), *(Field(f"m{i}", m.expression.type) for i, m in enumerate(measures))]
    define = tuple(condition.expression(v) for v, condition in enumerate(conditions))
    return p.MatchRecognize(
        (0,), 2, True, (), tuple(pattern), define, tuple(measures), skip, within, Schema(tuple(fields)), INPUT
    )


def expected_row(key: str | None, model: Model, match: dict[int, list[int]]) -> Row:
    values = [[model.values[i][0] for i in match[v]] for v in range(len(model.pattern))]
    ends = [end for rows in values for end in ((rows[0], rows[-1]) if rows else (None, None))]
    return (key, *ends, *map(len, values))


@given(
    shapes=st.lists(st.sampled_from(ELEMENTS), min_size=1, max_size=3),
    chosen=st.lists(st.sampled_from(CONDITIONS), min_size=3, max_size=3),
    past=st.booleans(),
    within=st.sampled_from([None, 3]),
    rows=st.lists(
        st.tuples(st.sampled_from([None, "x", "é"]), st.one_of(st.none(), st.integers(0, 5)), st.integers(0, 2)),
        max_size=25,
    ),
    seed=st.integers(0, 1000),
)
@settings(max_examples=150)
def test_the_same_matches_as_row_by_row(
    shapes: list[tuple[int, int | None, bool]], chosen: list[Condition], past: bool, within: int | None,
    rows: list[tuple[str | None, int | None, int]], seed: int,
) -> None:  # fmt: skip
    pattern = [PatternElement(NAMES[i], *shape) for i, shape in enumerate(shapes)]
    if all(element.least == 0 for element in pattern) or pattern[-1].keeps_rows:
        return
    conditions = chosen[: len(pattern)]
    skip = SkipStrategy(SkipKind.PAST_LAST_ROW if past else SkipKind.TO_NEXT_ROW)
    random_ = random.Random(seed)
    job = Job(node_of(pattern, conditions, skip, within), [(0,)], random_)
    models: dict[str | None, Model] = {}
    now, piece = 0, list[Row]()
    for key, value, step in rows:
        if step and random_.random() < 0.5:
            feed(job, piece)
            job.watermark(now)
            for model in models.values():
                if within is not None:
                    model.give_up(now - within)
            if random_.random() < 0.4:
                job.rescale()
        now += step
        piece.append((key, value, datetime.fromtimestamp(now / 1000, UTC).replace(tzinfo=None)))
        models.setdefault(key, Model(pattern, conditions, skip, within)).row(value, now)
    feed(job, piece)
    job.finish()
    if within is not None:
        for model in models.values():
            model.give_up(2**62)
    expected = Counter(expected_row(key, model, match) for key, model in models.items() for match in model.found)
    assert materialised(job.changes) == expected


def feed(job: Job, rows: list[Row]) -> None:
    if rows:
        job.feed(batch_of(INPUT.to_arrow(), rows))
        rows.clear()


def test_a_skip_that_leads_nowhere_fails() -> None:
    pattern = [PatternElement("A"), PatternElement("B")]
    anything = [CONDITIONS[0], CONDITIONS[0]]
    job = Job(node_of(pattern, anything, SkipStrategy(SkipKind.TO_FIRST, 0), None), [(0,)], random.Random(1))
    moment = datetime(2024, 1, 1)
    job.feed(batch_of(INPUT.to_arrow(), [("x", 1, moment), ("x", 2, moment)]))
    with pytest.raises(DataError, match="AFTER MATCH SKIP TO FIRST A leads nowhere"):
        job.finish()


def test_late_rows_are_dropped_and_counted() -> None:
    pattern = [PatternElement("A"), PatternElement("B")]
    node = node_of(pattern, [CONDITIONS[0], CONDITIONS[0]], SkipStrategy(SkipKind.TO_NEXT_ROW), None)
    job = Job(node, [()], random.Random(1))
    job.feed(batch_of(INPUT.to_arrow(), [("x", 1, datetime(1970, 1, 1, 0, 0, 5))]))
    job.watermark(5_000)
    job.feed(batch_of(INPUT.to_arrow(), [("x", 2, datetime(1970, 1, 1, 0, 0, 5))]))
    job.finish()
    assert job.changes == []
    assert job.subtasks[0].context.metrics.counter("numLateRecordsDropped").value == 1
