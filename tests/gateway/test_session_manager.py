"""Sessions and operations that nobody asks for any more are given up, by a clock that is handed in."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from sqlstream.config.configuration import Configuration
from sqlstream.gateway.changes import Changes
from sqlstream.gateway.errors import GatewayError
from sqlstream.gateway.gateway_session import GatewaySession
from sqlstream.gateway.operation import Operation, OperationStatus
from sqlstream.gateway.session_manager import SessionManager
from sqlstream.runtime.deployment import JobStatus

IDLE = 600_000
ENDLESS = "CREATE TABLE endless (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000')"


class Clock:
    now = 0

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> Iterator[SessionManager]:
    manager = SessionManager(Configuration({"sql-gateway.session.max-num": "1000"}), clock)
    yield manager
    manager.close()


def wait(condition: object, changes: Changes) -> None:
    """Until ``condition`` holds; it is looked at whenever ``changes`` are told."""
    changed = threading.Event()
    changes.listen(changed.set)
    while not condition():  # type: ignore[operator]
        assert changed.wait(20)
        changed.clear()


def executed(session: GatewaySession, statement: str, now: int = 0) -> Operation:
    operation = session.execute(statement, {}, now)
    wait(lambda: operation.status not in (OperationStatus.PENDING, OperationStatus.RUNNING), operation.changes)
    return operation


def started_query(session: GatewaySession) -> tuple[Operation, str]:
    """A query with rows to fetch, and its job."""
    executed(session, ENDLESS)
    query = executed(session, "SELECT * FROM endless")
    wait(lambda: query.answers_at_once(0), query.changes)
    page = query.page(0)
    assert page is not None and page.info.job_id is not None
    return query, page.info.job_id


def job_status(manager: SessionManager, job_id: str) -> str:
    """Waits until the job has ended."""
    return manager.open(None, {}).call(lambda session: session.target.job(job_id).wait(20)).result(30).value


def test_a_session_nobody_asks_for_is_closed(sessions: SessionManager, clock: Clock) -> None:
    idle, kept = sessions.open(None, {}), sessions.open(None, {})
    clock.now = IDLE
    sessions.expire()
    assert len(sessions) == 2
    sessions.session(kept.handle)
    clock.now = IDLE + 1
    sessions.expire()
    assert sessions.session(kept.handle) is kept
    with pytest.raises(GatewayError, match="does not exist"):
        sessions.session(idle.handle)


def test_a_client_that_vanishes_leaves_no_job_behind(sessions: SessionManager, clock: Clock) -> None:
    query, job = started_query(sessions.open(None, {}))
    clock.now = IDLE + 1
    sessions.expire()
    assert query.status is OperationStatus.CLOSED
    assert job_status(sessions, job) == "CANCELED"


def test_an_operation_nobody_asks_for_is_closed_though_its_session_is_kept(
    sessions: SessionManager, clock: Clock
) -> None:
    session = sessions.open(None, {})
    query, job = started_query(session)
    other = executed(session, "SHOW TABLES", now=IDLE)
    clock.now = IDLE + 1
    sessions.session(session.handle)
    sessions.expire()
    assert (query.status, other.status) == (OperationStatus.CLOSED, OperationStatus.FINISHED)
    assert session.operation(other.handle, clock.now) is other
    assert job_status(sessions, job) == "CANCELED"


def test_zero_keeps_sessions_for_ever(clock: Clock) -> None:
    manager = SessionManager(Configuration({"sql-gateway.session.idle-timeout": "0"}), clock)
    session = manager.open(None, {})
    clock.now = 10**12
    manager.expire()
    assert manager.session(session.handle) is session
    manager.close()


def test_a_thousand_idle_sessions_need_no_thread_and_there_are_no_more_than_allowed(sessions: SessionManager) -> None:
    before = set(threading.enumerate())
    for _ in range(1_000):
        sessions.open(None, {})
    assert not set(threading.enumerate()) - before
    with pytest.raises(GatewayError, match="exceeds the max count: 1000"):
        sessions.open(None, {})


def test_a_client_that_stops_reading_stops_its_query_and_loses_nothing(sessions: SessionManager) -> None:
    """More rows than all buffers hold, so the job can end only if they are read."""
    session = sessions.open(None, {})
    count = 3_000_000
    executed(session, ENDLESS.replace("100000'", f"1000000000', 'number-of-rows' = '{count}'"))
    query = executed(session, "SELECT * FROM endless")
    wait(lambda: query.answers_at_once(0), query.changes)
    page = query.page(0)
    assert page is not None and page.info.job_id is not None
    job_id = page.info.job_id
    assert session.call(lambda engine: engine.target.job(job_id).wait(2)).result(30) is JobStatus.RUNNING
    rows = page.num_rows
    while page.next_token is not None:
        token = page.next_token
        wait(lambda token=token: query.answers_at_once(token), query.changes)  # type: ignore[misc]
        page = query.page(token)
        assert page is not None
        rows += page.num_rows
    assert rows == count
    assert job_status(sessions, job_id) == "FINISHED"


def test_closing_the_gateway_ends_everything() -> None:
    others = threading.enumerate()
    manager = SessionManager(Configuration({}))
    query, _ = started_query(manager.open(None, {}))
    manager.close()
    assert query.status is OperationStatus.CLOSED
    started = [thread for thread in threading.enumerate() if thread not in others]
    assert not [thread.name for thread in started if thread.name.startswith("jobmanager")]
