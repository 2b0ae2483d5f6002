"""A time buffer hands rows out once their time has come, in order, also after snapshots and at other parallelisms."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import MAX_TIMESTAMP
from sqlstream.state.snapshot import KeyGroupRange
from sqlstream.state.time_buffer import TimeBuffer

SCHEMA = pa.schema([("k", pa.int64()), ("n", pa.int64())])
MAX_PARALLELISM = 16
Row = tuple[int, int, int, int]
"""Time, key, number, kind."""

ROW = st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(0, 3))
STEPS = st.lists(st.one_of(st.lists(ROW, max_size=5), st.integers(0, 10)), max_size=15)


def batch(rows: list[Row]) -> Batch:
    data = pa.RecordBatch.from_pydict({"k": [row[1] for row in rows], "n": [row[2] for row in rows]}, schema=SCHEMA)
    return Batch(data, np.array([row[3] for row in rows], np.int8))


def taken(buffer: TimeBuffer, until: int) -> list[tuple[int, int, int]]:
    due = buffer.take(until)
    return [] if due is None else [(k, n, int(kind)) for kind, (k, n) in due.to_rows()]


def restored(buffers: list[TimeBuffer], parallelism: int) -> list[TimeBuffer]:
    chunks = [chunk for buffer in buffers for chunk in buffer.snapshot(MAX_PARALLELISM)]
    fresh = [TimeBuffer(SCHEMA, [0], "t") for _ in range(parallelism)]
    for subtask, buffer in enumerate(fresh):
        buffer.restore(chunks, KeyGroupRange.of_subtask(subtask, parallelism, MAX_PARALLELISM))
    return fresh


@settings(deadline=None)
@given(STEPS)
def test_rows_come_in_the_order_of_their_times(steps: list[list[tuple[int, int, int]] | int]) -> None:
    buffer, waiting = TimeBuffer(SCHEMA, [0], "t"), list[Row]()
    for step in steps:
        if isinstance(step, int):
            due = sorted((row for row in waiting if row[0] <= step), key=lambda row: row[0])
            waiting = [row for row in waiting if row[0] > step]
            assert taken(buffer, step) == [row[1:] for row in due]
        else:
            rows = [(time, key, len(waiting), kind) for time, key, kind in step]
            waiting += rows
            buffer.append(batch(rows), np.array([row[0] for row in rows], np.int64))
        assert len(buffer) == len(waiting)
        assert buffer.next_time == min((row[0] for row in waiting), default=MAX_TIMESTAMP)
        (buffer,) = restored([buffer], 1)


@settings(deadline=None)
@given(st.lists(ROW, max_size=30), st.integers(0, 9), st.integers(1, 4))
def test_a_snapshot_restores_at_another_parallelism(
    rows: list[tuple[int, int, int]], until: int, parallelism: int
) -> None:
    whole = TimeBuffer(SCHEMA, [0], "t")
    numbered = [(time, key, n, kind) for n, (time, key, kind) in enumerate(rows)]
    whole.append(batch(numbered), np.array([row[0] for row in numbered], np.int64))
    whole.take(until)
    parts = restored([whole], parallelism)
    assert sorted(row for part in parts for row in taken(part, MAX_TIMESTAMP)) == sorted(taken(whole, MAX_TIMESTAMP))


def test_rows_stored_before_are_not_stored_again() -> None:
    buffer = TimeBuffer(SCHEMA, [0], "t")
    buffer.append(batch([(1, 0, 0, 0)]), np.array([1]))
    (first,) = buffer.snapshot(MAX_PARALLELISM)
    buffer.append(batch([(2, 0, 1, 0)]), np.array([2]))
    again, second = buffer.snapshot(MAX_PARALLELISM)
    assert again is first
    assert buffer.take(1) is not None
    assert buffer.snapshot(MAX_PARALLELISM) == [second]
