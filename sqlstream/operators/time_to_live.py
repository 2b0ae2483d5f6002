"""State that is forgotten some time after it was last written: ``table.exec.state.ttl``.

As in Flink, time is processing time, every write of a key puts its end off, and reading does not. What has expired is
never seen again; it is dropped when its key comes again, and from time to time in all keys that are in memory.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.operators.base import OperatorContext
from sqlstream.operators.environment import clock_of
from sqlstream.state.keyed_table import KeyedTable
from sqlstream.state.slot_state import SlotState

_SWEEPS_A_LIFE = 2
_SHORTEST_PAUSE = 1_000
"""Between two sweeps, ms."""


def pause_between_sweeps(ttl: int) -> int:
    """How long, in ms, not to look for what has expired."""
    return max(ttl // _SWEEPS_A_LIFE, _SHORTEST_PAUSE)


class TimeToLive:
    """Forgets ``state`` by slot ``ttl`` ms after it was last written; for ever is 0. What a keyed table keeps is
    :attr:`kept`, the time of the last write being part of it.

    The operator calls :meth:`touch` with the slots that a batch gave it, before it looks at their state.
    """

    def __init__(self, state: SlotState, ttl: int, context: OperatorContext) -> None:
        self._state, self._ttl = state, ttl
        self._clock = clock_of(context)
        self._written = SlotArrays(np.int64)
        self._next_sweep = self._clock() + pause_between_sweeps(ttl)

    @property
    def kept(self) -> SlotState:
        """What a keyed table is to keep: the state alone where it lives for ever."""
        return self if self._ttl else self._state

    @property
    def nbytes(self) -> int:
        return self._state.nbytes + self._written.nbytes

    def touch(self, slots: Int64s) -> None:
        """``slots`` are written now; those that have expired are empty first."""
        if not self._ttl:
            return
        now = self._clock()
        written = self._written[0]
        expired = np.unique(slots[self._expired(slots, now)])
        if len(expired):
            self._state.reset(expired)
        written[slots] = now

    def next_timer(self) -> int | None:
        """When to call :meth:`sweep`."""
        return self._next_sweep if self._ttl else None

    def sweep(self, table: KeyedTable, now: int) -> None:
        """Drop all keys in memory that have expired."""
        if now < self._next_sweep:
            return
        self._next_sweep = now + pause_between_sweeps(self._ttl)
        slots = table.index.live_slots()
        table.remove(slots[self._expired(slots, now)])
        table.settle()

    def reserve(self, slots: int) -> None:
        self._written.reserve(slots)
        self._state.reserve(slots)

    def reset(self, slots: Int64s) -> None:
        self._written.reset(slots)
        self._state.reset(slots)

    def clear(self) -> None:
        self._written.clear()
        self._state.clear()

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return [*self._state.snapshot(slots), *self._written.snapshot(slots)]

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        self._state.restore(slots, columns[:-1])
        self._written.restore(slots, columns[-1:])

    def _expired(self, slots: Int64s, now: int) -> Mask:
        written = self._written[0][slots]
        expired: Mask = (written > 0) & (written + self._ttl <= now)
        return expired
