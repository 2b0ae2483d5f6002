"""Windows that are emitted early or late end up as those that are emitted once, of the rows that were not too late."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from typing import Any

import pytest
from harness import Job, batch_of, materialised, open_operator, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.columnar.batch import RowKind
from sqlstream.columnar.elements import MIN_TIMESTAMP
from sqlstream.config.configuration import Configuration
from sqlstream.operators.base import Operator, OperatorContext, build_operator
from sqlstream.plan.expressions import AggregateCall
from sqlstream.plan.physical import EmitStrategy, UpdatingWindowAggregate, WindowKind, WindowProperty, WindowSpec
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema

pytestmark = pytest.mark.usefixtures("state_backend")

TIMESTAMP = t.TimestampType(precision=3)
LTZ = t.LocalZonedTimestampType(precision=3)
CALLS = (
    AggregateCall("COUNT", (), t.BIGINT, "n"),
    AggregateCall("SUM", (1,), t.INT, "total"),
    AggregateCall("MAX", (3,), t.STRING, "last"),
)
TUMBLE = WindowSpec(WindowKind.TUMBLE, 10)
Row = tuple[Any, ...]


def node(
    emit: EmitStrategy, window: WindowSpec = TUMBLE, keys: tuple[int, ...] = (0,), update_before: bool = True,
    retracting: bool = False, proctime: bool = False, calls: tuple[AggregateCall, ...] = CALLS,
) -> UpdatingWindowAggregate:  # fmt: skip
    time = LTZ if proctime else TIMESTAMP
    input = Schema((Field("k", t.STRING), Field("x", t.INT), Field("ts", time), Field("s", t.STRING)))
    out = [input[key] for key in keys] + [Field(call.name, call.type) for call in calls]
    schema = Schema((*out, Field("window_end", TIMESTAMP)))
    return UpdatingWindowAggregate(
        window, 2, keys, calls, (WindowProperty.END,), retracting, schema, input, proctime, "GroupWindowAggregate",
        emit, update_before,
    )  # fmt: skip


def rows(of: UpdatingWindowAggregate, *cells: Row, kinds: list[RowKind] | None = None) -> Any:
    return batch_of(of.input.to_arrow(), [(*row, "-") if len(row) == 3 else row for row in cells], kinds)


def seen(outputs: Any) -> list[tuple[Any, ...]]:
    """Kind, columns, and the window's end as ms."""
    changes = rows_of(outputs)
    return [(kind, *row[:-1], row[-1].second * 1000 + row[-1].microsecond // 1000) for kind, row in changes]


def with_clock(of: UpdatingWindowAggregate, clock: list[int]) -> Operator:
    operator = build_operator(of)
    operator.open(
        OperatorContext(Configuration({"table.local-time-zone": "UTC"}), services={"clock": lambda: clock[0]})
    )
    return operator


def test_without_a_delay_each_batch_updates_its_windows() -> None:
    of = node(EmitStrategy(early=0))
    operator = open_operator(of)
    assert seen(operator.on_batch(rows(of, ("a", 1, 3), ("a", 2, 4)))) == [("+I", "a", 2, 3, "-", 10)]
    assert seen(operator.on_batch(rows(of, ("a", 4, 5), ("b", 1, 11)))) == [
        ("-U", "a", 2, 3, "-", 10), ("+U", "a", 3, 7, "-", 10), ("+I", "b", 1, 1, "-", 20),
    ]  # fmt: skip
    assert seen(operator.on_watermark(9)) == []
    assert seen(operator.on_batch(rows(of, ("a", 4, 5)))) == []
    assert operator.context.metrics.counters["numLateRecordsDropped"].value == 1


def test_a_window_that_has_lost_its_rows_is_deleted() -> None:
    of = node(EmitStrategy(early=0), retracting=True, update_before=False)
    operator = open_operator(of)
    list(operator.on_batch(rows(of, ("a", 1, 3), ("a", 2, 4))))
    delete = [RowKind.DELETE]
    assert seen(operator.on_batch(rows(of, ("a", 2, 4), kinds=delete))) == [("+U", "a", 1, 1, "-", 10)]
    assert seen(operator.on_batch(rows(of, ("a", 1, 3), kinds=delete))) == [("-D", "a", 1, 1, "-", 10)]
    assert seen(operator.on_batch(rows(of, ("a", 7, 3)))) == [("+I", "a", 1, 7, "-", 10)]


def test_an_early_delay_counts_from_the_first_row_of_a_window() -> None:
    clock = [1000]
    of = node(EmitStrategy(early=50))
    operator = with_clock(of, clock)
    assert seen(operator.on_batch(rows(of, ("a", 1, 3)))) == []
    assert operator.next_timer() == 1050
    clock[0] = 1030
    list(operator.on_batch(rows(of, ("b", 1, 3), ("a", 1, 4))))
    assert seen(operator.on_timer(1050)) == [("+I", "a", 2, 2, "-", 10)]
    assert operator.next_timer() == 1080
    assert seen(operator.on_timer(1080)) == [("+I", "b", 1, 1, "-", 10)]
    list(operator.on_batch(rows(of, ("a", 1, 4))))
    assert seen(operator.on_timer(1100)) == [("-U", "a", 2, 2, "-", 10), ("+U", "a", 3, 3, "-", 10)]
    assert seen(operator.on_watermark(20)) == []
    assert operator.next_timer() == 1130 or operator.next_timer() is None
    assert seen(operator.on_timer(1130)) == []
    assert operator.next_timer() is None


def test_late_rows_update_their_window_until_the_lateness_is_used_up() -> None:
    of = node(EmitStrategy(late=0, lateness=5))
    operator = open_operator(of)
    assert seen(operator.on_batch(rows(of, ("a", 1, 3)))) == []
    assert seen(operator.on_watermark(9)) == [("+I", "a", 1, 1, "-", 10)]
    assert seen(operator.on_batch(rows(of, ("a", 2, 3), ("b", 2, 3)))) == [
        ("-U", "a", 1, 1, "-", 10), ("+U", "a", 2, 3, "-", 10), ("+I", "b", 1, 2, "-", 10),
    ]  # fmt: skip
    list(operator.on_watermark(14))
    assert seen(operator.on_batch(rows(of, ("a", 2, 3)))) == []
    assert operator.context.metrics.counters["numLateRecordsDropped"].value == 1


def test_a_late_delay_gathers_late_rows() -> None:
    clock = [1000]
    of = node(EmitStrategy(late=50, lateness=100))
    operator = with_clock(of, clock)
    list(operator.on_batch(rows(of, ("a", 1, 3))))
    list(operator.on_watermark(9))
    assert seen(operator.on_batch(rows(of, ("a", 2, 3)))) == []
    assert seen(operator.on_batch(rows(of, ("a", 4, 3)))) == []
    assert operator.next_timer() == 1050
    assert seen(operator.on_timer(1050)) == [("-U", "a", 1, 1, "-", 10), ("+U", "a", 3, 7, "-", 10)]


def test_windows_of_processing_time_are_emitted_early_and_at_their_end() -> None:
    clock = [1003]
    of = node(EmitStrategy(early=4), proctime=True)
    operator = with_clock(of, clock)
    list(operator.on_batch(rows(of, ("a", 1, None))))
    assert operator.next_timer() == 1007
    assert seen(operator.on_timer(1007)) == [("+I", "a", 1, 1, "-", 1010)]
    clock[0] = 1008
    list(operator.on_batch(rows(of, ("a", 1, None))))
    assert operator.next_timer() == 1010
    assert seen(operator.on_timer(1010)) == [("-U", "a", 1, 1, "-", 1010), ("+U", "a", 2, 2, "-", 1010)]


ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.none() | st.integers(-3, 3), st.integers(-20, 60),
              st.sampled_from(["x", "y", "żółw"])),
    min_size=1, max_size=40,
)  # fmt: skip
STRATEGIES = st.sampled_from(
    [EmitStrategy(early=0), EmitStrategy(early=1000), EmitStrategy(late=0, lateness=7), EmitStrategy(0, 0, 20)]
)
WINDOWS = st.sampled_from([TUMBLE, WindowSpec(WindowKind.HOP, 12, 4), WindowSpec(WindowKind.HOP, 4, 10)])


