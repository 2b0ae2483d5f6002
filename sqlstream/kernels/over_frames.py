"""Frames of OVER windows over rows that lie partition by partition, each partition in the order of its window.

Row ``i`` is in the partition of rows ``first[i]`` to ``end[i]`` (excluded); a frame is the rows ``starts[i]`` to
``ends[i]``. Within a partition neither bound ever goes back.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sqlstream.kernels.compiled import F64R, I64, I64R, U8R, Part, boolean, int64, kernel

_GREATEST = 2**63 - 1
_LEAST = -(2**63)


@Part
def _saturated(value: Any, offset: Any) -> Any:
    # The sum must not run over: compiled code may take it for granted that it does not.
    if offset > 0 and value > _GREATEST - offset:
        return _GREATEST
    if offset < 0 and value < _LEAST - offset:
        return _LEAST
    return value + offset


@kernel(I64R, U8R, I64R, I64R, I64R, I64R, int64, boolean, I64)
def distance_int64(
    values: Any, odd: Any, first: Any, end: Any, peer_first: Any, peer_end: Any, offset: Any, is_start: Any, out: Any
) -> None:
    """``out[i]`` = the bound of a RANGE frame at ``values[i] + offset``: the first row whose value is not below it
    (``is_start``), or the first whose value is above it.

    ``values`` ascend within a partition. ``odd`` rows (NULL) have no distance to others: their frame is their equals.
    They are the first or the last of their partition.
    """
    at = last = np.int64(0)
    for i in range(len(values)):
        if first[i] == i:
            at, last = np.int64(i), end[i]
            while at < last and odd[at]:
                at += 1
            while last > at and odd[last - 1]:
                last -= 1
        if odd[i]:
            out[i] = peer_first[i] if is_start else peer_end[i]
            continue
        target = _saturated(values[i], offset)
        if is_start:
            while at < last and values[at] < target:
                at += 1
        else:
            while at < last and values[at] <= target:
                at += 1
        out[i] = at


@kernel(F64R, U8R, I64R, I64R, I64R, I64R, "float64", boolean, I64)
def distance_float64(
    values: Any, odd: Any, first: Any, end: Any, peer_first: Any, peer_end: Any, offset: Any, is_start: Any, out: Any
) -> None:
    """As :func:`distance_int64`; NaN is odd too."""
    at = last = np.int64(0)
    for i in range(len(values)):
        if first[i] == i:
            at, last = np.int64(i), end[i]
            while at < last and odd[at]:
                at += 1
            while last > at and odd[last - 1]:
                last -= 1
        if odd[i]:
            out[i] = peer_first[i] if is_start else peer_end[i]
            continue
        target = values[i] + offset
        if is_start:
            while at < last and values[at] < target:
                at += 1
        else:
            while at < last and values[at] <= target:
                at += 1
        out[i] = at


@kernel(I64R, U8R, I64R, I64R, I64R, boolean, I64)
def extremes(values: Any, valid: Any, first: Any, starts: Any, ends: Any, greatest: Any, out: Any) -> None:
    """``out[i]`` = the row of the least (or ``greatest``) of the ``valid`` values in the frame; -1 without any.

    The candidates wait in a queue, each better than those after it.
    """
    queue = np.empty(len(values), np.int64)
    head = tail = added = np.int64(0)
    for i in range(len(values)):
        if first[i] == i:
            head = tail = np.int64(0)
            added = np.int64(i)
        while added < ends[i]:
            if valid[added]:
                value = values[added]
                while tail > head and (
                    values[queue[tail - 1]] <= value if greatest else values[queue[tail - 1]] >= value
                ):
                    tail -= 1
                queue[tail] = added
                tail += 1
            added += 1
        while head < tail and queue[head] < starts[i]:
            head += 1
        out[i] = queue[head] if head < tail else -1
