"""Bags of values by slot: every distinct value of a slot is an entry, and a slot's entries form a chain."""

from __future__ import annotations

from typing import Any

import numpy as np

from sqlstream.kernels.compiled import I8, I8R, I64, I64R, kernel


@kernel(I64R, I64R, I64, I64, I64, I64)
def link_entries(slots: Any, entries: Any, heads: Any, tails: Any, following: Any, preceding: Any) -> None:
    """Put ``entries[i]`` at the end of the chain of ``slots[i]``; -1 ends a chain."""
    for i in range(len(entries)):
        slot, entry = slots[i], entries[i]
        tail = tails[slot]
        following[entry] = -1
        preceding[entry] = tail
        if tail < 0:
            heads[slot] = entry
        else:
            following[tail] = entry
        tails[slot] = entry


@kernel(I64R, I64R, I64, I64, I64, I64)
def unlink_entries(slots: Any, entries: Any, heads: Any, tails: Any, following: Any, preceding: Any) -> None:
    """Take ``entries[i]`` out of the chain of ``slots[i]``."""
    for i in range(len(entries)):
        slot = slots[i]
        after, before = following[entries[i]], preceding[entries[i]]
        if before < 0:
            heads[slot] = after
        else:
            following[before] = after
        if after < 0:
            tails[slot] = before
        else:
            preceding[after] = before


@kernel(I64R, I64R, I64R)
def chained_entries(slots: Any, heads: Any, following: Any) -> Any:
    """All entries of ``slots``, oldest first: (which element of ``slots`` each is of, ascending; the entries)."""
    total = 0
    for i in range(len(slots)):
        entry = heads[slots[i]]
        while entry >= 0:
            total += 1
            entry = following[entry]
    positions, entries = np.empty(total, np.int64), np.empty(total, np.int64)
    at = 0
    for i in range(len(slots)):
        entry = heads[slots[i]]
        while entry >= 0:
            positions[at] = i
            entries[at] = entry
            at += 1
            entry = following[entry]
    return positions, entries


@kernel(I64R, I64R, I64, I64)
def add_counts(entries: Any, weights: Any, counts: Any, out: Any) -> None:
    """How often each entry is in its bag; ``out`` (or empty) receives it after each row."""
    emit = len(out) > 0
    for i in range(len(entries)):
        counts[entries[i]] += weights[i]
        if emit:
            out[i] = counts[entries[i]]


@kernel(I64R, I8R, I64, I8)
def first_and_last(entries: Any, weights: Any, counts: Any, out: Any) -> None:
    """Add ``weights`` to the entries' counts: ``out`` is 1 where one comes to be there, -1 where it is no more."""
    for i in range(len(entries)):
        weight = weights[i]
        out[i] = 0
        if weight != 0:
            after = counts[entries[i]] + weight
            counts[entries[i]] = after
            if weight > 0 and after == 1:
                out[i] = 1
            elif weight < 0 and after == 0:
                out[i] = -1
