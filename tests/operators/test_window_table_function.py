"""A window table function gives every row once for each window its time falls in."""

from __future__ import annotations

import datetime

import pytest
from operator_driver import changes, changes_batch, opened, rows, rows_batch, schema

from sqlstream.errors import DataError
from sqlstream.plan.physical import WindowKind, WindowSpec, WindowTableFunction
from sqlstream.types.logical import INT, LocalZonedTimestampType, LogicalType, TimestampType
from sqlstream.types.schema import Schema

TIMESTAMP, INSTANT = TimestampType(precision=3), LocalZonedTimestampType(precision=3)
HOUR = 3_600_000


def node(
    kind: WindowKind, size: int, slide: int = 0, offset: int = 0, time: LogicalType = TIMESTAMP
) -> WindowTableFunction:
    return WindowTableFunction(WindowSpec(kind, size, slide, offset), 1, with_window(time))


def input_schema(time: LogicalType) -> Schema:
    return schema(("n", INT), ("ts", time))


def with_window(time: LogicalType) -> Schema:
    window = schema(("window_start", TIMESTAMP), ("window_end", TIMESTAMP), ("window_time", time))
    return Schema(input_schema(time).fields + window.fields)


def clock(hour: int, minute: int = 0, second: int = 0, ms: int = 0) -> datetime.datetime:
    return datetime.datetime(2020, 6, 1, hour, minute, second, ms * 1000)


def test_tumble_appends_start_end_and_time() -> None:
    operator = opened(node(WindowKind.TUMBLE, HOUR))
    batch = rows_batch(input_schema(TIMESTAMP), [(1, clock(8, 30)), (2, clock(9))])
    assert rows(operator.on_batch(batch)) == [
        (1, clock(8, 30), clock(8), clock(9), clock(8, 59, 59, 999)),
        (2, clock(9), clock(9), clock(10), clock(9, 59, 59, 999)),
    ]


def test_an_offset_moves_the_windows() -> None:
    operator = opened(node(WindowKind.TUMBLE, HOUR, offset=HOUR // 4))
    ((*_, start, end, _),) = rows(operator.on_batch(rows_batch(input_schema(TIMESTAMP), [(1, clock(8, 10))])))
    assert (start, end) == (clock(7, 15), clock(8, 15))


def test_hop_repeats_a_row_for_each_window_and_keeps_its_kind() -> None:
    operator = opened(node(WindowKind.HOP, 2 * HOUR, HOUR))
    batch = changes_batch(input_schema(TIMESTAMP), [("+I", (1, clock(8, 30))), ("-D", (2, clock(9)))])
    assert [(kind, row[0], row[2]) for kind, row in changes(operator.on_batch(batch))] == [
        ("+I", 1, clock(8)),
        ("+I", 1, clock(7)),
        ("-D", 2, clock(9)),
        ("-D", 2, clock(8)),
    ]


def test_cumulate_grows_the_window_step_by_step() -> None:
    operator = opened(node(WindowKind.CUMULATE, 3 * HOUR, HOUR))
    batch = rows_batch(input_schema(TIMESTAMP), [(1, clock(7, 30))])
    assert [row[2:4] for row in rows(operator.on_batch(batch))] == [(clock(6), clock(8)), (clock(6), clock(9))]


def test_windows_over_instants_follow_the_session_time_zone() -> None:
    operator = opened(
        node(WindowKind.TUMBLE, 24 * HOUR, time=INSTANT), options={"table.local-time-zone": "Asia/Shanghai"}
    )
    instant = datetime.datetime(2020, 6, 1, 17, tzinfo=datetime.UTC)
    ((_, _, start, end, time),) = rows(operator.on_batch(rows_batch(input_schema(INSTANT), [(1, instant)])))
    assert (start, end) == (datetime.datetime(2020, 6, 2), datetime.datetime(2020, 6, 3))
    assert time == datetime.datetime(2020, 6, 2, 15, 59, 59, 999_000, tzinfo=datetime.UTC)


def test_a_row_without_time_is_an_error() -> None:
    operator = opened(node(WindowKind.TUMBLE, HOUR))
    with pytest.raises(DataError, match="should not be null"):
        list(operator.on_batch(rows_batch(input_schema(TIMESTAMP), [(1, None)])))
