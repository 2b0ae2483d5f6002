"""Sequences of values by slot, from which values are taken back by what they are: the earliest equal one goes.

A node is one occurrence of a value: it is in the chain of its slot (oldest first) and in the queue of its entry, the
(slot, value) pair. -1 ends every chain and queue.
"""

from __future__ import annotations

from typing import Any

from sqlstream.kernels.compiled import I8R, I64, I64R, int64, kernel


@kernel(I64R, I64R, I8R, int64, I64, I64, I64, I64, I64, I64, I64, I64, I64, I64)
def change_sequences(
    slots: Any, entries: Any, weights: Any, first_node: Any,
    heads: Any, tails: Any, queue_heads: Any, queue_tails: Any,
    following: Any, preceding: Any, queued: Any, entry_of: Any, out_first: Any, out_last: Any,
) -> Any:  # fmt: skip
    """Append a node to ``slots[i]`` (weight 1), or take out the earliest one of ``entries[i]`` (weight -1), if any.

    New nodes are numbered from ``first_node``; returns the first number not taken. ``out_first`` and ``out_last`` (or
    empty) receive the first and last node of the slot after each row, or -1.
    """
    node = first_node
    emit = len(out_first) > 0
    for i in range(len(slots)):
        slot, entry = slots[i], entries[i]
        if weights[i] > 0:
            entry_of[node] = entry
            following[node] = -1
            preceding[node] = tails[slot]
            if tails[slot] < 0:
                heads[slot] = node
            else:
                following[tails[slot]] = node
            tails[slot] = node
            queued[node] = -1
            if queue_tails[entry] < 0:
                queue_heads[entry] = node
            else:
                queued[queue_tails[entry]] = node
            queue_tails[entry] = node
            node += 1
        elif weights[i] < 0 and queue_heads[entry] >= 0:
            gone = queue_heads[entry]
            queue_heads[entry] = queued[gone]
            if queued[gone] < 0:
                queue_tails[entry] = -1
            before, after = preceding[gone], following[gone]
            if before < 0:
                heads[slot] = after
            else:
                following[before] = after
            if after < 0:
                tails[slot] = before
            else:
                preceding[after] = before
        if emit:
            out_first[i] = heads[slot]
            out_last[i] = tails[slot]
    return node
