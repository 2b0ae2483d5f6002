"""``sqlstream sql-client`` without a prompt: what it prints where, and its exit code."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sqlstream.cli.main import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    errors: str


Command = Callable[..., Outcome]

NOWHERE = "CREATE TABLE nowhere (a INT) WITH ('connector' = 'blackhole');"
FAILING = "INSERT INTO nowhere SELECT 1 / (a - a) FROM (VALUES (1)) AS t(a);"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str, stdin: str = "") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["sqlstream", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as leaving:
            main()
        captured = capsys.readouterr()
        return Outcome(int(leaving.value.code or 0), captured.out, captured.err)

    return command


def test_e_runs_the_statements_given(command: Command) -> None:
    done = command("sql-client", "-e", "SELECT 'one' AS a; SELECT 'two' AS b")
    assert (done.code, done.errors) == (0, "")
    assert "| +I |                            one |" in done.out
    assert "| +I |                            two |" in done.out


def test_f_runs_a_file_and_echoes_it(command: Command) -> None:
    Path("s.sql").write_text("-- nothing to see\nSELECT 'one' AS a;\n")
    done = command("sql-client", "-f", "s.sql")
    assert done.code == 0
    assert done.out.startswith("sqlstream> SELECT 'one' AS a;\n+----+")


def test_standard_input_is_read_when_it_is_no_terminal(command: Command) -> None:
    done = command("sql-client", stdin="SELECT 'one' AS a;")
    assert done.code == 0
    assert "one" in done.out


def test_i_runs_first_and_keeps_its_success_to_itself(command: Command) -> None:
    Path("init.sql").write_text("SET 'execution.runtime-mode' = 'batch'; CREATE VIEW v AS SELECT 7 AS seven;")
    done = command("sql-client", "-i", "init.sql", "-e", "SELECT * FROM v")
    assert done.out.startswith("+-------+\n| seven |\n+-------+\n|     7 |\n+-------+\n1 row in set")


def test_a_failing_init_script_ends_the_client(command: Command) -> None:
    Path("init.sql").write_text("USE CATALOG nope;")
    done = command("sql-client", "-i", "init.sql", "-e", "SELECT 1")
    assert (done.code, done.out) == (1, "")
    assert "the statement at line 1 of init.sql, 'USE CATALOG nope'" in done.errors


def test_the_first_mistake_stops_the_script_with_exit_code_1(command: Command) -> None:
    Path("s.sql").write_text("SELECT 'one' AS a;\nSELECT nope;\nSELECT 'three' AS c;")
    done = command("sql-client", "-f", "s.sql")
    assert done.code == 1
    assert "one" in done.out
    assert "three" not in done.out
    assert done.errors.startswith(
        "[ERROR] Could not execute the statement at line 2 of s.sql, 'SELECT nope'. Reason:\n"
    )
    assert "Traceback" not in done.errors


def test_source_runs_another_script_and_its_mistake_counts(command: Command) -> None:
    Path("inner.sql").write_text("SELECT 'one' AS a;\nSELECT nope;")
    Path("outer.sql").write_text("SOURCE 'inner.sql';\nSELECT 'three' AS c;")
    done = command("sql-client", "-f", "outer.sql")
    assert done.code == 1
    assert "one" in done.out
    assert "three" not in done.out
    assert done.errors.startswith("[ERROR] Could not execute the statement at line 2 of inner.sql, 'SELECT nope'.")


def test_quit_ends_a_script_well(command: Command) -> None:
    done = command("sql-client", "-e", "SELECT 'one' AS a; QUIT; SELECT nope;")
    assert (done.code, done.errors) == (0, "")


def test_a_view_that_needs_a_prompt_is_refused_to_a_script(command: Command) -> None:
    done = command("sql-client", "-D", "sql-client.execution.result-mode=table", "-e", "SELECT 1")
    assert done.code == 1
    assert "Results cannot be shown in table mode here: that needs a prompt on a terminal." in done.errors


def test_embedded_inserts_are_awaited(command: Command) -> None:
    Path("out").mkdir()
    done = command(
        "sql-client",
        "-e",
        "CREATE TABLE o (a INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');"
        "INSERT INTO o VALUES (1), (2);",
    )
    assert done.code == 0
    assert "".join(sorted(file.read_text() for file in Path("out").iterdir())) == "1\n2\n"


def test_a_failing_insert_is_told_with_exit_code_1(command: Command) -> None:
    done = command("sql-client", "-e", NOWHERE + FAILING)
    assert done.code == 1
    assert done.errors.startswith("[ERROR] Job 'insert-into_default_catalog.default_database.nowhere' (")
    assert done.errors.endswith(" failed: Division by zero.\nGuard it: CASE WHEN b <> 0 THEN a / b END.\n")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("-f", "nope.sql"), "[ERROR] Cannot read 'nope.sql': No such file or directory.\n"),
        (("-f", "."), "[ERROR] Cannot read '.': Is a directory.\n"),
        (("gateway",), "[ERROR] Gateway mode needs to know the gateway.\nAdd --endpoint http://host:8083.\n"),
        (("--endpoint", "h:1"), "[ERROR] --endpoint is of use in gateway mode only.\n"),
        (("gateway", "--endpoint", "localhost:1", "-e", "SELECT 1"), "The SQL gateway at http://localhost:1 cannot"),
        (("gateway", "--endpoint", "", "-e", "SELECT 1"), "The SQL gateway at http: cannot be reached"),
        (("-D", "x"), "[ERROR] Cannot read '-D x'.\nWrite -D key=value.\n"),
        (
            ("-D", "parallelism.default=two", "-e", "SELECT 1"),
            "Invalid value 'two' for option 'parallelism.default'.\nExpected: integer.\n",
        ),
        (
            ("-D", "execution.target=moon", "-e", "SELECT 1"),
            "Unknown 'execution.target': 'moon'.\nAvailable: local, remote, ",
        ),
    ],
)
def test_mistakes_are_told_in_a_line_or_two(command: Command, arguments: tuple[str, ...], error: str) -> None:
    done = command("sql-client", *arguments)
    assert done.code == 1
    assert error in done.errors
    assert "Traceback" not in done.errors


def test_a_script_that_is_not_text_is_refused(command: Command) -> None:
    Path("s.sql").write_bytes(b"SELECT '\xff';")
    done = command("sql-client", "-f", "s.sql")
    assert done.code == 1
    assert "'s.sql' is not a text file in UTF-8: byte 8 is invalid." in done.errors


class TestRun:
    """``sqlstream run`` and ``info``."""

    SCRIPT = NOWHERE + "\nINSERT INTO nowhere SELECT a FROM (VALUES (1), (2)) AS t(a);"

    def test_waits_for_the_jobs_and_tells_their_totals(self, command: Command) -> None:
        Path("s.sql").write_text(self.SCRIPT)
        done = command("run", "s.sql")
        assert (done.code, done.errors) == (0, "")
        assert "FINISHED: rows read " in done.out
        assert "late rows 0, elapsed " in done.out

    def test_a_failing_job_gives_exit_code_1_and_its_cause(self, command: Command) -> None:
        Path("s.sql").write_text(NOWHERE + FAILING)
        done = command("run", "s.sql")
        assert done.code == 1
        assert done.out.splitlines()[-1].startswith("FAILED: rows read ")
        assert done.errors.endswith("failed: Division by zero.\nGuard it: CASE WHEN b <> 0 THEN a / b END.\n")

    def test_an_embedded_job_cannot_be_detached(self, command: Command) -> None:
        Path("s.sql").write_text(self.SCRIPT)
        done = command("run", "-d", "s.sql")
        assert done.code == 1
        assert done.errors == "[ERROR] A detached job needs a cluster to run on.\nAdd -t remote, or leave out -d.\n"

    def test_info_shows_plans_and_runs_nothing(self, command: Command) -> None:
        Path("s.sql").write_text(self.SCRIPT)
        done = command("info", "s.sql")
        assert done.code == 0
        assert "== Optimized Physical Plan ==" in done.out
        assert "Sink(table=[default_catalog.default_database.nowhere]" in done.out
        assert "Job ID" not in done.out
