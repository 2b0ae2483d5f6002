"""Control messages between processes, over real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from sqlstream.config.configuration import Configuration
from sqlstream.errors import ClusterError
from sqlstream.runtime.jobmanager.control_server import serve_control
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.network.server import DataServer
from sqlstream.runtime.protocol import (
    HEARTBEAT,
    REGISTER,
    Acknowledgement,
    Heartbeat,
    HeartbeatReply,
    Registration,
    TaskManagerInfo,
)
from sqlstream.runtime.rpc.client import ActionClient
from sqlstream.runtime.rpc.listening import available_port, listening_socket
from sqlstream.runtime.rpc.unreachable import UnreachableError

CONFIGURATION = Configuration({"jobmanager.rpc.port": "0", "heartbeat.interval": "200 ms"})


class Silent:
    """A TaskManager nobody talks to."""

    def close(self) -> None:
        pass


@pytest.fixture
def server() -> Iterator[DataServer]:
    manager = JobManager(CONFIGURATION, lambda _: Silent())  # type: ignore[arg-type, return-value]
    server = serve_control(CONFIGURATION, manager)
    yield server
    server.close()
    manager.close()


def test_a_task_manager_registers_and_is_known_from_then_on(server: DataServer) -> None:
    client = ActionClient(server.address, "The JobManager")
    assert client.call(HEARTBEAT, Heartbeat("tm-1"), HeartbeatReply) == HeartbeatReply(known=False)
    registration = client.call(REGISTER, TaskManagerInfo("tm-1", "127.0.0.1:1", 1), Registration)
    assert registration.heartbeat_interval == 200
    assert client.call(HEARTBEAT, Heartbeat("tm-1"), HeartbeatReply) == HeartbeatReply(known=True)
    client.close()


def test_a_message_of_the_wrong_type_is_refused_with_what_is_wrong(server: DataServer) -> None:
    client = ActionClient(server.address, "The JobManager")
    with pytest.raises(ClusterError, match="missing required field `task_manager_id`"):
        client.call(HEARTBEAT, Acknowledgement(), HeartbeatReply)
    with pytest.raises(ClusterError, match=r"(?i)unknown action 'dance'"):
        client.call("dance", Acknowledgement(), Acknowledgement)
    client.close()


def test_nobody_at_the_address_is_said_in_one_line() -> None:
    client = ActionClient(f"127.0.0.1:{available_port('127.0.0.1', 0, 'x')}", "The JobManager")
    with pytest.raises(UnreachableError, match=r"The JobManager at .* does not answer"):
        client.call(HEARTBEAT, Heartbeat("tm-1"), HeartbeatReply)
    client.close()


def test_a_port_in_use_is_said_with_the_option_that_changes_it() -> None:
    with (
        listening_socket("127.0.0.1", 0, "rest.port") as taken,
        pytest.raises(ClusterError, match="the port is in use") as caught,
    ):
        available_port("127.0.0.1", taken.getsockname()[1], "rest.port")
    assert "-D rest.port=PORT" in (caught.value.hint or "")


def test_answers_are_not_held_back_to_be_sent_together() -> None:
    async def accepted_without_delay() -> bool:
        delayed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def on_connection(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = writer.get_extra_info("socket")
            delayed.set_result(not connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listener = listening_socket("127.0.0.1", 0, "rest.port")
        async with await asyncio.start_server(on_connection, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            writer.close()
            return not await delayed

    assert asyncio.run(accepted_without_delay())
