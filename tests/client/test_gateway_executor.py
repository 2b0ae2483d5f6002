"""The client at a SQL gateway: what it shows is what it shows of a session in its own process."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from sqlstream.config.configuration import Configuration
from sqlstream.dbapi import gateway_client
from sqlstream.errors import ConfigError, SqlStreamError
from sqlstream.gateway.server import SqlGateway
from sqlstream.session.completion.completer import complete
from sqlstream.sql.splitting import statement_spans
from sqlstream_client.embedded_executor import EmbeddedExecutor
from sqlstream_client.gateway_executor import GatewayExecutor, as_single_statement
from sqlstream_client.remote_gateway import remote_executor
from sqlstream_client.runner import Origin, StatementRunner
from tests.client.terminal import CTRL_C, CTRL_D, TAB, Terminal

ENDLESS = "CREATE TABLE endless (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000');"
NOWHERE = "CREATE TABLE nowhere (a INT) WITH ('connector' = 'blackhole');"
PROPERTIES = {"table.local-time-zone": "UTC"}
_JOB_ID = re.compile(r"[0-9a-f]{32}")


@pytest.fixture(scope="module")
def gateway() -> Iterator[SqlGateway]:
    gateway = SqlGateway(Configuration({"sql-gateway.endpoint.rest.port": "0"}))
    yield gateway
    gateway.close()


@pytest.fixture
def executor(gateway: SqlGateway) -> Iterator[GatewayExecutor]:
    with closing(remote_executor(f"localhost:{gateway.port}", PROPERTIES)) as executor:
        yield executor


def shown(executor: GatewayExecutor, text: str, origin: Origin = Origin("s.sql")) -> str:  # noqa: B008
    """What a script prints, errors included; job ids left out."""
    out = io.StringIO()
    StatementRunner(executor, out, clock=lambda: 0.0).run(text, origin)
    return _JOB_ID.sub("<id>", out.getvalue())


@pytest.mark.parametrize(
    "script",
    [
        "SELECT k, COUNT(*) AS n FROM (VALUES ('a'), ('b'), ('b')) AS t(k) GROUP BY k;",
        "SET 'execution.runtime-mode' = 'batch'; SELECT k, COUNT(*) AS n FROM (VALUES (1), (2)) AS t(k) GROUP BY k;",
        "SELECT CAST(NULL AS INT) AS a, TRUE AS b, 'it''s' AS c, ARRAY[1, 2] AS d, DATE '2024-02-29' AS e, 1.50 AS f;",
        "SELECT TIMESTAMP '2024-02-29 12:00:00.123' AS a, INTERVAL '1' DAY AS b, x'00ff' AS c, MAP[1, 'x'] AS d;",
        "SHOW DATABASES; USE default_database; SHOW CURRENT CATALOG;",
        f"{NOWHERE} DESCRIBE nowhere; SHOW CREATE TABLE nowhere; EXPLAIN SELECT 1;",
        f"{NOWHERE} INSERT INTO nowhere VALUES (1); SET 'table.dml-sync' = 'true'; INSERT INTO nowhere VALUES (1);",
        f"{NOWHERE} BEGIN STATEMENT SET; INSERT INTO nowhere VALUES (1); INSERT INTO nowhere VALUES (2); END;",
        "SET 'a' = 'b'; RESET 'a';",
        "SELECT 'never closed;",
        "SET 'sql-client.execution.result-mode' = 'tabel';",
        "SELECT UPER('a');",
        "SELCT 1;",
        "DROP TABLE nope;",
    ],
)
@pytest.mark.parametrize("version", ["V4", "V2"])
def test_it_shows_what_a_session_of_its_own_shows(
    gateway: SqlGateway, script: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(EmbeddedExecutor(PROPERTIES)) as here:
        monkeypatch.setattr(gateway_client, "VERSIONS", (version,))
        with closing(remote_executor(gateway.url, PROPERTIES)) as there:
            assert shown(there, script) == shown(here, script)


def test_the_first_version_of_the_protocol_is_understood_too(
    gateway: SqlGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_client, "VERSIONS", ("V1",))
    with closing(remote_executor(gateway.url, PROPERTIES)) as executor:
        assert "| +I | 7 | TRUE | <NULL> |" in re.sub(" +", " ", shown(executor, "SELECT 7, TRUE, CAST(NULL AS INT);"))


def test_a_query_that_fails_says_why(executor: GatewayExecutor) -> None:
    out = shown(executor, "SELECT 1 / (a - a) FROM (VALUES (1)) AS t(a);")
    assert (
        "'SELECT 1 / (a - a) FROM (VALUES (1)) AS t(a)'. Reason:\nJob 'collect' (<id>) failed: Division by zero." in out
    )
    assert "Traceback" not in out


def test_a_query_can_be_cancelled_while_no_rows_come(executor: GatewayExecutor) -> None:
    shown(executor, ENDLESS)
    text = "SELECT a FROM endless WHERE a IS NULL;"
    result = executor.execute(text, next(statement_spans(text)))
    rows: list[object] = []
    reader = Thread(target=lambda: rows.extend(result.pages()))
    reader.start()
    result.cancel()
    reader.join(60)
    assert not reader.is_alive()
    assert rows == []
    assert "CANCEL" in shown(executor, f"DESCRIBE JOB '{result.job_id}';")


def test_ctrl_c_cancels_the_query(executor: GatewayExecutor) -> None:
    class Interrupting(io.StringIO):
        def write(self, text: str) -> int:
            if "| +I |" in text:
                raise KeyboardInterrupt
            return super().write(text)

    out = Interrupting()
    assert not StatementRunner(executor, out).run(f"{ENDLESS} SELECT a FROM endless; SET 'after' = '1';")
    assert out.getvalue().endswith("[INFO] Statement cancelled.\n")
    assert "after" not in executor.configuration


def test_properties_are_those_of_the_session_and_set_changes_them(executor: GatewayExecutor) -> None:
    assert executor.configuration["table.local-time-zone"] == "UTC"
    shown(executor, "SET 'pipeline.name' = 'mine';")
    assert executor.configuration["pipeline.name"] == "mine"
    shown(executor, "RESET 'pipeline.name';")
    assert "pipeline.name" not in executor.configuration


def test_completion_asks_the_gateway_and_asks_again_after_a_statement(executor: GatewayExecutor) -> None:
    def offered(text: str) -> list[str]:
        return [found.text for found in complete(text, len(text), executor.names)]

    assert "nowhere" not in offered("SELECT * FROM ")
    shown(executor, NOWHERE)
    assert "nowhere" in offered("SELECT * FROM ")
    assert offered("SELECT * FROM nowhere WHERE nowhere.") == ["a"]
    assert "default_catalog" in offered("USE CATALOG ")
    assert "default_database" in offered("SELECT * FROM default_catalog.")
    assert offered("SELECT UPP") == ["UPPER("]
    assert "table.local-time-zone" in offered("SET 'table.loc")


def test_a_gateway_that_is_not_there_is_told() -> None:
    with pytest.raises(SqlStreamError, match="The SQL gateway at http://localhost:1 cannot be reached"):
        remote_executor("localhost:1", {})


def test_the_session_ends_with_the_client(gateway: SqlGateway) -> None:
    executor = remote_executor(gateway.url, {})
    executor.close()
    with pytest.raises(SqlStreamError, match="cannot be reached"):
        executor.configuration.get("a")


def test_a_gateway_that_is_gone_is_told_statement_by_statement() -> None:
    gateway = SqlGateway(Configuration({"sql-gateway.endpoint.rest.port": "0"}))
    with closing(remote_executor(gateway.url, PROPERTIES)) as executor:
        shown(executor, "SET 'a' = 'b';")
        gateway.close()
        for statement in ("SET 'a' = 'c';", "SELECT 1;", "RESET;"):
            out = shown(executor, statement)
            assert "Reason:\nThe SQL gateway at" in out
            assert "cannot be reached" in out
            assert ".." not in out
        assert executor.configuration["table.local-time-zone"] == "UTC"


def test_rows_left_out_are_told(executor: GatewayExecutor, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("1\nx\n")
    options = (
        f"('connector' = 'filesystem', 'path' = '{tmp_path}', 'format' = 'csv', 'csv.ignore-parse-errors' = 'true')"
    )
    out = shown(executor, f"CREATE TABLE numbers (n INT) WITH {options}; SELECT n FROM numbers;")
    assert "[WARN] Left out of the result: rows skipped 1.\n" in out


def test_what_the_clients_own_options_may_be_is_known_without_the_gateway(executor: GatewayExecutor) -> None:
    text = "SET 'sql-client.editing-mode' = 'ed';"
    with pytest.raises(ConfigError, match="Invalid value 'ed'"):
        executor.execute(text, next(statement_spans(text)))


def test_a_statement_set_is_one_statement() -> None:
    assert as_single_statement("begin statement set;\nINSERT INTO t SELECT 1;\nEND") == (
        "EXECUTE STATEMENT SET BEGIN\nINSERT INTO t SELECT 1;\nEND"
    )
    assert as_single_statement("SELECT 'BEGIN STATEMENT SET;'") == "SELECT 'BEGIN STATEMENT SET;'"


def test_at_a_prompt(gateway: SqlGateway, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "gateway", "--endpoint", gateway.url, rows=20)
    try:
        terminal.enters(ENDLESS)
        terminal.awaits_prompt()
        terminal.types(f"SELECT COUNT(*) AS c FROM endl{TAB}")
        terminal.sees("FROM endless")
        terminal.types(";\r")
        terminal.sees("SQL Query Result (Table)", "Refresh: 1 s")
        terminal.awaits(lambda: any(line.strip().isdigit() for line in terminal.lines))
        terminal.types(CTRL_C)
        terminal.sees("Result retrieval cancelled.")
        terminal.awaits_prompt()
        terminal.types(CTRL_D)
        assert terminal.leaves() == 0
    finally:
        terminal.close()
