"""Window arithmetic against its definition, times before 1970 included."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sqlstream.kernels.windows import cumulate_windows, hop_windows, tumble_start

TIMES = st.lists(st.integers(-500, 500), max_size=20)
LENGTH = st.integers(1, 40)
OFFSET = st.integers(-50, 50)


def as_int64(times: list[int]) -> np.ndarray:
    return np.array(times, dtype=np.int64)


@given(TIMES, LENGTH, OFFSET)
def test_a_time_falls_in_the_one_aligned_tumbling_window_around_it(times: list[int], size: int, offset: int) -> None:
    starts = tumble_start(as_int64(times), size, offset)
    for time, start in zip(times, starts, strict=True):
        assert start <= time < start + size
        assert (start - offset) % size == 0


@given(TIMES, LENGTH, LENGTH, OFFSET)
def test_a_time_falls_in_every_hopping_window_that_covers_it(
    times: list[int], size: int, slide: int, offset: int
) -> None:
    rows, starts, ends = hop_windows(as_int64(times), size, slide, offset)
    expected = [
        (row, start, start + size)
        for row, time in enumerate(times)
        for start in range(time, time - size, -1)
        if (start - offset) % slide == 0
    ]
    assert list(zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True)) == expected


@given(TIMES, st.integers(1, 8), LENGTH, OFFSET)
def test_a_time_falls_in_every_cumulating_window_that_covers_it(
    times: list[int], steps: int, step: int, offset: int
) -> None:
    size = steps * step
    rows, starts, ends = cumulate_windows(as_int64(times), size, step, offset)
    expected = []
    for row, time in enumerate(times):
        start = (time - offset) // size * size + offset
        expected += [(row, start, end) for end in range(start + step, start + size + 1, step) if end > time]
    assert list(zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True)) == expected
