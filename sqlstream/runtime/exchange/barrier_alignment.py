"""Which channels have delivered the barrier of a checkpoint, and which must wait until all have."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from sqlstream.columnar.elements import Barrier


@dataclass(slots=True)
class _Pending:
    began: int
    delivered: set[int] = field(default_factory=set)


class BarrierAlignment:
    """Times are in ns, of any clock that never runs backward.

    With ``exactly_once`` a channel that has delivered its barrier is ``blocked`` until all have, and there is one
    checkpoint at a time: the barrier of a newer one ends the alignment of the older, whose barrier will not come any
    more on that channel. Otherwise no channel is ever blocked, and several checkpoints may wait for barriers.
    """

    def __init__(self, channels: int, exactly_once: bool) -> None:
        self._channels = channels
        self._exactly_once = exactly_once
        self._pending: dict[int, _Pending] = {}
        self._aligned = -1
        """The newest checkpoint whose barriers are all here; older ones do not matter any more."""
        self._aborted: set[int] = set()
        self.duration = 0
        """How long the last complete alignment took, in ns."""

    @property
    def blocked(self) -> AbstractSet[int]:
        """Channels that must not be read now."""
        if not self._exactly_once:
            return frozenset()
        return next((pending.delivered for pending in self._pending.values()), frozenset())

    def on_barrier(self, channel: int, barrier: Barrier, now: int) -> bool:
        """Whether with it all channels have delivered this barrier. One that is old, repeated, or of a checkpoint that
        was given up means nothing."""
        checkpoint_id = barrier.checkpoint_id
        if checkpoint_id <= self._aligned:
            return False
        if self._exactly_once:
            if any(other > checkpoint_id for other in self._pending):
                return False
            self._forget_before(checkpoint_id)
        if checkpoint_id in self._aborted:
            return False
        pending = self._pending.setdefault(checkpoint_id, _Pending(now))
        pending.delivered.add(channel)
        if len(pending.delivered) < self._channels:
            return False
        self.duration = now - pending.began
        self._aligned = checkpoint_id
        self._forget_before(checkpoint_id + 1)
        self._aborted = {aborted for aborted in self._aborted if aborted > checkpoint_id}
        return True

    def on_aborted(self, checkpoint_id: int) -> None:
        """The checkpoint will never complete: nobody waits for its barriers any more."""
        if checkpoint_id > self._aligned:
            self._pending.pop(checkpoint_id, None)
            self._aborted.add(checkpoint_id)

    def _forget_before(self, checkpoint_id: int) -> None:
        self._pending = {other: pending for other, pending in self._pending.items() if other >= checkpoint_id}
