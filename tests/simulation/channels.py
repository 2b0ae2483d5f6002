"""What travels between model tasks: a queue for each channel, in the memory of its consumer's TaskManager."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from sqlstream.columnar.elements import Barrier, EndOfInput
from sqlstream.plan.jobgraph import Forward
from sqlstream.runtime.deployment import ChannelId, InputChannel, OutputEdge
from tests.simulation.jobs import MAX_PARALLELISM, key_of
from tests.simulation.operators import Element
from tests.simulation.violations import Violation

if TYPE_CHECKING:
    from tests.simulation.task import ModelTask

Item = Element | Barrier | EndOfInput

_CONNECTION_ATTEMPTS = 20
_RETRY = 500


class Channel:
    """``producer_gone`` and ``consumer_gone``: that end is no more, and did not end in order."""

    def __init__(self, input_channel: InputChannel, consumer: ModelTask) -> None:
        self.id = input_channel.channel
        self.input = input_channel.input
        self.consumer = consumer
        self.queue: deque[Item] = deque()
        self.producer_gone = False
        self.consumer_gone = False
        self.ended = False


class Link:
    """The producer's end of a channel: connects when the consumer is there."""

    def __init__(self, producer: ModelTask, address: str, channel_id: ChannelId) -> None:
        self.producer = producer
        self.address = address
        self.id = channel_id
        self.channel: Channel | None = None
        self.waiting: list[Item] = []
        self._attempts = 0

    def send(self, item: Item) -> None:
        if self.channel is None:
            self.waiting.append(item)
            if len(self.waiting) == 1:
                self._connect()
        elif self.channel.consumer_gone:
            self.producer.peer_lost(f"the connection to {self.address} is broken")
        else:
            self.channel.queue.append(item)
            self.channel.consumer.wake()

    def _connect(self) -> None:
        if self.producer.over:
            return
        manager = self.producer.manager.world.task_manager_at(self.address)
        channel = None if manager is None else manager.channels.get(self.id)
        if channel is not None:
            self.channel = channel
            waiting, self.waiting = self.waiting, []
            for item in waiting:
                self.send(item)
            return
        self._attempts += 1
        if manager is None or self._attempts > _CONNECTION_ATTEMPTS:
            self.producer.fail(f"nobody at {self.address} takes its rows")
        else:
            self.producer.manager.after(_RETRY, self._connect)


class Output:
    """An edge as the producer sees it."""

    def __init__(self, producer: ModelTask, edge: OutputEdge) -> None:
        execution = producer.execution
        for channel in edge.channels:
            if (channel.attempt, channel.epoch) != (execution.attempt, execution.epoch):
                raise Violation("no-task-twice", f"{execution} is to write to {channel}")
        self._links = [Link(producer, a, c) for a, c in zip(edge.addresses, edge.channels, strict=True)]
        self._forward = isinstance(edge.partitioning, Forward)

    def send(self, element: Element) -> None:
        number = 0 if self._forward else key_of(element[0]) * len(self._links) // MAX_PARALLELISM
        self._links[number].send(element)

    def broadcast(self, item: Barrier | EndOfInput) -> None:
        for link in self._links:
            link.send(item)

    @property
    def is_delivered(self) -> bool:
        """Whether all that was sent is with the consumers."""
        return all(not link.waiting for link in self._links)

    def abandon(self) -> None:
        """The producer has ended out of order: its consumers find out."""
        for link in self._links:
            if link.channel is not None:
                link.channel.producer_gone = True
                link.channel.consumer.wake()
