"""Where a subtask writes: what leaves its chain goes along every edge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Element
from sqlstream.runtime.exchange.activity import Activity, ActivityClock
from sqlstream.runtime.exchange.cancellation import Cancellation
from sqlstream.runtime.exchange.channel import Channel, size_of
from sqlstream.runtime.exchange.gathering import BatchGatherer
from sqlstream.runtime.exchange.partitioner import Partitioner


class ChannelWriter(Protocol):
    """The producer's end of a channel; used by one thread."""

    def put(self, element: Element) -> None:
        """Blocks while the channel is full. Raises TaskCanceledError, or ClusterError when the peer is lost."""

    def finish(self) -> None:
        """Called once after EndOfInput, when no barrier follows either: everything has been handed over."""

    def abort(self) -> None:
        """The producer stops before its end; the consumer must not take that for an end."""


class LocalWriter:
    """To a consumer in the same process: references are passed."""

    def __init__(
        self, channel: Channel, cancellation: Cancellation, activity: ActivityClock, on_abort: Callable[[], None]
    ) -> None:
        self._channel = channel
        self._on_abort = on_abort
        self._cancellation = cancellation
        self._activity = activity
        cancellation.on_cancel(channel.wake)

    def put(self, element: Element) -> None:
        if not self._channel.try_put(element):
            with self._activity.during(Activity.BACKPRESSURED):
                self._channel.put(element, self._cancellation)

    def finish(self) -> None:
        """Nothing is held here."""

    def abort(self) -> None:
        """The channel stays silent; whoever fails or cancels this subtask sees to its consumers."""
        self._on_abort()


class OutputEdgeWriter:
    """One edge: partitions batches over its channels, gathers small ones, and keeps their order with the rest."""

    def __init__(
        self, partition: Partitioner, writers: Sequence[ChannelWriter], gatherers: Sequence[BatchGatherer]
    ) -> None:
        """``gatherers`` has one for each writer, or none where batches travel as they come."""
        self._partition = partition
        self._writers = tuple(writers)
        self._gatherers = tuple(gatherers)
        self.bytes_put = 0

    def put(self, batch: Batch, now: int) -> None:
        for position, part in self._partition(batch):
            ready = self._gatherers[position].add(part, now) if self._gatherers else part
            if ready is not None:
                self._send(position, ready)

    def broadcast(self, element: Element) -> None:
        """Anything but a batch: to every channel, after the rows that came before it."""
        for position, gatherer in enumerate(self._gatherers):
            self._flush(position, gatherer)
        for writer in self._writers:
            writer.put(element)

    @property
    def next_flush(self) -> int | None:
        """When (ms) rows held back have waited long enough."""
        return min((g.deadline for g in self._gatherers if g.deadline is not None), default=None)

    def flush_due(self, now: int) -> None:
        for position, gatherer in enumerate(self._gatherers):
            if gatherer.deadline is not None and gatherer.deadline <= now:
                self._flush(position, gatherer)

    def finish(self) -> None:
        for writer in self._writers:
            writer.finish()

    def abort(self) -> None:
        for writer in self._writers:
            writer.abort()

    def _flush(self, position: int, gatherer: BatchGatherer) -> None:
        gathered = gatherer.flush()
        if gathered is not None:
            self._send(position, gathered)

    def _send(self, position: int, batch: Batch) -> None:
        self.bytes_put += size_of(batch)
        self._writers[position].put(batch)


class OutputGate:
    """All edges that leave a chain; rows go along each."""

    def __init__(self, edges: Sequence[OutputEdgeWriter]) -> None:
        self._edges = tuple(edges)

    def put(self, element: Element, now: int) -> None:
        """Blocks while a channel is full."""
        for edge in self._edges:
            if isinstance(element, Batch):
                edge.put(element, now)
            else:
                edge.broadcast(element)

    @property
    def bytes_put(self) -> int:
        return sum(edge.bytes_put for edge in self._edges)

    @property
    def next_flush(self) -> int | None:
        return min((flush for edge in self._edges if (flush := edge.next_flush) is not None), default=None)

    def flush_due(self, now: int) -> None:
        """Send rows that have waited for ``execution.buffer-timeout.interval``."""
        for edge in self._edges:
            edge.flush_due(now)

    def finish(self) -> None:
        for edge in self._edges:
            edge.finish()

    def abort(self) -> None:
        for edge in self._edges:
            edge.abort()
