"""Running counts, sums and extremes by slot, in row order.

In every kernel row ``i`` belongs to ``slots[i]`` and has ``weights[i]``: 1 adds its value, -1 takes it away again,
0 leaves it out. State arrays are indexed by slot. The ``out`` arrays receive the state after each row, or are empty
when only the state after the last row matters.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sqlstream.kernels.compiled import F64, F64R, I8R, I64, I64R, Part, boolean, kernel


@kernel(I64R, I8R, I64, I64)
def count(slots: Any, weights: Any, counts: Any, out: Any) -> None:
    """How many rows there are."""
    emit = len(out) > 0
    for i in range(len(slots)):
        counts[slots[i]] += weights[i]
        if emit:
            out[i] = counts[slots[i]]


@kernel(I64R, I64R, I8R, I64, I64, I64, I64)
def sum_int64(
    slots: Any, values: Any, weights: Any, sums: Any, counts: Any, out_sums: Any, out_counts: Any
) -> None:  # fmt: skip
    """The sum, wrapping around at 64 bits, and the number of values summed."""
    emit = len(out_sums) > 0
    for i in range(len(slots)):
        slot = slots[i]
        weight = np.int64(weights[i])
        sums[slot] += weight * values[i]
        counts[slot] += weight
        if emit:
            out_sums[i] = sums[slot]
            out_counts[i] = counts[slot]


@Part
def _add_compensated(slot: Any, value: Any, high: Any, low: Any) -> None:
    """Add to the unevaluated sum ``high + low``, keeping what rounding would lose (Knuth's TwoSum)."""
    before = high[slot]
    after = before + value
    high[slot] = after
    if np.isfinite(after):
        part = after - before
        low[slot] += (before - (after - part)) + (value - part)


@kernel(I64R, F64R, I8R, F64, F64, I64, F64, I64)
def sum_float64(
    slots: Any, values: Any, weights: Any, high: Any, low: Any, counts: Any, out_sums: Any, out_counts: Any
) -> None:
    """The sum, compensated so that it all but never depends on the order of the rows, and the number of values."""
    emit = len(out_sums) > 0
    for i in range(len(slots)):
        slot = slots[i]
        if weights[i] != 0:
            _add_compensated(slot, weights[i] * values[i], high, low)
            counts[slot] += weights[i]
        if emit:
            out_sums[i] = high[slot] + low[slot]
            out_counts[i] = counts[slot]


@kernel(I64R, I64R, F64, F64)
def merge_compensated(into: Any, slots: Any, high: Any, low: Any) -> None:
    """Add the compensated sums of ``slots`` to those of ``into``, one after the other."""
    for i in range(len(into)):
        _add_compensated(into[i], high[slots[i]], high, low)
        _add_compensated(into[i], low[slots[i]], high, low)


@kernel(I64R, I64R, I64R, I8R, I64, I64, I64, I64, I64, I64)
def sum_int128(
    slots: Any, value_high: Any, value_low: Any, weights: Any,
    high: Any, low: Any, counts: Any, out_high: Any, out_low: Any, out_counts: Any,
) -> None:  # fmt: skip
    """The sum of two's complement 128-bit integers given as two words, and the number of values."""
    emit = len(out_high) > 0
    for i in range(len(slots)):
        slot = slots[i]
        if weights[i] > 0:
            before = np.uint64(low[slot])
            after = before + np.uint64(value_low[i])
            low[slot] = np.int64(after)
            high[slot] += value_high[i] + np.int64(after < before)
            counts[slot] += 1
        elif weights[i] < 0:
            before = np.uint64(low[slot])
            taken = np.uint64(value_low[i])
            low[slot] = np.int64(before - taken)
            high[slot] -= value_high[i] + np.int64(before < taken)
            counts[slot] -= 1
        if emit:
            out_high[i] = high[slot]
            out_low[i] = low[slot]
            out_counts[i] = counts[slot]


@kernel(I64R, I64R, I8R, boolean, I64, I64, I64, I64)
def extreme_int64(
    slots: Any, values: Any, weights: Any, greatest: Any, best: Any, counts: Any, out_best: Any, out_counts: Any
) -> None:
    """The least value, or the greatest, and the number of values. Nothing can be taken away."""
    emit = len(out_best) > 0
    for i in range(len(slots)):
        slot = slots[i]
        if weights[i] > 0:
            value = values[i]
            better = value > best[slot] if greatest else value < best[slot]
            if counts[slot] == 0 or better:
                best[slot] = value
            counts[slot] += 1
        if emit:
            out_best[i] = best[slot]
            out_counts[i] = counts[slot]


@kernel(I64R, I8R, boolean, I64, I64)
def latest_row(slots: Any, weights: Any, first: Any, current: Any, out: Any) -> None:
    """The number of the row that is the slot's first, or its last, with weight 1.

    ``current[slot]`` is -1 before any; rows are numbered from 0 in this call, and lower numbers than -1 stand for
    what the slot had before it.
    """
    emit = len(out) > 0
    for i in range(len(slots)):
        slot = slots[i]
        if weights[i] > 0 and (current[slot] == -1 or not first):
            current[slot] = i
        if emit:
            out[i] = current[slot]
