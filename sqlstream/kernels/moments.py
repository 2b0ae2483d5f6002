"""Running sums of values and of their squares in double-double arithmetic, for variances that survive retraction.

A number is ``high + low``, about 106 bits. Source: Dekker, "A floating-point technique for extending the available
precision", 1971.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sqlstream.kernels.compiled import F64, F64R, I8R, I64, I64R, Part, kernel

_SPLIT = 134217729.0


@Part
def _add(ah: Any, al: Any, bh: Any, bl: Any) -> Any:
    s = ah + bh
    part = s - ah
    e = (ah - (s - part)) + (bh - part) + al + bl
    high = s + e
    return high, e - (high - s)


@Part
def _multiply(ah: Any, al: Any, bh: Any, bl: Any) -> Any:
    p = ah * bh
    t = _SPLIT * ah
    ahh = t - (t - ah)
    ahl = ah - ahh
    t = _SPLIT * bh
    bhh = t - (t - bh)
    bhl = bh - bhh
    e = ((ahh * bhh - p) + ahh * bhl + ahl * bhh) + ahl * bhl + (ah * bl + al * bh)
    high = p + e
    return high, e - (high - p)


@Part
def _spread(count: Any, sh: Any, sl: Any, qh: Any, ql: Any) -> Any:
    """The sum of squared distances from the mean, from a count, a sum and a sum of squares."""
    n = np.float64(count)
    square_high, square_low = _multiply(sh, sl, sh, sl)
    scaled_high, scaled_low = _multiply(qh, ql, n, 0.0)
    high, low = _add(scaled_high, scaled_low, -square_high, -square_low)
    spread = (high + low) / n
    return 0.0 if spread < 0.0 else spread


@kernel(I64R, F64R, I8R, F64, F64, F64, F64, I64, F64, I64)
def moments(
    slots: Any, values: Any, weights: Any,
    sum_high: Any, sum_low: Any, square_high: Any, square_low: Any, counts: Any, out: Any, out_counts: Any,
) -> None:  # fmt: skip
    """As the kernels of :mod:`sqlstream.kernels.running`; ``out`` is the sum of squared distances from the mean."""
    emit = len(out) > 0
    for i in range(len(slots)):
        slot = slots[i]
        weight = np.float64(weights[i])
        if weight != 0.0:
            value = values[i]
            high, low = _multiply(value, 0.0, value, 0.0)
            sum_high[slot], sum_low[slot] = _add(sum_high[slot], sum_low[slot], weight * value, 0.0)
            square_high[slot], square_low[slot] = _add(square_high[slot], square_low[slot], weight * high, weight * low)
            counts[slot] += weights[i]
        if emit:
            out_counts[i] = counts[slot]
            out[i] = 0.0
            if counts[slot] > 0:
                out[i] = _spread(counts[slot], sum_high[slot], sum_low[slot], square_high[slot], square_low[slot])


@kernel(I64R, F64R, F64R, F64R, F64R, I64R, F64)
def spreads(slots: Any, sum_high: Any, sum_low: Any, square_high: Any, square_low: Any, counts: Any, out: Any) -> None:
    """``out[i]`` = the sum of squared distances from the mean of ``slots[i]``; 0 without values."""
    for i in range(len(slots)):
        slot = slots[i]
        out[i] = 0.0
        if counts[slot] > 0:
            out[i] = _spread(counts[slot], sum_high[slot], sum_low[slot], square_high[slot], square_low[slot])


@kernel(I64R, I64R, F64, F64)
def merge_sums(into: Any, slots: Any, high: Any, low: Any) -> None:
    """Add the numbers of ``slots`` to those of ``into``, one after the other."""
    for i in range(len(into)):
        high[into[i]], low[into[i]] = _add(high[into[i]], low[into[i]], high[slots[i]], low[slots[i]])
