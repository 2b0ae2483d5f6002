from collections.abc import Iterator

import msgspec
import pyarrow as pa
import pyarrow.flight as flight
import pytest
from scripted_tasks import JOB, SCHEMA, batch

from sqlstream.columnar.elements import Barrier, EndOfInput
from sqlstream.config.configuration import Configuration
from sqlstream.errors import ClusterError
from sqlstream.runtime.deployment import ChannelId
from sqlstream.runtime.network.server import DataServer
from sqlstream.runtime.network.wire import (
    ChannelRequest,
    CloseMessage,
    encode_batch,
    encode_control,
    wire_schema,
)
from sqlstream.runtime.task.executor import TaskExecutor

CHANNEL = ChannelId(JOB, "edge", 0, 0, 1)


def echo(body: bytes) -> bytes:
    """Says it back."""
    if body == b"no":
        raise ClusterError("Refused.")
    return msgspec.json.encode(msgspec.json.decode(body, type=list[int]))


@pytest.fixture
def executor() -> Iterator[TaskExecutor]:
    executor = TaskExecutor(
        Configuration({"taskmanager.network.partition-request-timeout": "50 ms"}), lambda _: None, None
    )
    yield executor
    executor.close()


@pytest.fixture
def client(executor: TaskExecutor) -> Iterator[flight.FlightClient]:
    server = DataServer("127.0.0.1", 0, executor, {"echo": echo})
    with flight.FlightClient(f"grpc://{server.address}") as client:
        yield client
    server.close()


def test_an_action_answers_in_bytes(client: flight.FlightClient) -> None:
    answers = list(client.do_action(flight.Action("echo", b"[1, 2]")))
    assert [answer.body.to_pybytes() for answer in answers] == [b"[1,2]"]
    assert [(action.type, action.description) for action in client.list_actions()] == [("echo", "Says it back.")]


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("echo", b"no", "Refused."),
        ("echo", b"{", "Malformed 'echo' request"),
        ("shutdown", b"", "Unknown action 'shutdown'"),
    ],
)
def test_a_bad_action_is_answered_with_one_line(
    client: flight.FlightClient, name: str, body: bytes, message: str
) -> None:
    with pytest.raises(flight.FlightServerError, match=message):
        list(client.do_action(flight.Action(name, body)))


@pytest.mark.parametrize(
    ("ticket", "message"),
    [
        (b"\x80\x04garbage", "Malformed ResultTicket"),
        (b'{"job_id": 1}', "Malformed ResultTicket"),
        (b'{"job_id": "unknown"}', "no result"),
    ],
)
def test_a_bad_ticket_is_refused(client: flight.FlightClient, ticket: bytes, message: str) -> None:
    with pytest.raises(flight.FlightServerError, match=message):
        client.do_get(flight.Ticket(ticket)).read_all()


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (b"\x80\x04garbage", "Malformed ChannelRequest"),
        (b'{"channel": {}, "sender": ""}', "Malformed ChannelRequest"),
        (msgspec.json.encode(ChannelRequest(CHANNEL, "peer:1")), "No task reads channel"),
    ],
)
def test_a_bad_channel_request_is_refused(client: flight.FlightClient, command: bytes, message: str) -> None:
    with pytest.raises(flight.FlightServerError, match=message):
        exchange(client, command, wire_schema(SCHEMA), b"")


@pytest.mark.parametrize("metadata", [b"\xff", b'{"type": "unknown"}', b'{"type": "watermark"}'])
def test_an_unknown_message_fails_the_consumer_and_the_producer(
    client: flight.FlightClient, executor: TaskExecutor, metadata: bytes
) -> None:
    errors: list[Exception] = []
    executor.channels.register_consumer(CHANNEL, SCHEMA).attach(lambda: None, errors.append)
    with pytest.raises(flight.FlightServerError, match="does not understand"):
        exchange(client, msgspec.json.encode(ChannelRequest(CHANNEL, "peer:1")), wire_schema(SCHEMA), metadata)
    assert isinstance(errors[0], ClusterError)


def test_rows_of_another_type_are_refused(client: flight.FlightClient, executor: TaskExecutor) -> None:
    executor.channels.register_consumer(CHANNEL, SCHEMA)
    with pytest.raises(flight.FlightServerError, match="not of the type"):
        command = msgspec.json.encode(ChannelRequest(CHANNEL, "peer:1"))
        exchange(client, command, pa.schema([("a", pa.string()), ("k", pa.int8())]), b"")


def test_a_producer_that_ignores_its_credit_is_cut_off(client: flight.FlightClient, executor: TaskExecutor) -> None:
    channel = executor.channels.register_consumer(CHANNEL, SCHEMA)
    descriptor = flight.FlightDescriptor.for_command(msgspec.json.encode(ChannelRequest(CHANNEL, "peer:1")))
    writer, reader = client.do_exchange(descriptor)
    writer.begin(wire_schema(SCHEMA))
    reader.read_chunk()
    for _ in range(channel.capacity.batches + 1):
        writer.write_with_metadata(*encode_batch(batch(1), wire_schema(SCHEMA)))
    with pytest.raises(flight.FlightServerError, match="credit"):
        reader.read_chunk()
    assert channel.batches == channel.capacity.batches


def test_barriers_follow_the_end_until_the_producer_closes_the_channel(
    client: flight.FlightClient, executor: TaskExecutor
) -> None:
    errors: list[Exception] = []
    channel = executor.channels.register_consumer(CHANNEL, SCHEMA)
    channel.attach(lambda: None, errors.append)
    after = [EndOfInput(), Barrier(1, 0), Barrier(2, 0, stop=True)]
    send(client, *(encode_control(element) for element in after), msgspec.json.encode(CloseMessage()))
    assert [channel.take()[0] for _ in after] == after
    assert errors == []


def test_a_producer_that_is_lost_after_its_end_fails_its_consumer(
    client: flight.FlightClient, executor: TaskExecutor
) -> None:
    errors: list[Exception] = []
    channel = executor.channels.register_consumer(CHANNEL, SCHEMA)
    channel.attach(lambda: None, errors.append)
    with pytest.raises(flight.FlightServerError, match="The connection to the TaskManager at peer:1 was lost"):
        send(client, encode_control(EndOfInput()))
    assert channel.take()[0] == EndOfInput()
    assert len(errors) == 1


def test_a_port_in_use_is_told_in_words(executor: TaskExecutor) -> None:
    first = DataServer("127.0.0.1", 0, None, {})
    with pytest.raises(ClusterError, match=f"Cannot listen on 127.0.0.1:{first.port}"):
        DataServer("127.0.0.1", first.port, executor, {})
    first.close()


def send(client: flight.FlightClient, *messages: bytes) -> None:
    """A whole channel's worth of them, and the end of the stream."""
    descriptor = flight.FlightDescriptor.for_command(msgspec.json.encode(ChannelRequest(CHANNEL, "peer:1")))
    writer, reader = client.do_exchange(descriptor)
    writer.begin(wire_schema(SCHEMA))
    reader.read_chunk()
    for message in messages:
        writer.write_metadata(message)
    writer.done_writing()
    writer.close()


def exchange(client: flight.FlightClient, command: bytes, schema: pa.Schema, metadata: bytes) -> None:
    writer, reader = client.do_exchange(flight.FlightDescriptor.for_command(command))
    writer.begin(schema)
    reader.read_chunk()
    writer.write_metadata(metadata)
    reader.read_chunk()
