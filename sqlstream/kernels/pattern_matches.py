"""Which whole matches of a row pattern count, where each forbids starts up to some row."""

from __future__ import annotations

from typing import Any

from sqlstream.kernels.compiled import I8, I8R, I64R, kernel

DROPPED = 0
WAITING = 1
CHOSEN = 2


@kernel(I64R, I64R, I8R, I64R, I8)
def choose_matches(partitions: Any, starts: Any, done: Any, next_starts: Any, out: Any) -> Any:
    """Partial matches, ordered by partition and start, become CHOSEN, DROPPED or WAITING in ``out``.

    The earliest one of a partition that is ``done`` is chosen, and those that start before ``next_starts`` of it are
    dropped. One that is not done makes all behind it wait.
    """
    partition, allowed, blocked = -1, 0, False
    for i in range(len(starts)):
        if partitions[i] != partition:
            partition, allowed, blocked = partitions[i], 0, False
        if starts[i] < allowed:
            out[i] = DROPPED
        elif blocked or not done[i]:
            out[i] = WAITING
            blocked = True
        else:
            out[i] = CHOSEN
            allowed = next_starts[i]
