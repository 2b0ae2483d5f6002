"""The client at a real SQL gateway of Apache Flink."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sqlstream.config.configuration import Configuration
from sqlstream.errors import SqlStreamError
from sqlstream.gateway.server import SqlGateway
from sqlstream.session.completion.completer import complete
from sqlstream_client.gateway_executor import GatewayExecutor
from sqlstream_client.remote_gateway import remote_executor
from sqlstream_client.runner import Origin, StatementRunner
from tests.flink_sql_gateway import flink_sql_gateway

PORTABLE = Path(__file__).with_name("portable.sql")
PLAIN = ("-D", "sql-client.display.print-time-cost=false")
_JOB_ID = re.compile("[0-9a-f]{32}")

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
    return succeeded, _JOB_ID.sub("<id>", out.getvalue())


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


def visible(*arguments: str) -> str:
    """What the client itself shows of the same script, wherever it runs; job ids left out."""
    done = subprocess.run(
        [sys.executable, "-m", "sqlstream", "sql-client", *arguments, *PLAIN, "-f", str(PORTABLE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return _JOB_ID.sub("<id>", done.stdout)


def test_the_same_script_shows_the_same_at_flink_at_sqlstream_and_embedded(gateway: str) -> None:
    ours = SqlGateway(Configuration({"sql-gateway.endpoint.rest.port": "0"}))
    try:
        at_flink = visible("gateway", "--endpoint", gateway)
        assert at_flink == visible("gateway", "--endpoint", ours.url)
    finally:
        ours.close()
    assert at_flink == visible()
    assert "|  pear |     5 |\n| apple |     7 |" in at_flink
    assert at_flink.count("[INFO] SQL update statement has completed.\nJob ID: <id>\n") == 2
    assert "Watch it: DESCRIBE JOB '<id>';" in at_flink


def test_a_mistake_is_pointed_at_in_the_script(executor: GatewayExecutor) -> None:
    succeeded, out = shown(executor, "SET 'a' = 'b'; SELECT\n  UPER('a');")
    assert not succeeded
    assert "From line 2, column 3 to line 2, column 11: No match found for function signature UPER" in out
    assert out.endswith("\n    UPER('a');\n    ^^^^^^^^^\n")
    _, out = shown(executor, "SET 'a' = 'b'; SELECT FROM t;")
    assert "at line 1, column 23." in out
    assert out.endswith("\n  SET 'a' = 'b'; SELECT FROM t;\n                        ^\n")


def test_verbose_shows_the_trace_of_the_server(executor: GatewayExecutor) -> None:
    _, out = shown(executor, "SET 'sql-client.verbose' = 'true'; SELECT UPER('a');")
    assert "\tat org.apache.flink.table.gateway." in out


def test_a_script_is_given_to_flink_to_deploy_which_says_where_it_cannot(executor: GatewayExecutor) -> None:
    with pytest.raises(SqlStreamError, match="No ClusterClientFactory found"):
        executor.deploy_script({}, text="SELECT 1;")


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
