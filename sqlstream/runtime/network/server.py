"""A process's one data and control port: an Arrow Flight server.

``do_exchange`` receives the channels of producers in other processes, ``do_get`` serves the results of collect sinks,
``do_action`` runs whatever control actions the process was given.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.flight as flight

from sqlstream.config.options import PARTITION_REQUEST_TIMEOUT
from sqlstream.errors import ClusterError, SqlStreamError
from sqlstream.runtime.exchange.channel import Channel
from sqlstream.runtime.network.flight_errors import first_line
from sqlstream.runtime.network.wire import (
    AbortMessage,
    BatchHeader,
    ChannelRequest,
    CloseMessage,
    Credit,
    ResultTicket,
    control_element,
    decode_batch,
    decode_message,
    encode_batch,
    wire_schema,
)
from sqlstream.runtime.task.executor import TaskExecutor
from sqlstream.runtime.task.result_queue import ResultQueue

Action = Callable[[bytes], bytes]


class DataServer(flight.FlightServerBase):  # type: ignore[misc]
    """Serves from the moment it is made. Every message is validated; nothing received is ever executed."""

    def __init__(
        self,
        host: str,
        port: int,
        executor: TaskExecutor | None,
        actions: Mapping[str, Action],
        external_host: str | None = None,
    ) -> None:
        """Binds ``host``:``port`` (0 is any free port); others reach it at ``external_host``, if that differs.

        ``executor`` is None in a process that runs no tasks; one that has no address yet is given this server's.
        Raises ClusterError when the port cannot be bound.
        """
        self._executor = executor
        self._actions = dict(actions)
        try:
            super().__init__(f"grpc://{host}:{port}")
        except (pa.ArrowException, OSError) as error:
            raise ClusterError(
                f"Cannot listen on {host}:{port}: {first_line(error)}",
                hint="Another process may use the port; choose another one, or 0 for any free port.",
            ) from None
        self.address = f"{external_host or host}:{self.port}"
        if executor is not None and executor.address is None:
            executor.address = self.address

    def close(self, timeout: float = 5.0) -> None:
        """Stops serving; waits up to ``timeout`` seconds for calls in progress (close the executor first)."""
        stopping = threading.Thread(target=self.shutdown, name="data-server-shutdown", daemon=True)
        stopping.start()
        stopping.join(timeout)

    def do_exchange(self, context: Any, descriptor: Any, reader: Any, writer: Any) -> None:
        """One producer's channel, until it is closed. See :mod:`sqlstream.runtime.network.remote_writer`."""
        request = _decode(descriptor.command, ChannelRequest)
        executor = self._require_executor()
        try:
            timeout = executor.configuration.option(PARTITION_REQUEST_TIMEOUT) / 1000
            channel, schema = executor.channels.connect(request.channel, timeout)
        except ClusterError as error:
            raise flight.FlightServerError(error.message) from None
        if reader.schema.types != wire_schema(schema).types:
            raise flight.FlightServerError("The rows sent on the channel are not of the type its consumer reads.")
        grants = _Grants(writer, channel.capacity.batches)
        channel.on_batch_taken(grants.taken)
        try:
            _receive(channel, reader)
        except SqlStreamError as error:
            channel.fail(error)
            raise flight.FlightServerError(error.message) from None
        except (pa.ArrowException, OSError, StopIteration):
            lost = ClusterError(
                f"The connection to the TaskManager at {request.sender} was lost.",
                hint="Look into that TaskManager's log; the process may have died or be unreachable.",
            )
            channel.fail(lost)
            raise flight.FlightServerError(lost.message) from None
        finally:
            grants.close()

    def do_get(self, context: Any, ticket: Any) -> Any:
        """The rows of a job's collect sink, as they come. One reader a job."""
        executor = self._require_executor()
        job_id = _decode(ticket.ticket, ResultTicket).job_id
        queue = executor.results(job_id)
        try:
            schema = wire_schema(queue.schema(executor.configuration.option(PARTITION_REQUEST_TIMEOUT) / 1000))
        except ClusterError as error:
            executor.discard_unused_result(job_id)
            raise flight.FlightServerError(error.message) from None
        return flight.GeneratorStream(schema, _result_stream(queue, schema))

    def do_action(self, context: Any, action: Any) -> Iterator[bytes]:
        """Runs the action of that name on the body and returns its answer; its error comes as text."""
        handler = self._actions.get(action.type)
        if handler is None:
            raise flight.FlightServerError(f"Unknown action '{action.type}'.")
        try:
            return iter((handler(action.body.to_pybytes()),))
        except SqlStreamError as error:
            raise flight.FlightServerError(error.message) from None
        except msgspec.DecodeError as error:
            raise flight.FlightServerError(f"Malformed '{action.type}' request: {error}.") from None

    def list_actions(self, context: Any) -> list[tuple[str, str]]:
        return [(name, (handler.__doc__ or "").strip()) for name, handler in self._actions.items()]

    def _require_executor(self) -> TaskExecutor:
        if self._executor is None:
            raise flight.FlightServerError("This process runs no tasks.")
        return self._executor


class _Grants:
    """Gives credit from the consumer's thread, and stops before the stream goes away under it.

    Credit goes back in messages of half the capacity, but never waits while the consumer has nothing left to take.
    """

    def __init__(self, writer: Any, capacity: int) -> None:
        self._writer = writer
        self._at_once = max(1, capacity // 2)
        self._owed = 0
        self._lock = threading.Lock()
        self._open = True
        self._write(capacity)

    def taken(self, left: int) -> None:
        """The consumer has taken a batch; ``left`` wait for it."""
        self._owed += 1
        if left == 0 or self._owed >= self._at_once:
            self._write(self._owed)
            self._owed = 0

    def close(self) -> None:
        with self._lock:
            self._open = False

    def _write(self, credit: int) -> None:
        with self._lock:
            if not self._open:
                return
            try:
                self._writer.write_metadata(msgspec.json.encode(Credit(credit)))
            except (pa.ArrowException, OSError):
                self._open = False  # the producer is gone, which the stream's reader is about to find out


def _receive(channel: Channel, reader: Any) -> None:
    """Everything until the producer closes the channel, or aborts: after that it stays silent. StopIteration when the
    stream ends without either."""
    while True:
        chunk = reader.read_chunk()
        message = decode_message(chunk.app_metadata.to_pybytes() if chunk.app_metadata is not None else b"")
        if isinstance(message, CloseMessage | AbortMessage):
            return
        if isinstance(message, BatchHeader):
            if chunk.data is None:
                raise ClusterError("A data channel received a batch without rows.")
            channel.receive(decode_batch(chunk.data, message))
        else:
            channel.receive(control_element(message))


def _result_stream(queue: ResultQueue, schema: pa.Schema) -> Iterator[tuple[pa.RecordBatch, bytes]]:
    try:
        for batch in queue:
            yield encode_batch(batch, schema)
    except ClusterError as error:
        raise flight.FlightServerError(error.message) from None


def _decode(data: bytes, type_: type[Any]) -> Any:
    try:
        return msgspec.json.decode(data, type=type_)
    except msgspec.DecodeError as error:
        raise flight.FlightServerError(f"Malformed {type_.__name__}: {error}.") from None
