"""A channel: the bounded queue between one producing and one consuming subtask, at the consumer's end.

In memory, the producer puts references into it and waits for room. From another process, a network stream feeds
it under a credit that equals its room. Either way no more than ``ChannelCapacity`` is ever held.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Element, Watermark, WatermarkStatus
from sqlstream.errors import ClusterError
from sqlstream.runtime.deployment import ChannelId
from sqlstream.runtime.exchange.cancellation import Cancellation, TaskCanceledError


@dataclass(frozen=True, slots=True)
class ChannelCapacity:
    """What may be in flight: ``batches``, and ``bytes`` unless a single batch is larger than that."""

    batches: int
    bytes: int

    def admits(self, size: int, batches: int, used: int) -> bool:
        """Whether a batch of ``size`` bytes may join ``batches`` others of ``used`` bytes."""
        return batches == 0 or (batches < self.batches and used + size <= self.bytes)


def size_of(batch: Batch) -> int:
    """Bytes of the rows of ``batch``, as if it shared no buffer."""
    kinds = 0 if batch.kinds is None else batch.kinds.nbytes
    return int(batch.data.nbytes) + kinds


class Channel:
    """Thread-safe: one producer, one consumer.

    Watermarks and idleness take no room: between two batches only the latest of each is kept, which is all that
    the consumer could act on, so they are bounded by the batches.
    """

    def __init__(self, channel_id: ChannelId, capacity: ChannelCapacity) -> None:
        self.id = channel_id
        self.capacity = capacity
        self._changed = threading.Condition()
        self._queue: deque[tuple[Element, int]] = deque()
        self._batches = 0
        self._bytes = 0
        self._closed = False
        self._error: Exception | None = None
        self._on_ready: Callable[[], None] | None = None
        self._on_failed: Callable[[Exception], None] | None = None
        self._on_taken: Callable[[int], None] | None = None

    @property
    def batches(self) -> int:
        """Batches held now."""
        return self._batches

    def attach(self, on_ready: Callable[[], None], on_failed: Callable[[Exception], None]) -> None:
        """The consumer's side: ``on_ready`` is called whenever the channel stops being empty."""
        with self._changed:
            self._on_ready, self._on_failed = on_ready, on_failed
            ready, error = bool(self._queue), self._error
        if error is not None:
            on_failed(error)
        if ready:
            on_ready()

    def on_batch_taken(self, callback: Callable[[int], None]) -> None:
        """The network's side: ``callback`` runs in the consumer's thread after it has taken a batch, and is told how
        many are left."""
        self._on_taken = callback

    def wake(self) -> None:
        """Let a blocked :meth:`put` look at its cancellation."""
        with self._changed:
            self._changed.notify_all()

    def try_put(self, element: Element) -> bool:
        """Append ``element`` if there is room; False if its producer has to wait."""
        size = size_of(element) if isinstance(element, Batch) else 0
        with self._changed:
            if isinstance(element, Batch) and not self._has_room(size):
                return False
            was_empty = self._append(element, size)
        self._notify(was_empty)
        return True

    def put(self, element: Element, cancellation: Cancellation) -> None:
        """Append ``element``, waiting for room. When the consumer is gone, waits for the producer's own cancel.

        Raises TaskCanceledError. ``cancellation`` must have been told to call :meth:`wake`.
        """
        size = size_of(element) if isinstance(element, Batch) else 0
        with self._changed:
            while isinstance(element, Batch) and not self._has_room(size):
                cancellation.check()
                self._changed.wait()
            was_empty = self._append(element, size)
        self._notify(was_empty)

    def receive(self, element: Element) -> None:
        """Append what the network brought, under the credit given; ClusterError when it exceeds the credit."""
        with self._changed:
            if isinstance(element, Batch) and self._batches >= self.capacity.batches and not self._closed:
                raise ClusterError(f"Channel {self.id} received more batches than its credit allows.")
            was_empty = self._append(element, size_of(element) if isinstance(element, Batch) else 0)
        self._notify(was_empty)

    def take(self) -> tuple[Element, int, bool]:
        """The next element, its size in bytes, and whether more follow. Only after ``on_ready``.

        Raises TaskCanceledError when the channel was closed under its consumer.
        """
        with self._changed:
            if self._closed:
                raise TaskCanceledError
            element, size = self._queue.popleft()
            if isinstance(element, Batch):
                self._batches -= 1
                self._bytes -= size
                self._changed.notify_all()
            more = bool(self._queue)
            left, on_taken = self._batches, self._on_taken
        if isinstance(element, Batch) and on_taken is not None:
            on_taken(left)
        return element, size, more

    def fail(self, error: Exception) -> None:
        """The producer is lost: the consumer's next read raises ``error``."""
        with self._changed:
            self._error = self._error or error
            on_failed = self._on_failed
        if on_failed is not None:
            on_failed(error)

    def close(self) -> None:
        """The consumer is gone: drop what is held and whatever may come."""
        with self._changed:
            self._closed = True
            self._queue.clear()
            self._batches = self._bytes = 0
            self._on_ready = self._on_failed = self._on_taken = None

    def _has_room(self, size: int) -> bool:
        return not self._closed and self.capacity.admits(size, self._batches, self._bytes)

    def _append(self, element: Element, size: int) -> bool:
        """Whether the channel was empty before."""
        if self._closed:
            return False
        was_empty = not self._queue
        if isinstance(element, Batch):
            self._batches += 1
            self._bytes += size
        elif isinstance(element, Watermark | WatermarkStatus):
            self._drop_superseded(type(element))
        self._queue.append((element, size))
        return was_empty

    def _drop_superseded(self, kind: type[Watermark] | type[WatermarkStatus]) -> None:
        for index in range(len(self._queue) - 1, -1, -1):
            waiting = self._queue[index][0]
            if isinstance(waiting, kind):
                del self._queue[index]
                return
            if not isinstance(waiting, Watermark | WatermarkStatus):
                return

    def _notify(self, was_empty: bool) -> None:
        on_ready = self._on_ready
        if was_empty and on_ready is not None:
            on_ready()
