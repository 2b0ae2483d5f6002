"""Sessions depend on the rows alone: on their times and, for late ones, on their order."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from typing import Any

import pytest
from harness import Job, batch_of, materialised, open_operator, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.columnar.batch import RowKind
from sqlstream.columnar.elements import MIN_TIMESTAMP, Watermark
from sqlstream.config.configuration import Configuration
from sqlstream.operators.base import Operator, OperatorContext, build_operator
from sqlstream.plan.expressions import AggregateCall
from sqlstream.plan.physical import (
    SessionWindowAggregate,
    SessionWindowTableFunction,
    WindowKind,
    WindowProperty,
    WindowSpec,
)
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema

pytestmark = pytest.mark.usefixtures("state_backend")

GAP = 10
TIMESTAMP = t.TimestampType(precision=3)
LTZ = t.LocalZonedTimestampType(precision=3)
BOUNDS = (WindowProperty.START, WindowProperty.END)
CALLS = (
    AggregateCall("COUNT", (), t.BIGINT, "n"),
    AggregateCall("SUM", (1,), t.INT, "total"),
    AggregateCall("MIN", (1,), t.INT, "least"),
    AggregateCall("LISTAGG", (3,), t.STRING, "all"),
    AggregateCall("COUNT", (1,), t.BIGINT, "different", distinct=True),
)
Row = tuple[Any, ...]


def input_schema(time: t.LogicalType = TIMESTAMP) -> Schema:
    return Schema((Field("k", t.STRING), Field("x", t.INT), Field("ts", time), Field("s", t.STRING)))


def aggregate(
    keys: tuple[int, ...] = (0,), calls: tuple[AggregateCall, ...] = CALLS[:2], time: t.LogicalType = TIMESTAMP,
    proctime: bool = False, retracting: bool = False,
) -> SessionWindowAggregate:  # fmt: skip
    input = input_schema(time)
    out = [input[key] for key in keys] + [Field(call.name, call.type) for call in calls]
    out += [Field(prop.value, TIMESTAMP) for prop in BOUNDS]
    spec = WindowSpec(WindowKind.SESSION, GAP)
    return SessionWindowAggregate(spec, 2, keys, calls, BOUNDS, retracting, Schema(tuple(out)), input, proctime)


def function(keys: tuple[int, ...] = (0,), proctime: bool = False) -> SessionWindowTableFunction:
    input = input_schema(LTZ if proctime else TIMESTAMP)
    bounds = (Field("window_start", TIMESTAMP), Field("window_end", TIMESTAMP), Field("window_time", input[2].type))
    spec = WindowSpec(WindowKind.SESSION, GAP)
    return SessionWindowTableFunction(spec, 2, keys, Schema((*input, *bounds)), input, proctime)


def rows(node: Any, *cells: Row, kinds: list[RowKind] | None = None) -> Any:
    return batch_of(node.input.to_arrow(), [(*row, "-") if len(row) == 3 else row for row in cells], kinds)


def plain(changes: list[tuple[str, Row]]) -> list[Row]:
    """Rows with times as ms, all of them inserts."""
    assert all(kind == "+I" for kind, _ in changes)
    return [tuple(ms(cell) for cell in row) for _, row in changes]


def ms(cell: Any) -> Any:
    import datetime as dt

    if not isinstance(cell, dt.datetime):
        return cell
    return round((cell.replace(tzinfo=dt.UTC) if cell.tzinfo is None else cell).timestamp() * 1000)


def test_a_session_ends_a_gap_after_its_last_row() -> None:
    node = aggregate()
    operator = open_operator(node)
    assert rows_of(operator.on_batch(rows(node, ("a", 1, 3), ("b", 2, 5), ("a", 5, 9)))) == []
    assert rows_of(operator.on_watermark(13)) == []
    outputs = list(operator.on_watermark(14))
    assert outputs[-1] == Watermark(14)
    assert plain(rows_of(outputs)) == [("b", 1, 2, 5, 15)]
    assert plain(rows_of(operator.on_watermark(18))) == [("a", 2, 6, 3, 19)]


def test_sessions_that_touch_are_one() -> None:
    node = aggregate()
    operator = open_operator(node)
    list(operator.on_batch(rows(node, ("a", 1, 0), ("a", 1, 10), ("a", 1, 21))))
    assert plain(rows_of(operator.on_watermark(100))) == [("a", 2, 2, 0, 20), ("a", 1, 1, 21, 31)]


def test_a_row_in_between_joins_two_sessions_in_the_order_of_time() -> None:
    node = aggregate(calls=(CALLS[3],))
    operator = open_operator(node)
    list(operator.on_batch(rows(node, ("a", 1, 20, "later"), ("a", 1, 0, "earlier"))))
    list(operator.on_batch(rows(node, ("a", 1, 10, "between"), ("a", 1, 15, "last"))))
    assert plain(rows_of(operator.on_watermark(100))) == [("a", "earlier,later,between,last", 0, 30)]


def test_a_late_row_counts_only_where_it_touches_an_open_session() -> None:
    node = aggregate()
    operator = open_operator(node)
    list(operator.on_watermark(14))
    list(operator.on_batch(rows(node, ("a", 1, 4), ("a", 2, 6), ("a", 4, 3), ("b", 8, 4))))
    assert operator.context.metrics.counters["numLateRecordsDropped"].value == 2
    assert plain(rows_of(operator.on_watermark(100))) == [("a", 2, 6, 3, 16)]


def test_rows_taken_back_leave_no_session_but_do_not_shorten_one() -> None:
    node = aggregate(retracting=True)
    operator = open_operator(node)
    kinds = [RowKind.INSERT, RowKind.INSERT, RowKind.DELETE, RowKind.INSERT, RowKind.DELETE]
    cells = (("a", 1, 0), ("a", 2, 8), ("a", 2, 8), ("b", 1, 0), ("b", 1, 0))
    list(operator.on_batch(rows(node, *cells, kinds=kinds)))
    assert plain(rows_of(operator.on_watermark(100))) == [("a", 1, 1, 0, 18)]


def with_clock(node: Any, clock: list[int]) -> Operator:
    operator = build_operator(node)
    configuration = Configuration({"table.local-time-zone": "UTC"})
    operator.open(OperatorContext(configuration, services={"clock": lambda: clock[0]}))
    return operator


def test_sessions_of_processing_time_end_by_the_clock() -> None:
    clock = [1000]
    node = aggregate(time=LTZ, proctime=True)
    operator = with_clock(node, clock)
    assert operator.next_timer() is None
    list(operator.on_batch(rows(node, ("a", 1, None), ("b", 2, None))))
    clock[0] = 1004
    list(operator.on_batch(rows(node, ("a", 5, None))))
    assert operator.next_timer() == 1010
    assert plain(rows_of(operator.on_timer(1010))) == [("b", 1, 2, 1000, 1010)]
    assert operator.next_timer() == 1014
    assert rows_of(operator.on_watermark(10_000)) == []
    assert plain(rows_of(operator.on_timer(1014))) == [("a", 2, 6, 1000, 1014)]
    assert operator.next_timer() is None


def test_rows_get_their_session_when_it_is_over() -> None:
    node = function()
    operator = open_operator(node)
    list(operator.on_batch(rows(node, ("a", 1, 3), ("b", 2, 5))))
    list(operator.on_batch(rows(node, ("a", 5, 9))))
    assert plain(rows_of(operator.on_watermark(14))) == [("b", 2, 5, "-", 5, 15, 14)]
    assert plain(rows_of(operator.on_watermark(18))) == [("a", 1, 3, "-", 3, 19, 18), ("a", 5, 9, "-", 3, 19, 18)]


def test_changes_keep_their_order_within_a_session() -> None:
    node = function()
    operator = open_operator(node)
    list(operator.on_batch(rows(node, ("a", 1, 0))))
    list(operator.on_batch(rows(node, ("a", 9, 8))))
    list(operator.on_batch(rows(node, ("a", 1, 0), kinds=[RowKind.DELETE])))
    assert rows_of(operator.on_watermark(9)) == []
    changes = rows_of(operator.on_watermark(17))
    assert [(kind, row[1]) for kind, row in changes] == [("+I", 1), ("+I", 9), ("-D", 1)]


def test_rows_of_processing_time_get_the_session_in_which_they_were_seen() -> None:
    clock = [1000]
    node = function(proctime=True)
    operator = with_clock(node, clock)
    list(operator.on_batch(rows(node, ("a", 1, None))))
    assert operator.next_timer() == 1010
    assert [row[4:6] for row in plain(rows_of(operator.on_timer(1010)))] == [(1000, 1010)]


ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.none() | st.integers(-3, 3), st.integers(-30, 90)),
    min_size=1, max_size=60,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(data=ROWS, seed=st.integers(0, 10_000), keyed=st.booleans(), table=st.booleans())
def test_sessions_depend_neither_on_batches_nor_on_parallelism(
    data: list[Row], seed: int, keyed: bool, table: bool
) -> None:
    """A watermark follows some of the rows; a simulation row by row says what must come out."""
    keys = (0,) if keyed else ()
    node: Any = function(keys) if table else aggregate(keys, CALLS)
    random_ = random.Random(seed)
    numbered = [(*row, f"r{number}") for number, row in enumerate(data)]
    job = Job(node, [keys], random_)
    expected = Sessions(keyed)
    at, watermark = 0, MIN_TIMESTAMP
    while at < len(numbered):
        piece = numbered[at : at + random_.randint(1, 12)]
        at += len(piece)
        job.feed(rows(node, *piece))
        for row in piece:
            expected.add(row, watermark)
        if random_.random() < 0.5:
            watermark = max(watermark, random_.choice(piece)[2] + random_.randint(-5, 5))
            job.watermark(watermark)
            expected.close(watermark)
        if random_.random() < 0.3:
            job.rescale()
    job.finish()
    expected.close(10**9)
    assert all(count == 1 for count in materialised(job.changes).values())
    assert Counter(plain(job.changes)) == Counter(expected.rows() if table else expected.results())


class Sessions:
    """Sessions kept one row at a time, straight from the definition."""

    def __init__(self, keyed: bool) -> None:
        self.keyed = keyed
        self.open: dict[Any, list[tuple[int, int, list[Row]]]] = defaultdict(list)
        self.closed: list[tuple[Any, int, int, list[Row]]] = []

    def add(self, row: Row, watermark: int) -> None:
        key = row[0] if self.keyed else None
        start, end, members = row[2], row[2] + GAP, [row]
        touching = sorted((s for s in self.open[key] if s[0] <= end and start <= s[1]), key=lambda s: s[0])
        if not touching and end - 1 <= watermark:
            return
        for session in touching:
            self.open[key].remove(session)
        members = [member for session in touching for member in session[2]] + members
        bounds = [*touching, (start, end, [])]
        self.open[key].append((min(b[0] for b in bounds), max(b[1] for b in bounds), members))

    def close(self, watermark: int) -> None:
        for key, sessions in self.open.items():
            self.closed += [(key, *s) for s in sessions if s[1] - 1 <= watermark]
            self.open[key] = [s for s in sessions if s[1] - 1 > watermark]

    def rows(self) -> list[Row]:
        return [(*row, s, e, e - 1) for _, s, e, members in self.closed for row in members]

    def results(self) -> list[Row]:
        found = []
        for key, start, end, members in self.closed:
            x = [m[1] for m in members if m[1] is not None]
            value = (
                len(members),
                sum(x) if x else None,
                min(x, default=None),
                ",".join(m[3] for m in members),
                len({*x}),
            )
            found.append((*((key,) if self.keyed else ()), *value, start, end))
        return found
