"""Where a subtask reads: all its channels as one stream of elements."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from functools import partial

from sqlstream.columnar.elements import Element
from sqlstream.runtime.exchange.cancellation import Cancellation
from sqlstream.runtime.exchange.channel import Channel


class InputGate:
    """Hands out the next element of whichever channel has one, in turn, so that no channel starves and none is ever
    waited for while another could be read (which is what keeps a join free of deadlock).

    Barrier alignment belongs here: a channel that has delivered its barrier is left out of the turn until all have.
    """

    def __init__(self, channels: Sequence[Channel], cancellation: Cancellation) -> None:
        self._channels = tuple(channels)
        self._cancellation = cancellation
        self._changed = threading.Condition()
        self._ready: deque[int] = deque()
        self._error: Exception | None = None
        self.bytes_taken = 0
        cancellation.on_cancel(self._wake)
        for index, channel in enumerate(self._channels):
            channel.attach(partial(self._on_ready, index), self._on_failed)

    def next(self, timeout: float | None) -> tuple[int, Element] | None:
        """The next element and the index of its channel, or None after ``timeout`` seconds without one.

        Raises TaskCanceledError, or the error of a channel whose producer was lost.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while True:
                self._cancellation.check()
                if self._error is not None:
                    raise self._error
                if self._ready:
                    index = self._ready.popleft()
                    break
                remaining = None if deadline is None else deadline - time.monotonic()
                if remaining is not None and remaining <= 0:
                    return None
                self._changed.wait(remaining)
        element, size, more = self._channels[index].take()
        self.bytes_taken += size
        if more:
            with self._changed:
                self._ready.append(index)
        return index, element

    def _on_ready(self, index: int) -> None:
        with self._changed:
            self._ready.append(index)
            self._changed.notify_all()

    def _on_failed(self, error: Exception) -> None:
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
