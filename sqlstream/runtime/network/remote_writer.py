"""The producer's end of a channel to another process: a Flight exchange stream under credit.

The consumer grants credit for as many batches as its channel has room for, and again for those it has taken. So a
batch on the wire always finds room at its consumer, the stream is never left unread, and channels that share a
connection cannot hold each other up.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.flight as flight

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Element
from sqlstream.errors import ClusterError
from sqlstream.runtime.deployment import ChannelId
from sqlstream.runtime.exchange.activity import Activity, ActivityClock
from sqlstream.runtime.exchange.cancellation import Cancellation
from sqlstream.runtime.exchange.channel import ChannelCapacity, size_of
from sqlstream.runtime.network.flight_errors import first_line
from sqlstream.runtime.network.wire import (
    AbortMessage,
    ChannelRequest,
    CloseMessage,
    Credit,
    encode_batch,
    encode_control,
    wire_schema,
)
from sqlstream.types.schema import Schema

_CREDIT = msgspec.json.Decoder(Credit)


class RemoteWriter:
    """Connects when first written to. Used by the subtask's thread alone; a cancel breaks the stream under it."""

    def __init__(
        self,
        client: flight.FlightClient,
        address: str,
        own_address: str,
        channel: ChannelId,
        schema: Schema,
        capacity: ChannelCapacity,
        cancellation: Cancellation,
        activity: ActivityClock,
    ) -> None:
        self._client = client
        self._address = address
        self._request = ChannelRequest(channel, own_address)
        self._schema = wire_schema(schema)
        self._capacity = capacity
        self._cancellation = cancellation
        self._activity = activity
        self._lock = threading.Lock()
        self._stream: tuple[Any, Any] | None = None
        self._credit = 0
        self._in_flight: deque[int] = deque()
        """Sizes of the batches sent and not yet taken, oldest first."""
        self._bytes = 0
        cancellation.on_cancel(self._break)

    def put(self, element: Element) -> None:
        """See :class:`~sqlstream.runtime.exchange.output_gate.ChannelWriter`."""
        try:
            writer, _ = self._open()
            if isinstance(element, Batch):
                self._await_room(size_of(element))
                data, header = encode_batch(element, self._schema)
                writer.write_with_metadata(data, header)
            else:
                writer.write_metadata(encode_control(element))
        except (pa.ArrowException, OSError) as error:
            raise self._lost(error) from error

    def finish(self) -> None:
        """Returns when the consumer's process has received everything."""
        if self._stream is None:
            return
        try:
            self._stream[0].write_metadata(msgspec.json.encode(CloseMessage()))
            self._stream[0].close()
        except (pa.ArrowException, OSError) as error:
            raise self._lost(error) from error

    def abort(self) -> None:
        """Says goodbye if the stream still works, so that the consumer does not take this process for lost."""
        stream = self._stream
        if stream is None:
            return
        try:
            stream[0].write_metadata(msgspec.json.encode(AbortMessage()))
            stream[0].close()
        except (pa.ArrowException, OSError):
            return  # the stream broke first; there is no one left to tell

    def _open(self) -> tuple[Any, Any]:
        if self._stream is not None:
            return self._stream
        descriptor = flight.FlightDescriptor.for_command(msgspec.json.encode(self._request))
        with self._lock:
            self._cancellation.check()
            stream: tuple[Any, Any] = self._client.do_exchange(descriptor)
            self._stream = stream
        stream[0].begin(self._schema)
        with self._activity.during(Activity.BACKPRESSURED):
            self._receive_credit(stream[1])
        return stream

    def _await_room(self, size: int) -> None:
        if self._has_room(size):
            self._credit -= 1
        else:
            assert self._stream is not None
            with self._activity.during(Activity.BACKPRESSURED):
                while not self._has_room(size):
                    self._receive_credit(self._stream[1])
            self._credit -= 1
        self._in_flight.append(size)
        self._bytes += size

    def _has_room(self, size: int) -> bool:
        return self._credit > 0 and self._capacity.admits(size, len(self._in_flight), self._bytes)

    def _receive_credit(self, reader: Any) -> None:
        try:
            metadata = reader.read_chunk().app_metadata
        except StopIteration:
            raise ClusterError(f"The connection to the TaskManager at {self._address} was closed by it.") from None
        granted = _CREDIT.decode(metadata).batches
        self._credit += granted
        for _ in range(min(granted, len(self._in_flight))):
            self._bytes -= self._in_flight.popleft()

    def _break(self) -> None:
        with self._lock:
            if self._stream is not None:
                self._stream[1].cancel()

    def _lost(self, error: Exception) -> Exception:
        self._cancellation.check()
        return ClusterError(
            f"The connection to the TaskManager at {self._address} was lost: {first_line(error)}",
            hint="Look into that TaskManager's log; the process may have died or be unreachable.",
        )