@settings(max_examples=50, deadline=None)
@given(emit=STRATEGIES, window=WINDOWS, data=ROWS, seed=st.integers(0, 10_000), keyed=st.booleans())
def test_the_final_windows_depend_on_rows_and_watermarks_alone(
    emit: EmitStrategy, window: WindowSpec, data: list[Row], seed: int, keyed: bool
) -> None:
    of = node(emit, window, (0,) if keyed else ())
    random_ = random.Random(seed)
    job = Job(of, [of.keys], random_)
    expected: dict[Row, list[Row]] = defaultdict(list)
    at, watermark = 0, MIN_TIMESTAMP
    while at < len(data):
        piece = data[at : at + random_.randint(1, 8)]
        at += len(piece)
        job.feed(rows(of, *piece))
        for row in piece:
            for end in ends_of(window, row[2]):
                if end - 1 + emit.lateness > watermark:
                    expected[(*row[:1],) * keyed + (end,)].append(row)
        if random_.random() < 0.5:
            watermark = max(watermark, random_.choice(piece)[2] - random_.randint(0, 10))
            job.watermark(watermark)
        if random_.random() < 0.3:
            job.rescale()
    job.finish()
    final = Counter((*row[:-1], round(row[-1].timestamp() * 1000)) for row in utc(materialised(job.changes)))
    assert final == Counter(result(key, members) for key, members in expected.items())


def utc(counted: Counter[Row]) -> list[Row]:
    import datetime as dt

    return [(*row[:-1], row[-1].replace(tzinfo=dt.UTC)) for row in counted.elements()]


def ends_of(window: WindowSpec, time: int) -> list[int]:
    step = window.slide or window.size
    return [s + window.size for s in range(-10 * step, 20 * step, step) if s <= time < s + window.size]


def result(key: Row, members: list[Row]) -> Row:
    x = [member[1] for member in members if member[1] is not None]
    return (*key[:-1], len(members), sum(x) if x else None, max(member[3] for member in members), key[-1])
