"""Doubly linked chains of rows, one a slot: the rows of a key, oldest first.

``head``, ``tail`` and ``size`` are indexed by slot; ``next_`` and ``previous`` and ``slot_of`` by row. -1 ends a chain.
"""

from __future__ import annotations

from typing import Any

from sqlstream.kernels.compiled import I64, I64R, Part, int64, kernel


@kernel(I64R, int64, I64, I64, I64, I64, I64, I64)
def link(slots: Any, first_row: Any, head: Any, tail: Any, size: Any, next_: Any, previous: Any, slot_of: Any) -> None:
    """Append row ``first_row + i`` to the chain of ``slots[i]``."""
    for i in range(len(slots)):
        row = first_row + i
        slot = slots[i]
        slot_of[row] = slot
        next_[row] = -1
        previous[row] = tail[slot]
        if tail[slot] < 0:
            head[slot] = row
        else:
            next_[tail[slot]] = row
        tail[slot] = row
        size[slot] += 1


@Part
def _unlink(row: Any, head: Any, tail: Any, size: Any, next_: Any, previous: Any, slot_of: Any) -> None:
    slot = slot_of[row]
    before, after = previous[row], next_[row]
    if before < 0:
        head[slot] = after
    else:
        next_[before] = after
    if after < 0:
        tail[slot] = before
    else:
        previous[after] = before
    size[slot] -= 1


@kernel(I64R, I64, I64, I64, I64, I64, I64)
def unlink(rows: Any, head: Any, tail: Any, size: Any, next_: Any, previous: Any, slot_of: Any) -> None:
    """Take distinct, linked ``rows`` out of their chains."""
    for i in range(len(rows)):
        _unlink(rows[i], head, tail, size, next_, previous, slot_of)


@kernel(I64R, I64, I64, I64, I64, I64, I64, I64)
def pop_oldest(slots: Any, head: Any, tail: Any, size: Any, next_: Any, previous: Any, slot_of: Any, out: Any) -> None:
    """``out[i]`` = the oldest row of ``slots[i]``'s chain, taken out of it; -1 if there is none, or no slot (-1)."""
    for i in range(len(slots)):
        slot = slots[i]
        out[i] = -1
        if slot >= 0 and head[slot] >= 0:
            out[i] = head[slot]
            _unlink(out[i], head, tail, size, next_, previous, slot_of)


@kernel(I64R, I64R, I64R, I64, I64)
def expand(slots: Any, head: Any, next_: Any, probes: Any, rows: Any) -> None:
    """All pairs (i, row of ``slots[i]``'s chain) into ``probes`` and ``rows``, which are exactly long enough."""
    at = 0
    for i in range(len(slots)):
        row = head[slots[i]] if slots[i] >= 0 else -1
        while row >= 0:
            probes[at] = i
            rows[at] = row
            at += 1
            row = next_[row]
