"""The client at a real SQL gateway of Apache Flink."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import closing

import pytest

from sqlstream.session.completion.completer import complete
from sqlstream_client.gateway_executor import GatewayExecutor
from sqlstream_client.remote_gateway import remote_executor
from sqlstream_client.runner import Origin, StatementRunner
from tests.flink_sql_gateway import flink_sql_gateway

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with flink_sql_gateway(tmp_path_factory.mktemp("flink")) as url:
        yield url


@pytest.fixture
def executor(gateway: str) -> Iterator[GatewayExecutor]:
    with closing(remote_executor(gateway, {})) as executor:
        yield executor


def shown(executor: GatewayExecutor, script: str) -> tuple[bool, str]:
    out = io.StringIO()
    succeeded = StatementRunner(executor, out, clock=lambda: 0.0).run(script, Origin("s.sql", quiet=True))
    return succeeded, re.sub("[0-9a-f]{32}", "<id>", out.getvalue())


def test_a_script_with_a_table_a_query_and_an_insert(executor: GatewayExecutor) -> None:
    succeeded, out = shown(
        executor,
        """
        CREATE TABLE nowhere (a INT) WITH ('connector' = 'blackhole');
        DESCRIBE nowhere;
        SELECT k, COUNT(*) AS n FROM (VALUES ('a'), ('b'), ('b')) AS t(k) GROUP BY k;
        SET 'table.dml-sync' = 'true';
        INSERT INTO nowhere VALUES (1), (2);
        BEGIN STATEMENT SET; INSERT INTO nowhere VALUES (3); INSERT INTO nowhere VALUES (4); END;
        """,
    )
    assert succeeded, out
    assert "|    a |  INT | TRUE |" in out
    assert (
        "| +I |                              a |                    1 |\n"
        "| +I |                              b |                    1 |\n"
        "| -U |                              b |                    1 |\n"
        "| +U |                              b |                    2 |\n"
    ) in out
    assert "Received a total of 4 rows" in out
    assert out.count("[INFO] SQL update statement has completed.\nJob ID: <id>\n") == 2


def test_a_mistake_is_told_without_the_trace_of_the_server(executor: GatewayExecutor) -> None:
    succeeded, out = shown(executor, "SELECT UPER('a');")
    assert not succeeded
    assert out.startswith("[ERROR] Could not execute the statement at line 1 of s.sql, \"SELECT UPER('a')\". Reason:\n")
    assert "No match found for function signature UPER" in out
    assert "org.apache" not in out


def test_an_endless_query_is_cancelled(executor: GatewayExecutor) -> None:
    class Interrupting(io.StringIO):
        def write(self, text: str) -> int:
            if "| +I |" in text:
                raise KeyboardInterrupt
            return super().write(text)

    shown(executor, "CREATE TABLE endless (a INT) WITH ('connector' = 'datagen');")
    out = Interrupting()
    assert not StatementRunner(executor, out).run("SELECT a FROM endless;")
    assert out.getvalue().endswith("[INFO] Statement cancelled.\n")
    assert shown(executor, "SELECT 7 AS seven;")[0]


def test_completion_knows_what_the_gateway_has(executor: GatewayExecutor) -> None:
    shown(executor, "CREATE TABLE planes (tail STRING) WITH ('connector' = 'datagen');")
    text = "SELECT tail FROM pl"
    assert [found.text for found in complete(text, len(text), executor.names)] == ["planes"]
    text = "SELECT planes.ta FROM planes"
    assert [found.detail for found in complete(text, len("SELECT planes.ta"), executor.names)] == ["STRING"]
