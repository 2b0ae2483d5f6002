"""The remote target against servers that are not what it expects; real clusters are in tests/cli."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from control_plane_jobs import job_id, select_job, three_step_job

from sqlstream.config.configuration import Configuration
from sqlstream.deploy.remote import RemoteTarget
from sqlstream.deploy.remote_job import Until, remote_job
from sqlstream.errors import ClusterError
from sqlstream.runtime.jobmanager.job_master import JobMaster
from sqlstream.runtime.jobmanager.messages import Slot, SlotsDenied, SlotsGranted
from sqlstream.runtime.rpc.listening import available_port


class Stranger(BaseHTTPRequestHandler):
    """Some other web server."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>hello</html>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def stranger() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def target(port: int) -> RemoteTarget:
    return RemoteTarget(Configuration({"rest.port": str(port)}))


def test_an_unreachable_jobmanager_is_named_with_what_to_do() -> None:
    port = available_port("127.0.0.1", 0, "rest.port")
    with pytest.raises(ClusterError, match=f"JobManager at http://127.0.0.1:{port} cannot be reached") as caught:
        target(port).submit(select_job())
    assert "sqlstream cluster start" in (caught.value.hint or "")


def test_a_server_that_is_no_jobmanager_is_recognised(stranger: int) -> None:
    with pytest.raises(ClusterError, match="unexpected answer"):
        target(stranger).jobs()
    with pytest.raises(ClusterError, match="unexpected answer"):
        target(stranger).job(job_id())


def test_a_job_travels_with_where_its_rows_are_once_they_can_be_fetched() -> None:
    master = JobMaster(select_job(), 0)
    list(master.start(0))
    waiting = remote_job(master.view())
    assert (waiting.is_query, waiting.result_address) == (True, None)
    assert not waiting.reached(Until.COLLECTING)
    list(master.slots_granted(SlotsGranted(job_id(), (Slot("tm", "host:1", 0),)), 0))
    assert remote_job(master.view()).result_address is None


def test_a_failed_job_travels_with_its_cause() -> None:
    master = JobMaster(three_step_job(), 0)
    list(master.start(0))
    list(master.slots_denied(SlotsDenied(job_id(), "no free slots"), 1))
    failed = remote_job(master.view())
    assert failed.reached(Until.ENDED)
    assert failed.failure == f"Job 'job-1' ({job_id()}) failed: no free slots"
