"""The client whose gateway is in its own process."""

from __future__ import annotations

import threading
from contextlib import closing

import psutil
import pytest

from sqlstream.errors import SqlStreamError
from sqlstream.runtime.deployment import JobStatus
from sqlstream.sql.splitting import statement_spans
from sqlstream_client.embedded_executor import EmbeddedExecutor
from sqlstream_client.gateway_result import GatewayResult

ENDLESS = "CREATE TABLE endless (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000')"
NOWHERE = "CREATE TABLE nowhere (a INT) WITH ('connector' = 'blackhole')"


def run(executor: EmbeddedExecutor, text: str) -> GatewayResult:
    return executor.execute(text, next(statement_spans(text)))


def test_nobody_else_can_connect_to_its_gateway() -> None:
    before = {(c.fd, c.laddr) for c in psutil.Process().net_connections("all")}
    with closing(EmbeddedExecutor({})) as executor:
        run(executor, "SET 'a' = 'b'")
        opened = [c for c in psutil.Process().net_connections("all") if (c.fd, c.laddr) not in before]
        assert [c for c in opened if c.status == psutil.CONN_LISTEN or (isinstance(c.laddr, str) and c.laddr)] == []


def test_its_session_has_the_options_given_and_reset_goes_back_to_them() -> None:
    with closing(EmbeddedExecutor({"pipeline.name": "mine"})) as executor:
        run(executor, "SET 'pipeline.name' = 'other'")
        assert executor.configuration["pipeline.name"] == "other"
        run(executor, "RESET")
        assert executor.configuration["pipeline.name"] == "mine"


def test_its_jobs_are_at_hand_and_end_with_it() -> None:
    with closing(EmbeddedExecutor({})) as executor:
        run(executor, ENDLESS)
        run(executor, NOWHERE)
        result = run(executor, "INSERT INTO nowhere SELECT a FROM endless")
        (job,) = executor.jobs
        assert (job.job_id, executor.ends_jobs_on_close) == (result.job_id, True)
        steps = result.progress()
        assert steps is not None
        assert steps.status is JobStatus.RUNNING
        assert [step.name for step in steps.steps]
    assert not any(thread.name == "embedded-gateway" and thread.is_alive() for thread in threading.enumerate())


def test_a_cancelled_query_has_ended_when_it_is_cancelled() -> None:
    with closing(EmbeddedExecutor({})) as executor:
        run(executor, ENDLESS)
        result = run(executor, "SELECT a FROM endless")
        result.cancel()
        assert executor.jobs[0].progress().status is JobStatus.CANCELED


def test_a_wrong_option_of_the_gateway_is_told() -> None:
    with pytest.raises(SqlStreamError, match=r"sql-gateway\.session\.max-num"):
        EmbeddedExecutor({"sql-gateway.session.max-num": "many"})
