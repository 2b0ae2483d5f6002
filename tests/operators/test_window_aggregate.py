"""Windows are emitted once, complete, in order of their end, whatever the order and cut of the input."""

from __future__ import annotations

import datetime as dt
import random
import statistics
from collections import Counter, defaultdict
from typing import Any

import pytest
from harness import Job, batch_of, materialised, open_operator, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.columnar.batch import RowKind
from sqlstream.columnar.elements import Watermark
from sqlstream.errors import DataError
from sqlstream.plan.expressions import AggregateCall
from sqlstream.plan.physical import WindowAggregate, WindowKind, WindowProperty, WindowSpec
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema

pytestmark = pytest.mark.usefixtures("state_backend")

TIMESTAMP = t.TimestampType(precision=3)
INPUT = Schema((Field("k", t.STRING), Field("x", t.INT), Field("ts", TIMESTAMP)))
CALLS = (
    AggregateCall("COUNT", (), t.BIGINT, "n"),
    AggregateCall("SUM", (1,), t.INT, "total"),
    AggregateCall("MAX", (1,), t.INT, "most"),
    AggregateCall("COUNT", (1,), t.BIGINT, "different", distinct=True),
    AggregateCall("PERCENTILE", (1, 3), t.DOUBLE, "median"),
)
BOUNDS = (WindowProperty.START, WindowProperty.END)
Row = tuple[Any, ...]


def windowed(
    window: WindowSpec,
    keys: tuple[int, ...] = (0,),
    calls: tuple[AggregateCall, ...] = CALLS[:2],
    properties: tuple[WindowProperty, ...] = BOUNDS,
    time: t.LogicalType = TIMESTAMP,
    retracting: bool = False,
) -> WindowAggregate:
    input = Schema((*INPUT.fields[:2], Field("ts", time), Field("half", t.DOUBLE)))
    out = [input[key] for key in keys] + [Field(call.name, call.type) for call in calls]
    out += [Field(p.value, time if p is WindowProperty.TIME else TIMESTAMP) for p in properties]
    return WindowAggregate(window, 2, keys, calls, properties, retracting, Schema(tuple(out)), input)


def rows(node: WindowAggregate, *rows: tuple[str | None, int | None, int]) -> Any:
    return batch_of(node.input.to_arrow(), [(*row, 0.5) for row in rows])


def milliseconds(changes: list[tuple[str, Row]]) -> list[Row]:
    """Rows with times as ms since the epoch, all of which are inserts."""
    assert all(kind == "+I" for kind, _ in changes)
    return [tuple(_ms(cell) for cell in row) for _, row in changes]


def _ms(cell: Any) -> Any:
    if not isinstance(cell, dt.datetime):
        return cell
    return round((cell.replace(tzinfo=dt.UTC) if cell.tzinfo is None else cell).timestamp() * 1000)


TUMBLE = WindowSpec(WindowKind.TUMBLE, 10)


def test_a_window_is_emitted_when_the_watermark_reaches_its_last_millisecond() -> None:
    node = windowed(TUMBLE)
    operator = open_operator(node)
    assert rows_of(operator.on_batch(rows(node, ("a", 1, 3), ("b", 2, 12), ("a", 5, 9)))) == []
    assert rows_of(operator.on_watermark(8)) == []
    outputs = list(operator.on_watermark(9))
    assert outputs[-1] == Watermark(9)
    assert milliseconds(rows_of(outputs)) == [("a", 2, 6, 0, 10)]
    assert milliseconds(rows_of(operator.on_watermark(100))) == [("b", 1, 2, 10, 20)]


def test_rows_whose_windows_are_all_gone_are_dropped_and_counted() -> None:
    node = windowed(WindowSpec(WindowKind.HOP, 10, 5))
    operator = open_operator(node)
    list(operator.on_watermark(11))
    batch = rows(node, ("a", 1, 4), ("a", 1, 6), ("a", 1, 12))
    assert rows_of(operator.on_batch(batch)) == []
    assert operator.context.metrics.counters["numLateRecordsDropped"].value == 1
    assert milliseconds(rows_of(operator.on_watermark(19))) == [("a", 2, 2, 5, 15), ("a", 1, 1, 10, 20)]


def test_a_row_stays_late_while_watermarks_catch_up_after_a_restart() -> None:
    node = windowed(TUMBLE)
    first, second = open_operator(node), open_operator(node)
    list(first.on_watermark(20))
    second.restore([first.snapshot()])
    list(second.on_watermark(5))
    assert rows_of(second.on_batch(rows(node, ("a", 1, 7)))) == []
    assert rows_of(second.on_watermark(100)) == []
    assert second.context.metrics.counters["numLateRecordsDropped"].value == 1


def test_a_row_without_event_time_fails_the_query() -> None:
    node = windowed(TUMBLE)
    operator = open_operator(node)
    with pytest.raises(DataError, match="RowTime field should not be null"):
        list(operator.on_batch(batch_of(node.input.to_arrow(), [("a", 1, None, 0.5)])))


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (WindowSpec(WindowKind.TUMBLE, 10), [(-20, -10), (-10, 0)]),
        (WindowSpec(WindowKind.TUMBLE, 10, offset=3), [(-17, -7), (-7, 3)]),
        (WindowSpec(WindowKind.HOP, 10, 5), [(-20, -10), (-15, -5), (-10, 0), (-5, 5)]),
        (WindowSpec(WindowKind.CUMULATE, 10, 5), [(-20, -10), (-10, 0)]),
    ],
    ids=str,
)
def test_times_before_1970_and_offsets(window: WindowSpec, expected: list[tuple[int, int]]) -> None:
    node = windowed(window, keys=(), calls=())
    operator = open_operator(node)
    list(operator.on_batch(rows(node, ("a", 1, -12), ("a", 1, -1))))
    assert milliseconds(rows_of(operator.on_watermark(1000))) == expected


