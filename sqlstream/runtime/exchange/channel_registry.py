"""The channels of one process, found by id from either end, whichever comes first."""

from __future__ import annotations

import threading

from sqlstream.errors import ClusterError
from sqlstream.runtime.deployment import ChannelId
from sqlstream.runtime.exchange.channel import Channel, ChannelCapacity
from sqlstream.types.schema import Schema


class ChannelRegistry:
    """Thread-safe. A consumer registers its channels when it is deployed; network producers wait for that."""

    def __init__(self, capacity: ChannelCapacity) -> None:
        self._capacity = capacity
        self._changed = threading.Condition()
        self._channels: dict[ChannelId, Channel] = {}
        self._expected: dict[ChannelId, Schema] = {}
        """Those whose network producer may connect."""
        self._consumed: set[ChannelId] = set()
        """Those whose consumer is deployed."""

    def obtain(self, channel_id: ChannelId) -> Channel:
        """The channel ``channel_id``, made now if this is its first end."""
        with self._changed:
            return self._obtain(channel_id)

    def register_consumer(self, channel_id: ChannelId, schema: Schema) -> Channel:
        """The channel, now open to a network producer that sends rows of ``schema``."""
        with self._changed:
            channel = self._obtain(channel_id)
            self._expected[channel_id] = schema
            self._consumed.add(channel_id)
            self._changed.notify_all()
            return channel

    def __len__(self) -> int:
        return len(self._channels)

    def connect(self, channel_id: ChannelId, timeout: float) -> tuple[Channel, Schema]:
        """The channel for its one network producer, once its consumer is deployed.

        ClusterError when that does not happen within ``timeout`` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: channel_id in self._expected, timeout):
                raise ClusterError(
                    f"No task reads channel {channel_id.edge_id} {channel_id.producer}->{channel_id.consumer} "
                    f"of job {channel_id.job_id}."
                )
            return self._channels[channel_id], self._expected.pop(channel_id)

    def discard(self, channel_id: ChannelId) -> None:
        """The consumer has ended: forget the channel."""
        with self._changed:
            self._expected.pop(channel_id, None)
            self._consumed.discard(channel_id)
            channel = self._channels.pop(channel_id, None)
        if channel is not None:
            channel.close()

    def abandon(self, channel_id: ChannelId) -> None:
        """The producer has ended before its time: forget the channel, unless its consumer is there."""
        with self._changed:
            if channel_id not in self._consumed:
                self._channels.pop(channel_id, None)

    def release(self, job_id: str) -> None:
        """Forget every channel of ``job_id``."""
        with self._changed:
            released = [channel_id for channel_id in self._channels if channel_id.job_id == job_id]
        for channel_id in released:
            self.discard(channel_id)

    def _obtain(self, channel_id: ChannelId) -> Channel:
        channel = self._channels.get(channel_id)
        if channel is None:
            channel = self._channels[channel_id] = Channel(channel_id, self._capacity)
        return channel
