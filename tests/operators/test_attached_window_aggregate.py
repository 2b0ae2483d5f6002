"""Rows that bring their window along are grouped by it, and dropped once it has been emitted."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from typing import Any

import pytest
from harness import Job, batch_of, materialised, open_operator, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.columnar.batch import RowKind
from sqlstream.plan.expressions import AggregateCall
from sqlstream.plan.physical import AttachedWindowAggregate, WindowKind, WindowProperty, WindowSpec
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema

pytestmark = pytest.mark.usefixtures("state_backend")

TIMESTAMP = t.TimestampType(precision=3)
INPUT = Schema((Field("k", t.STRING), Field("x", t.INT), Field("ws", TIMESTAMP), Field("we", TIMESTAMP)))
CALLS = (AggregateCall("COUNT", (), t.BIGINT, "n"), AggregateCall("SUM", (1,), t.INT, "total"))
BOUNDS = (WindowProperty.START, WindowProperty.END)


def node(
    keys: tuple[int, ...] = (0,), properties: tuple[WindowProperty, ...] = BOUNDS, instants: bool = False,
    retracting: bool = False,
) -> AttachedWindowAggregate:  # fmt: skip
    out = [INPUT[key] for key in keys] + [Field(call.name, call.type) for call in CALLS]
    times = {WindowProperty.TIME: t.LocalZonedTimestampType(precision=3) if instants else TIMESTAMP}
    out += [Field(p.value, times.get(p, TIMESTAMP)) for p in properties]
    spec = WindowSpec(WindowKind.CUMULATE, 30, 10)
    return AttachedWindowAggregate(
        spec, 3, keys, CALLS, properties, retracting, Schema(tuple(out)), INPUT, start_column=2, instants=instants
    )


def ms(cells: Any) -> Any:
    import datetime as dt

    return [
        tuple(
            round((c.replace(tzinfo=dt.UTC) if c.tzinfo is None else c).timestamp() * 1000)
            if isinstance(c, dt.datetime)
            else c
            for c in row
        )
        for row in cells
    ]


def rows(*cells: Any, kinds: list[RowKind] | None = None) -> Any:
    return batch_of(INPUT.to_arrow(), cells, kinds)


def test_windows_are_emitted_at_their_end_and_later_rows_are_late() -> None:
    operator = open_operator(node())
    list(operator.on_batch(rows(("a", 1, 0, 20), ("a", 2, 0, 10), ("b", 4, 0, 10), ("a", 8, 0, 10))))
    assert sorted(ms(row for _, row in rows_of(operator.on_watermark(9)))) == [("a", 2, 10, 0, 10), ("b", 1, 4, 0, 10)]
    list(operator.on_batch(rows(("a", 1, 0, 10), ("b", 1, 0, 20))))
    assert operator.context.metrics.counters["numLateRecordsDropped"].value == 1
    assert sorted(ms(row for _, row in rows_of(operator.on_watermark(100)))) == [("a", 1, 1, 0, 20), ("b", 1, 1, 0, 20)]


def test_a_window_whose_rows_were_taken_back_is_not_emitted() -> None:
    operator = open_operator(node(retracting=True))
    kinds = [RowKind.INSERT, RowKind.INSERT, RowKind.DELETE]
    list(operator.on_batch(rows(("a", 1, 0, 10), ("b", 2, 0, 10), ("a", 1, 0, 10), kinds=kinds)))
    assert ms(row for _, row in rows_of(operator.on_watermark(100))) == [("b", 1, 2, 0, 10)]


def test_windows_of_instants_end_when_the_clock_of_the_time_zone_says_so() -> None:
    hour = 3_600_000
    operator = open_operator(
        node((), (WindowProperty.TIME,), instants=True), **{"table.local-time-zone": "Asia/Shanghai"}
    )
    list(operator.on_batch(rows(("a", 1, 0, 9 * hour))))
    assert rows_of(operator.on_watermark(hour - 2)) == []
    assert ms(row for _, row in rows_of(operator.on_watermark(hour - 1))) == [(1, 1, hour - 1)]


@settings(max_examples=40, deadline=None)
@given(
    data=st.lists(
        st.tuples(st.sampled_from(["a", "b", None]), st.integers(-3, 3), st.sampled_from([0, 30]),
                  st.sampled_from([10, 20, 30])),
        min_size=1, max_size=40,
    ),
    seed=st.integers(0, 10_000), keyed=st.booleans(),
)  # fmt: skip
def test_windows_depend_on_the_rows_alone(data: list[Any], seed: int, keyed: bool) -> None:
    random_ = random.Random(seed)
    keys = (0,) if keyed else ()
    data = sorted(((k, x, s, s + length) for k, x, s, length in data), key=lambda row: row[3])
    job = Job(node(keys), [keys], random_)
    at = 0
    while at < len(data):
        piece = data[at : at + random_.randint(1, 8)]
        at += len(piece)
        job.feed(rows(*piece))
        if at < len(data) and random_.random() < 0.5:
            job.watermark(data[at][3] - 2)
        if random_.random() < 0.3:
            job.rescale()
    job.finish()
    expected: dict[Any, list[int]] = defaultdict(list)
    for k, x, start, end in data:
        expected[(k,) * keyed, start, end].append(x)
    assert all(count == 1 for count in materialised(job.changes).values())
    assert Counter(ms(row for _, row in job.changes)) == Counter(
        (*key, len(x), sum(x), start, end) for (key, start, end), x in expected.items()
    )
