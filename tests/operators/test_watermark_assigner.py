"""The watermark is the highest value of the declared expression, and never goes back."""

from __future__ import annotations

import datetime

import pytest
from operator_driver import opened, rows_batch, schema

from sqlstream.columnar.elements import MAX_TIMESTAMP, Output, Watermark, WatermarkStatus
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
    batch = rows_batch(INPUT, at(10, 30, 20))
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
