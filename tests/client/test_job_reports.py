"""How far a query at a gateway has come, whoever knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from threading import Event, Thread

import pytest

from sqlstream.config.configuration import Configuration
from sqlstream.dbapi import gateway_client
from sqlstream.gateway.server import SqlGateway
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.rpc.listening import available_port
from sqlstream.runtime.taskmanager.process import TaskManager
from sqlstream.sql.splitting import statement_spans
from sqlstream.web.job_manager_process import JobManagerProcess
from sqlstream_client.gateway_executor import GatewayExecutor
from sqlstream_client.gateway_result import GatewayResult
from sqlstream_client.job_steps import JobSteps
from sqlstream_client.remote_gateway import remote_executor

ROWS = "CREATE TABLE numbers (n INT) WITH ('connector' = 'datagen', 'number-of-rows' = '100')"


@pytest.fixture(scope="module")
def cluster() -> Iterator[dict[str, str]]:
    """Where a JobManager with one TaskManager is."""
    rest_port, control_port = (available_port("127.0.0.1", 0, "a port") for _ in range(2))
    options = {"rest.address": "127.0.0.1", "rest.port": str(rest_port), "jobmanager.rpc.port": str(control_port)}
    job_manager = JobManagerProcess(Configuration(options))
    task_manager, registered = TaskManager(Configuration(options)), Event()
    session = Thread(target=task_manager.run, args=(lambda _: registered.set(),))
    session.start()
    assert registered.wait(90)
    yield {**options, "execution.target": "remote"}
    task_manager.stop()
    session.join()
    job_manager.close()


@pytest.fixture
def gateway(cluster: dict[str, str], request: pytest.FixtureRequest) -> Iterator[SqlGateway]:
    """One whose jobs run on the cluster; with ``local``, in itself."""
    options = {} if getattr(request, "param", "remote") == "local" else cluster
    gateway = SqlGateway(Configuration({**options, "sql-gateway.endpoint.rest.port": "0"}))
    yield gateway
    gateway.close()


def queried(executor: GatewayExecutor) -> GatewayResult:
    """A query whose rows have all been read."""
    for text in (ROWS, "SELECT n + 1 AS n FROM numbers"):
        result = executor.execute(text, next(statement_spans(text)))
    assert sum(len(page.rows) for page in result.pages()) == 100
    return result


def rows_of(steps: JobSteps | None) -> list[tuple[int, int]]:
    assert steps is not None
    assert steps.status is JobStatus.FINISHED
    return [(step.parallelism, step.rows_out) for step in steps.steps]


@pytest.mark.parametrize("gateway", ["local", "remote"], indirect=True)
def test_a_gateway_of_sqlstream_tells_itself(gateway: SqlGateway) -> None:
    with closing(remote_executor(gateway.url, {})) as executor:
        steps = queried(executor).progress()
        assert sum(rows for _, rows in rows_of(steps)) >= 100
        assert steps is not None
        assert steps.totals is not None


def test_of_another_gateway_the_job_manager_is_asked(gateway: SqlGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_client, "VERSIONS", ("V2",))  # which has only what Flink's has
    with closing(remote_executor(gateway.url, {})) as executor:
        steps = queried(executor).progress()
        assert sum(rows for _, rows in rows_of(steps)) >= 100
        assert steps is not None
        assert steps.totals is None


@pytest.mark.parametrize("gateway", ["local"], indirect=True)
def test_where_nobody_tells_it_is_not_known(gateway: SqlGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_client, "VERSIONS", ("V2",))
    with closing(remote_executor(gateway.url, {})) as executor:
        result = queried(executor)
        assert result.progress() is None
        assert result.progress() is None
