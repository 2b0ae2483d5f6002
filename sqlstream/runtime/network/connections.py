"""This process's Flight connections to other TaskManagers: one an address, shared by all channels to it."""

from __future__ import annotations

import threading

import pyarrow.flight as flight

from sqlstream.runtime.deployment import ChannelId
from sqlstream.runtime.exchange.activity import ActivityClock
from sqlstream.runtime.exchange.cancellation import Cancellation
from sqlstream.runtime.exchange.channel import ChannelCapacity
from sqlstream.runtime.network.remote_writer import RemoteWriter
from sqlstream.types.schema import Schema

_OPTIONS = [("grpc.min_reconnect_backoff_ms", 3_000)]
"""How long, in spite of its name, one attempt to connect may take: a cancel must not wait gRPC's 20 s for a peer that
is there and does not answer."""


class Connections:
    """Thread-safe."""

    def __init__(self, own_address: str, capacity: ChannelCapacity) -> None:
        self._own_address = own_address
        self._capacity = capacity
        self._lock = threading.Lock()
        self._clients: dict[str, flight.FlightClient] = {}

    def writer(
        self, address: str, channel: ChannelId, schema: Schema, cancellation: Cancellation, activity: ActivityClock
    ) -> RemoteWriter:
        """The producer's end of ``channel``, whose consumer is at ``address`` (host:port)."""
        return RemoteWriter(
            self._client(address), address, self._own_address, channel, schema, self._capacity, cancellation, activity
        )

    def close(self) -> None:
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()

    def _client(self, address: str) -> flight.FlightClient:
        with self._lock:
            if address not in self._clients:
                self._clients[address] = flight.FlightClient(f"grpc://{address}", generic_options=_OPTIONS)
            return self._clients[address]
