"""Where a subtask reads: all its channels as one stream of elements."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from functools import partial

from sqlstream.columnar.elements import Barrier, Element
from sqlstream.runtime.exchange.barrier_alignment import BarrierAlignment
from sqlstream.runtime.exchange.cancellation import Cancellation
from sqlstream.runtime.exchange.channel import Channel


class InputGate:
    """Hands out the next element of whichever channel has one, in turn, so that no channel starves and none is ever
    waited for while another could be read (which is what keeps a join free of deadlock).

    A barrier is handed out once, when every channel has delivered it. With ``exactly_once`` a channel that has is left
    out of the turn until then; its producer waits when the channel is full.
    """

    def __init__(self, channels: Sequence[Channel], cancellation: Cancellation, exactly_once: bool = True) -> None:
        self._channels = tuple(channels)
        self._cancellation = cancellation
        self._alignment = BarrierAlignment(max(1, len(self._channels)), exactly_once)
        self._changed = threading.Condition()
        self._ready: deque[int] = deque()
        self._held: list[int] = []
        """Blocked channels that have something to read."""
        self._interrupted = False
        self._error: Exception | None = None
        self.bytes_taken = 0
        cancellation.on_cancel(self._wake)
        for index, channel in enumerate(self._channels):
            channel.attach(partial(self._on_ready, index), self._on_failed)

    @property
    def alignment_ms(self) -> int:
        """Between the first and the last channel's delivery of the barrier handed out last."""
        return self._alignment.duration // 1_000_000

    def next(self, timeout: float | None) -> tuple[int, Element] | None:
        """The next element and the index of its channel (of a barrier: the last one), or None after ``timeout``
        seconds without one, or after :meth:`interrupt`.

        Raises TaskCanceledError, or the error of a channel whose producer was lost.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (index := self._await_ready(deadline)) is not None:
            element, size, more = self._channels[index].take()
            self.bytes_taken += size
            if isinstance(element, Barrier):
                if self._on_barrier(index, element, more):
                    return index, element
                continue
            if more:
                with self._changed:
                    self._ready.append(index)
            return index, element
        return None

    def begin(self, barrier: Barrier) -> bool:
        """Of a subtask without channels, whose checkpoints are triggered: whether to take this one. One that is old,
        repeated or given up is not to be taken."""
        return self._alignment.on_barrier(0, barrier, time.monotonic_ns())

    def abort(self, checkpoint_id: int) -> None:
        """The checkpoint is given up: what waits for its barriers goes on. From the thread that reads."""
        with self._changed:
            self._alignment.on_aborted(checkpoint_id)
            self._sort()

    def interrupt(self) -> None:
        """Let a :meth:`next` that waits, or else the next one, return None at once. From any thread."""
        with self._changed:
            self._interrupted = True
            self._changed.notify_all()

    def _await_ready(self, deadline: float | None) -> int | None:
        with self._changed:
            while True:
                self._cancellation.check()
                if self._error is not None:
                    raise self._error
                if self._interrupted:
                    self._interrupted = False
                    return None
                if self._ready:
                    return self._ready.popleft()
                remaining = None if deadline is None else deadline - time.monotonic()
                if remaining is not None and remaining <= 0:
                    return None
                self._changed.wait(remaining)

    def _on_barrier(self, index: int, barrier: Barrier, more: bool) -> bool:
        with self._changed:
            aligned = self._alignment.on_barrier(index, barrier, time.monotonic_ns())
            if more:
                self._ready.append(index)
            self._sort()
        return aligned

    def _sort(self) -> None:
        """Blocked channels are held, all others are ready."""
        blocked = self._alignment.blocked
        waiting = [*self._held, *self._ready]
        self._ready = deque(index for index in waiting if index not in blocked)
        self._held = [index for index in waiting if index in blocked]

    def _on_ready(self, index: int) -> None:
        with self._changed:
            if index in self._alignment.blocked:
                self._held.append(index)
                return
            self._ready.append(index)
            self._changed.notify_all()

    def _on_failed(self, error: Exception) -> None:
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
