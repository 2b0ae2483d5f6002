"""Running aggregates are what a loop in Python computes."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.kernels import running
from sqlstream.kernels.group_lives import BORN, DIED, GOES_ON, IGNORED, follow_lives
from sqlstream.kernels.slots import touched

ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**62), 2**62), st.sampled_from([1, 0, -1])), max_size=40)
Rows = list[tuple[int, int, int]]


def columns(rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    slots, values, weights = zip(*rows, strict=True) if rows else ((), (), ())
    return np.array(slots, np.int64), np.array(values, np.int64), np.array(weights, np.int8)


@settings(deadline=None)
@given(ROWS)
def test_int64_sums_wrap_around(rows: Rows) -> None:
    slots, values, weights = columns(rows)
    sums, counts, out_sums, out_counts = (np.zeros(n, np.int64) for n in (4, 4, len(rows), len(rows)))
    running.sum_int64(slots, values, weights, sums, counts, out_sums, out_counts)
    expected: dict[int, int] = defaultdict(int)
    for (slot, value, weight), after in zip(rows, out_sums.tolist(), strict=True):
        expected[slot] += value * weight
        assert after == (expected[slot] + 2**63) % 2**64 - 2**63
    assert counts.sum() == weights.sum()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**120), 2**120), st.sampled_from([1, 0, -1])), max_size=40))
def test_int128_sums_are_exact(rows: Rows) -> None:
    slots, _, weights = columns([(slot, 0, weight) for slot, _, weight in rows])
    high = np.array([value >> 64 for _, value, _ in rows], np.int64)
    low = np.array([value & (2**64 - 1) for _, value, _ in rows], np.uint64).view(np.int64)
    state = [np.zeros(4, np.int64) for _ in range(3)]
    out = [np.zeros(len(rows), np.int64) for _ in range(3)]
    running.sum_int128(slots, high, low, weights, *state, *out)
    expected: dict[int, int] = defaultdict(int)
    for i, (slot, value, weight) in enumerate(rows):
        expected[slot] += value * weight
        assert (int(out[0][i]) << 64) + int(out[1][i].view(np.uint64)) == expected[slot]


@settings(deadline=None)
@given(ROWS, st.booleans())
def test_extremes_are_those_of_the_values_so_far(rows: Rows, greatest: bool) -> None:
    slots, values, weights = columns(rows)
    best, counts, out_best, out_counts = (np.zeros(n, np.int64) for n in (4, 4, len(rows), len(rows)))
    running.extreme_int64(slots, values, weights, greatest, best, counts, out_best, out_counts)
    seen: dict[int, list[int]] = defaultdict(list)
    for (slot, value, weight), after, count in zip(rows, out_best.tolist(), out_counts.tolist(), strict=True):
        if weight > 0:
            seen[slot].append(value)
        assert count == len(seen[slot])
        assert not count or after == (max if greatest else min)(seen[slot])


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), max_size=40))
def test_touched_slots_come_in_order_of_first_appearance(slots: list[int]) -> None:
    scratch = np.full(6, -1, np.int64)
    distinct, group, previous = (np.zeros(len(slots), np.int64) for _ in range(3))
    found = touched(np.array(slots, np.int64), scratch, distinct, group, previous)
    assert distinct[:found].tolist() == list(dict.fromkeys(slots))
    assert [distinct[g] for g in group] == slots
    last: dict[int, int] = {}
    for row, slot in enumerate(slots):
        assert previous[row] == last.get(slot, -1)
        last[slot] = row
    assert (scratch == -1).all()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([1, -1])), max_size=40))
def test_each_life_of_a_group_has_a_slot_of_its_own(rows: list[tuple[int, int]]) -> None:
    slots, signs = np.array([s for s, _ in rows], np.int64), np.array([w for _, w in rows], np.int8)
    counts, current, used = np.array([0, 1, 0]), np.arange(3), np.zeros(3, np.int8)
    out, events = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int8)
    spares = follow_lives(slots, slots, signs, 10, counts, current, used, out, events)
    alive = {0: 0, 1: 1, 2: 0}
    lives: dict[int, list[int]] = {0: [], 1: [1], 2: []}
    fresh = iter(range(10, 100))
    for (slot, sign), event, life in zip(rows, events.tolist(), out.tolist(), strict=True):
        if alive[slot] == 0 and sign < 0:
            assert (event, life) == (IGNORED, -1)
            continue
        born = alive[slot] == 0
        if born:
            lives[slot].append(next(fresh) if lives[slot] else slot)
        alive[slot] += sign
        assert event == (BORN if born else DIED if alive[slot] == 0 else GOES_ON)
        assert life == lives[slot][-1]
    assert counts.tolist() == list(alive.values())
    assert 10 + spares == next(fresh)
