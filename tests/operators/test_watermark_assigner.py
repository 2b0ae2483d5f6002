"""The watermark is the highest value of the declared expression, and never goes back."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pytest
from operator_driver import after_restart, opened, rows_batch, schema

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import MAX_TIMESTAMP, MIN_TIMESTAMP, Output, Watermark, WatermarkStatus
from sqlstream.errors import DataError
from sqlstream.operators.base import Operator
from sqlstream.plan.expressions import Call, InputRef, Literal
from sqlstream.plan.physical import WatermarkAssigner
from sqlstream.types.logical import BOOLEAN, INT, DayTimeIntervalType, TimestampType

TIMESTAMP = TimestampType(precision=3)
INPUT = schema(("ts", TIMESTAMP), ("n", INT))
TS = InputRef(0, TIMESTAMP)
FIVE_SECONDS_LESS = Call("-", (TS, Literal(5_000, DayTimeIntervalType())), TIMESTAMP)
NODE = WatermarkAssigner(0, FIVE_SECONDS_LESS, INPUT)


def at(*seconds: int | None) -> list[tuple[datetime.datetime | None, int]]:
    epoch = datetime.datetime(1970, 1, 1)
    return [(None if s is None else epoch + datetime.timedelta(seconds=s), 0) for s in seconds]


def control(outputs: object) -> list[Output]:
    return [output for output in outputs if isinstance(output, Watermark | WatermarkStatus)]  # type: ignore[attr-defined]


def feed(operator: Operator, *seconds: int | None) -> list[Output]:
    return control(operator.on_batch(rows_batch(INPUT, at(*seconds))))


def test_the_watermark_follows_the_rows_and_only_rises() -> None:
    assigner = opened(NODE)
    batch = rows_batch(INPUT, at(10, 30, 26))
    assert list(assigner.on_batch(batch)) == [batch, Watermark(25_000)]
    assert feed(assigner, 12, 30) == []
    assert feed(assigner, 31) == [Watermark(26_000)]


def test_times_before_1970_are_times() -> None:
    assert feed(opened(NODE), -100) == [Watermark(-105_000)]


def test_a_null_watermark_is_ignored() -> None:
    first_only = Call(
        "CASE", (Call("=", (InputRef(1, INT), Literal(0, INT)), BOOLEAN), Literal(None, TIMESTAMP), TS), TIMESTAMP
    )
    assert feed(opened(WatermarkAssigner(0, first_only, INPUT)), 10) == []


def test_a_row_without_event_time_is_an_error() -> None:
    with pytest.raises(DataError, match="RowTime field should not be null"):
        feed(opened(NODE), 10, None)


def test_watermarks_from_upstream_are_swallowed_except_the_last() -> None:
    assigner = opened(NODE)
    assert list(assigner.on_watermark(99_000)) == []
    assert list(assigner.on_watermark(MAX_TIMESTAMP)) == [Watermark(MAX_TIMESTAMP)]


def test_a_silent_source_becomes_idle_and_active_again_with_its_next_row() -> None:
    now = [1_000]
    assigner = opened(NODE, options={"table.exec.source.idle-timeout": "10 s"}, services={"clock": lambda: now[0]})
    assert assigner.next_timer() == 11_000
    now[0] = 5_000
    assert feed(assigner, 10) == [Watermark(5_000)]
    assert list(assigner.on_timer(11_000)) == []
    assert assigner.next_timer() == 15_000
    assert list(assigner.on_timer(15_000)) == [WatermarkStatus(idle=True)]
    assert assigner.next_timer() is None
    now[0] = 20_000
    assert feed(assigner, 11) == [WatermarkStatus(idle=False), Watermark(6_000)]
    assert assigner.next_timer() == 30_000


def test_without_a_timeout_no_source_is_ever_idle() -> None:
    assert opened(NODE).next_timer() is None


def restarted(*before: Operator, parallelism: int = 1, **options: str) -> list[Operator]:
    again = []
    for state in after_restart([operator.snapshot() for operator in before], parallelism):
        again.append(opened(NODE, options=options, services={"clock": lambda: 0}))
        again[-1].restore(state)
    return again


def test_the_first_thing_said_after_a_restart_is_the_watermark_of_before() -> None:
    first = opened(NODE)
    feed(first, 30)
    (with_rows,) = restarted(first)
    assert feed(with_rows, 10) == [Watermark(25_000)]
    assert feed(with_rows, 31) == [Watermark(26_000)]
    (without_rows,) = restarted(first)
    assert without_rows.next_timer() == 0
    assert list(without_rows.on_timer(1)) == [Watermark(25_000)]
    assert without_rows.next_timer() is None


def test_which_rows_are_late_does_not_depend_on_a_restart() -> None:
    seconds = [10, 30, 20, 25, 26, 50, 44, 46]
    for cut in range(len(seconds) + 1):
        first = opened(NODE)
        outputs = list(first.on_batch(rows_batch(INPUT, at(*seconds[:cut])))) if cut else []
        (second,) = restarted(first)
        outputs += second.on_batch(rows_batch(INPUT, at(*seconds[cut:]))) if cut < len(seconds) else []
        assert late_rows(outputs) == [(20_000, 25_000), (25_000, 25_000), (44_000, 45_000)]


def test_no_row_becomes_late_by_another_parallelism() -> None:
    ahead, behind = opened(NODE), opened(NODE)
    feed(ahead, 100)
    feed(behind, 20)
    for assigner in restarted(ahead, behind, parallelism=3):
        assert feed(assigner, 16) == [Watermark(15_000)]


def test_an_idle_source_is_idle_after_a_restart_and_holds_nobody_back() -> None:
    timeout = {"table.exec.source.idle-timeout": "10 s"}
    idle, active = (opened(NODE, options=timeout, services={"clock": lambda: 0}) for _ in range(2))
    feed(idle, 20)
    feed(active, 100)
    list(idle.on_timer(10_000))
    (again,) = restarted(idle, **timeout)
    assert list(again.on_timer(0)) == [Watermark(15_000), WatermarkStatus(idle=True)]
    assert again.next_timer() is None
    assert feed(again, 21) == [WatermarkStatus(idle=False), Watermark(16_000)]
    (both,) = restarted(idle, active, parallelism=1, **timeout)
    assert list(both.on_timer(0)) == [Watermark(95_000)]


def late_rows(outputs: list[Output]) -> list[tuple[int, int]]:
    """(event time, watermark when it came) of the rows at or behind the watermark, in ms."""
    late, current = [], MIN_TIMESTAMP
    for output in outputs:
        if isinstance(output, Watermark):
            current = output.timestamp
        elif isinstance(output, Batch):
            times = output.column(0).cast(pa.int64()).to_pylist()
            late += [(time, current) for time in times if time <= current]
    return late


def test_which_rows_are_late_does_not_depend_on_the_cut() -> None:
    seconds = [10, 30, 20, 25, 26, 50, 44, 46]
    whole, row_by_row = opened(NODE), opened(NODE)
    at_once = list(whole.on_batch(rows_batch(INPUT, at(*seconds))))
    one_by_one = [output for second in seconds for output in row_by_row.on_batch(rows_batch(INPUT, at(second)))]
    assert late_rows(at_once) == [(20_000, 25_000), (25_000, 25_000), (44_000, 45_000)]
    assert late_rows(one_by_one) == late_rows(at_once)
    assert sum(output.num_rows for output in at_once if isinstance(output, Batch)) == len(seconds)


def test_a_watermark_with_a_step_is_told_at_whole_steps() -> None:
    eager = WatermarkAssigner(0, TS, INPUT, step=10_000, offset=2_000)
    assigner = opened(eager)
    batch = rows_batch(INPUT, at(3, 11, 4, 12, 5, 30, 21, 22))
    kept = [output.num_rows if isinstance(output, Batch) else output for output in assigner.on_batch(batch)]
    assert kept == [4, Watermark(11_999), 2, Watermark(21_999), 2]
    assert feed(assigner, 31) == []
    assert feed(assigner, 32) == [Watermark(31_999)]
    assert feed(opened(eager), -100) == [Watermark(-108_001)]
