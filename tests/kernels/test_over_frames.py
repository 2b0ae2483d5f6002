"""Bounds and extremes of frames, against a scan of every row."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.kernels.over_frames import distance_float64, distance_int64, extremes

PARTITIONS = st.lists(
    st.tuples(st.lists(st.integers(-5, 5), max_size=6), st.integers(0, 2), st.booleans()), min_size=1, max_size=4
)
"""For each partition its values, how many odd rows it has, and whether they come first."""


def laid_out(partitions: Any) -> tuple[list[int], list[bool], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    values: list[int] = []
    odd: list[bool] = []
    first: list[int] = []
    end: list[int] = []
    for numbers, strange, before in partitions:
        start = len(values)
        values += [99] * strange * before + sorted(numbers) + [99] * strange * (not before)
        odd += [True] * strange * before + [False] * len(numbers) + [True] * strange * (not before)
        first += [start] * (len(values) - start)
        end += [len(values)] * (len(values) - start)
    return values, odd, np.array(first, np.int64), np.array(end, np.int64)


def peers(values: list[int], odd: list[bool], first: Any, end: Any) -> tuple[Any, Any]:
    alike = [
        [j for j in range(first[i], end[i]) if odd[j] == odd[i] and (odd[i] or values[j] == values[i])]
        for i in range(len(values))
    ]
    return np.array([a[0] for a in alike], np.int64), np.array([a[-1] + 1 for a in alike], np.int64)


@settings(deadline=None, max_examples=60)
@given(PARTITIONS, st.integers(-7, 7))
def test_distances(partitions: Any, offset: int) -> None:
    values, odd, first, end = laid_out(partitions)
    spans = (first, end, *peers(values, odd, first, end))
    flags = np.array(odd, np.uint8)
    for is_start in (True, False):
        out, of_floats = np.empty(len(values), np.int64), np.empty(len(values), np.int64)
        distance_int64(np.array(values, np.int64), flags, *spans, offset, is_start, out)
        distance_float64(np.array(values, np.float64), flags, *spans, float(offset), is_start, of_floats)
        for i in range(len(values)):
            plain = [j for j in range(first[i], end[i]) if not odd[j]]
            if odd[i]:
                expected = spans[2][i] if is_start else spans[3][i]
            elif is_start:
                expected = next((j for j in plain if values[j] >= values[i] + offset), plain[-1] + 1)
            else:
                expected = next((j for j in plain if values[j] > values[i] + offset), plain[-1] + 1)
            assert out[i] == of_floats[i] == expected


def test_distances_do_not_run_over() -> None:
    largest = np.iinfo(np.int64).max
    values = np.array([-largest - 1, 0, largest], np.int64)
    first, end = np.zeros(3, np.int64), np.full(3, 3, np.int64)
    places = np.arange(3)
    out = np.empty(3, np.int64)
    distance_int64(values, np.zeros(3, np.uint8), first, end, places, places + 1, 10, False, out)
    assert out.tolist() == [1, 2, 3]
    distance_int64(values, np.zeros(3, np.uint8), first, end, places, places + 1, -10, True, out)
    assert out.tolist() == [0, 1, 2]


@settings(deadline=None, max_examples=60)
@given(PARTITIONS, st.integers(-3, 3), st.integers(0, 4), st.booleans(), st.data())
def test_extremes(partitions: Any, offset: int, length: int, greatest: bool, data: Any) -> None:
    values, _, first, end = laid_out(partitions)
    values = data.draw(st.permutations(values))
    valid = data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    places = np.arange(len(values))
    starts = np.clip(places + offset, first, end)
    ends = np.clip(places + offset + length, first, end)
    out = np.empty(len(values), np.int64)
    extremes(np.array(values, np.int64), np.array(valid, np.uint8), first, starts, ends, greatest, out)
    for i in range(len(values)):
        inside = [values[j] for j in range(starts[i], ends[i]) if valid[j]]
        if not inside:
            assert out[i] == -1
        else:
            assert starts[i] <= out[i] < ends[i]
            assert valid[out[i]]
            assert values[out[i]] == (max(inside) if greatest else min(inside))