def test_windows_of_instants_follow_the_session_time_zone() -> None:
    day, hour = 86_400_000, 3_600_000
    node = windowed(
        WindowSpec(WindowKind.TUMBLE, day), keys=(), calls=CALLS[:1], properties=tuple(WindowProperty),
        time=t.LocalZonedTimestampType(precision=3),
    )  # fmt: skip
    operator = open_operator(node, **{"table.local-time-zone": "Asia/Shanghai"})
    list(operator.on_batch(rows(node, ("a", 1, 0), ("a", 1, 15 * hour), ("a", 1, 16 * hour))))
    assert milliseconds(rows_of(operator.on_watermark(16 * hour - 1))) == [(2, 0, day, 16 * hour - 1)]
    assert milliseconds(rows_of(operator.on_watermark(day + 16 * hour))) == [(1, day, 2 * day, day + 16 * hour - 1)]


@pytest.mark.parametrize("precision", [3, 6, 9])
def test_event_time_of_every_precision(precision: int) -> None:
    node = windowed(TUMBLE, time=t.TimestampType(precision=precision))
    operator = open_operator(node)
    list(operator.on_batch(rows(node, ("a", 1, 9), ("a", 1, 10)).with_data(_times(node, precision))))
    assert milliseconds(rows_of(operator.on_watermark(100))) == [("a", 1, 1, 0, 10), ("a", 1, 1, 10, 20)]


def _times(node: WindowAggregate, precision: int) -> Any:
    factor = 10 ** (precision - 3)
    return batch_of(node.input.to_arrow(), [("a", 1, 9 * factor + factor - 1, 0.5), ("a", 1, 10 * factor, 0.5)]).data


def test_rows_taken_back_leave_no_window() -> None:
    node = windowed(TUMBLE, retracting=True)
    operator = open_operator(node)
    data = [("a", 1, 1, 0.5), ("b", 1, 1, 0.5), ("a", 1, 1, 0.5)]
    kinds = [RowKind.INSERT, RowKind.INSERT, RowKind.DELETE]
    list(operator.on_batch(batch_of(node.input.to_arrow(), data, kinds)))
    assert milliseconds(rows_of(operator.on_watermark(9))) == [("b", 1, 1, 0, 10)]


WINDOWS = st.sampled_from(
    [
        WindowSpec(WindowKind.TUMBLE, 10),
        WindowSpec(WindowKind.TUMBLE, 7, offset=-2),
        WindowSpec(WindowKind.HOP, 12, 4),
        WindowSpec(WindowKind.HOP, 10, 4, offset=1),
        WindowSpec(WindowKind.CUMULATE, 12, 3),
    ]
)
ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", None]), st.none() | st.integers(-3, 3), st.integers(-30, 60)),
    min_size=1, max_size=50,
)  # fmt: skip


def windows_of(window: WindowSpec, time: int) -> list[tuple[int, int]]:
    """All windows around ``time``, straight from the definition."""
    step = window.size if window.kind is WindowKind.TUMBLE else window.slide
    if window.kind is WindowKind.CUMULATE:
        start = (time - window.offset) // window.size * window.size + window.offset
        return [(start, end) for end in range(start + step, start + window.size + 1, step) if end > time]
    aligned = range(window.offset - 40 * step, window.offset + 40 * step, step)
    return [(start, start + window.size) for start in aligned if start <= time < start + window.size]


@settings(max_examples=60, deadline=None)
@given(window=WINDOWS, data=ROWS, seed=st.integers(0, 10_000), keyed=st.booleans(), retracting=st.booleans())
def test_windows_depend_on_the_rows_alone(
    window: WindowSpec, data: list[tuple[Any, ...]], seed: int, keyed: bool, retracting: bool
) -> None:
    node = windowed(window, keys=(0,) if keyed else (), calls=CALLS, retracting=retracting)
    data = sorted(data, key=lambda row: row[2])
    random_ = random.Random(seed)
    job = Job(node, [node.keys], random_)
    at = 0
    while at < len(data):
        piece = data[at : at + random_.randint(1, 10)]
        at += len(piece)
        job.feed(rows(node, *random_.sample(piece, len(piece))))
        if at < len(data) and random_.random() < 0.5:
            job.watermark(data[at][2] - 1)
        if random_.random() < 0.3:
            job.rescale()
    job.finish()
    assert all(count == 1 for count in materialised(job.changes).values())
    assert Counter(milliseconds(job.changes)) == Counter(reference(window, data, keyed))


def reference(window: WindowSpec, data: list[Row], keyed: bool) -> list[Row]:
    groups: dict[Row, list[Any]] = defaultdict(list)
    for key, x, time in data:
        for bounds in windows_of(window, time):
            groups[((key,) if keyed else ()), bounds].append(x)
    result = []
    for (key, bounds), cells in groups.items():
        x = [cell for cell in cells if cell is not None]
        total, most, median = (sum(x), max(x), statistics.median(x)) if x else (None, None, None)
        result.append((*key, len(cells), total, most, len(set(x)), median, *bounds))
    return result
