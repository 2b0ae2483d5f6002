"""A pairing heap of bag entries for each slot: the least (or greatest) value under additions and retractions.

An entry whose count falls to zero stays in its heap until it comes to the root; only then is it taken out. Entries
are compared by the records of their key index (see :mod:`sqlstream.kernels.key_index`): ``words`` numbers from
``first`` on, and then, when ``text`` is true, their bytes. Source: Fredman, Sedgewick, Sleator, Tarjan, "The pairing
heap", 1986.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sqlstream.kernels.compiled import I8, I64, I64R, U8R, Part, boolean, int64, kernel
from sqlstream.kernels.key_index import R_LENGTH, R_START


@Part
def _less(a: Any, b: Any, records: Any, stride: Any, first: Any, words: Any, arena: Any, text: Any) -> Any:
    x, y = a * stride, b * stride
    for j in range(first, first + words):
        if records[x + j] != records[y + j]:
            return records[x + j] < records[y + j]
    if not text:
        return False
    p, q = records[x + R_START], records[y + R_START]
    m, n = records[x + R_LENGTH], records[y + R_LENGTH]
    for k in range(min(m, n)):
        if arena[p + k] != arena[q + k]:
            return arena[p + k] < arena[q + k]
    return m < n


@Part
def _meld(
    a: Any, b: Any, child: Any, sibling: Any, greatest: Any,
    records: Any, stride: Any, first: Any, words: Any, arena: Any, text: Any,
) -> Any:  # fmt: skip
    if a < 0:
        return b
    if b < 0:
        return a
    if _less(b, a, records, stride, first, words, arena, text) != greatest:
        a, b = b, a
    sibling[b] = child[a]
    child[a] = b
    return a


@Part
def _pop(
    root: Any, child: Any, sibling: Any, greatest: Any,
    records: Any, stride: Any, first: Any, words: Any, arena: Any, text: Any,
) -> Any:  # fmt: skip
    pairs = np.int64(-1)
    a = child[root]
    while a >= 0:
        b = sibling[a]
        rest = np.int64(-1) if b < 0 else sibling[b]
        sibling[a] = -1
        if b >= 0:
            sibling[b] = -1
        pair = _meld(a, b, child, sibling, greatest, records, stride, first, words, arena, text)
        sibling[pair] = pairs
        pairs = pair
        a = rest
    top = np.int64(-1)
    while pairs >= 0:
        rest = sibling[pairs]
        sibling[pairs] = -1
        top = _meld(top, pairs, child, sibling, greatest, records, stride, first, words, arena, text)
        pairs = rest
    child[root] = -1
    sibling[root] = -1
    return top


@kernel(I64R, I64R, I64R, boolean, I64, I64, I64, I64, I8, I64R, int64, int64, int64, U8R, boolean, I64)
def running_extreme(
    slots: Any, entries: Any, weights: Any, greatest: Any,
    roots: Any, counts: Any, child: Any, sibling: Any, queued: Any,
    records: Any, stride: Any, first: Any, words: Any, arena: Any, text: Any, out: Any,
) -> None:  # fmt: skip
    """Add ``weights[i]`` to the count of ``entries[i]``, which is of ``slots[i]``; an entry of -1 changes nothing.

    ``out[i]`` (or empty) = the entry that is then the slot's extreme, or -1. ``queued[entry]`` is 1 while the entry is
    in its heap.
    """
    emit = len(out) > 0
    for i in range(len(entries)):
        slot, entry = slots[i], entries[i]
        root = roots[slot]
        if entry >= 0:
            counts[entry] += weights[i]
            if counts[entry] > 0 and queued[entry] == 0:
                child[entry] = -1
                sibling[entry] = -1
                queued[entry] = 1
                root = _meld(root, entry, child, sibling, greatest, records, stride, first, words, arena, text)
            while root >= 0 and counts[root] <= 0:
                queued[root] = 0
                root = _pop(root, child, sibling, greatest, records, stride, first, words, arena, text)
            roots[slot] = root
        if emit:
            out[i] = root
