"""What a script or an entry at the prompt prints, and where it stops."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from sqlstream.runtime.deployment import JobStatus
from sqlstream.session.session import Session
from sqlstream_client.embedded_executor import EmbeddedExecutor
from sqlstream_client.runner import AT_PROMPT, Origin, StatementRunner

ENDLESS = "CREATE TABLE endless (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000');"
NOWHERE = "CREATE TABLE nowhere (a INT) WITH ('connector' = 'blackhole');"
FAILING = "INSERT INTO nowhere SELECT 1 / (a - a) FROM (VALUES (1)) AS t(a);"


class Interrupting(io.StringIO):
    """Output during which the user presses Ctrl-C, once, when ``text`` has been written."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text: str | None = text

    def write(self, text: str) -> int:
        written = super().write(text)
        if self._text is not None and self._text in text:
            self._text = None
            raise KeyboardInterrupt
        return written


Run = Callable[..., tuple[bool, str, str]]


@pytest.fixture
def run(executor: EmbeddedExecutor) -> Run:
    def run(text: str, origin: Origin = AT_PROMPT) -> tuple[bool, str, str]:
        out, errors = io.StringIO(), io.StringIO()
        succeeded = StatementRunner(executor, out, errors=errors, clock=lambda: 0.0).run(text, origin)
        return succeeded, out.getvalue(), errors.getvalue()

    return run


def test_a_result_is_followed_by_its_count_and_an_empty_line(run: Run) -> None:
    assert run("VALUES (1), (2);") == (
        True,
        "+----+-------------+\n"
        "| op |      EXPR$0 |\n"
        "+----+-------------+\n"
        "| +I |           1 |\n"
        "| +I |           2 |\n"
        "+----+-------------+\n"
        "Received a total of 2 rows (0.00 seconds)\n"
        "\n",
        "",
    )


def test_statements_without_rows_say_that_they_succeeded(run: Run) -> None:
    assert run("SET 'pipeline.name' = 'x';")[1] == "[INFO] Execute statement succeeded.\n\n"


def test_an_init_script_that_succeeds_says_nothing(run: Run) -> None:
    assert run(f"{ENDLESS} {NOWHERE}", Origin("init.sql", quiet=True)) == (True, "", "")


def test_an_echoed_script_shows_each_statement_before_its_result(run: Run) -> None:
    _, out, _ = run("SET 'a' = 'b'; RESET 'a';", Origin("s.sql", echo=True))
    succeeded = "[INFO] Execute statement succeeded.\n\n"
    assert out == f"sqlstream> SET 'a' = 'b';\n{succeeded}sqlstream> RESET 'a';\n{succeeded}"


def test_a_script_stops_at_the_first_failure_and_names_the_statement(run: Run, executor: EmbeddedExecutor) -> None:
    succeeded, out, errors = run("SET 'a' = '1';\n\nSELECT *\nFROM flihgts;\nSET 'a' = '2';", Origin("script.sql"))
    assert not succeeded
    assert out == "[INFO] Execute statement succeeded.\n\n"
    assert errors.startswith(
        "[ERROR] Could not execute the statement at line 3 of script.sql, 'SELECT * FROM flihgts'. Reason:\n"
    )
    assert "(line 4, column 6)\n  FROM flihgts;\n       ^^^^^^^\n" in errors
    assert executor.configuration["a"] == "1"


def test_a_syntax_error_points_at_its_place_after_the_statements_before_it_have_run(run: Run) -> None:
    succeeded, out, errors = run("SET 'a' = '1'; SELCT 2;")
    assert not succeeded
    assert "succeeded" in out
    assert errors == (
        "[ERROR] Could not execute SQL statement. Reason:\n"
        "Unexpected 'SELCT' (line 1, column 16)\n"
        "  SET 'a' = '1'; SELCT 2;\n"
        "                 ^^^^^\n"
        "Did you mean SELECT?\n"
    )


def test_an_insert_tells_the_id_of_its_job_and_where_to_watch_it(run: Run, executor: EmbeddedExecutor) -> None:
    run(NOWHERE)
    _, out, _ = run("INSERT INTO nowhere VALUES (1);")
    job_id = executor.jobs[0].job_id
    watch = f"Watch it: DESCRIBE JOB '{job_id}';"
    assert out == f"[INFO] SQL update statement has been submitted.\nJob ID: {job_id}\n{watch}\n\n"


def test_with_dml_sync_an_insert_is_told_when_it_has_completed(run: Run, executor: EmbeddedExecutor) -> None:
    run(f"{NOWHERE} SET 'table.dml-sync' = 'true';")
    _, out, _ = run("INSERT INTO nowhere VALUES (1);")
    assert out == f"[INFO] SQL update statement has completed.\nJob ID: {executor.jobs[0].job_id}\n\n"
    assert executor.jobs[0].progress().status is JobStatus.FINISHED


def test_colours_mark_messages_only_when_asked_for(executor: EmbeddedExecutor) -> None:
    out = io.StringIO()
    StatementRunner(executor, out, color=True).messages.say("ERROR", "no")
    assert out.getvalue() == "\x1b[31;1m[ERROR] no\x1b[0m\n"


def test_where_an_error_came_from_is_shown_only_on_request(executor: EmbeddedExecutor) -> None:
    terse, verbose = io.StringIO(), io.StringIO()
    StatementRunner(executor, terse).run("SELECT nope;")
    StatementRunner(executor, verbose, verbose=True).run("SELECT nope;")
    assert "Traceback" not in terse.getvalue()
    assert "Traceback" in verbose.getvalue()


def test_a_bug_is_told_and_does_not_end_the_client(executor: EmbeddedExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(Session, "execute", broken)
    out = io.StringIO()
    assert not StatementRunner(executor, out).run("SELECT 1;")
    assert "KeyError: 'x'\nThis is a bug in sqlstream" in out.getvalue()
    assert "Traceback" not in out.getvalue()


class TestCommandsInScripts:
    """What the client itself understands, between the statements."""

    def test_source_runs_a_script(self, run: Run, executor: EmbeddedExecutor, tmp_path: Path) -> None:
        (tmp_path / "it's.sql").write_text("SET 'a' = '1'; SET 'b' = '2';")
        path = str(tmp_path / "it's.sql").replace("'", "''")
        succeeded, out, _ = run(f"SOURCE '{path}'; SET 'c' = '3';")
        assert succeeded
        assert "sqlstream> SET 'b' = '2';\n[INFO] Execute statement succeeded." in out
        assert [executor.configuration[key] for key in "abc"] == ["1", "2", "3"]

    def test_a_mistake_in_a_sourced_script_is_told_once_with_its_place(self, run: Run, tmp_path: Path) -> None:
        script = tmp_path / "s.sql"
        script.write_text("SET 'a' = '1';\nSELECT nope;")
        succeeded, _, errors = run(f"SOURCE '{script}'; SET 'c' = '3';", Origin("outer.sql"))
        assert not succeeded
        assert errors.count("[ERROR]") == 1
        assert f"the statement at line 2 of {script}, 'SELECT nope'" in errors

    def test_a_script_may_not_source_itself(self, run: Run, tmp_path: Path) -> None:
        script = tmp_path / "s.sql"
        script.write_text(f"SOURCE '{script}';")
        succeeded, _, errors = run(f"SOURCE '{script}';")
        assert not succeeded
        assert f"'{script}' sources itself." in errors

    def test_a_script_that_is_not_there_is_told(self, run: Run) -> None:
        assert "Cannot read 'nope.sql': No such file or directory." in run("SOURCE nope.sql;")[2]

    def test_quit_ends_the_script(self, executor: EmbeddedExecutor) -> None:
        runner = StatementRunner(executor, io.StringIO())
        assert runner.run("SET 'a' = '1'; QUIT; SET 'a' = '2';")
        assert runner.has_quit
        assert executor.configuration["a"] == "1"

    def test_help_is_printed(self, run: Run) -> None:
        assert "SOURCE '<file>'" in run("HELP;")[1]

    def test_clear_writes_nothing_where_there_is_no_screen(self, run: Run) -> None:
        assert run("CLEAR;") == (True, "", "")


class TestDisplayOptions:
    def test_the_time_a_query_took_can_be_left_out(self, run: Run) -> None:
        out = run("SET 'sql-client.display.print-time-cost' = 'false'; SELECT 1 AS a;")[1]
        assert out.endswith("Received a total of 1 row\n\n")

    @pytest.mark.parametrize("key", ["table.display.max-column-width", "sql-client.display.max-column-width"])
    def test_long_text_is_cut_at_the_width_set(self, run: Run, key: str) -> None:
        assert "| +I | abcdefghij... |" in run(f"SET '{key}' = '13'; SELECT 'abcdefghijklmnopq' AS c;")[1]

    @pytest.mark.parametrize("mode", ["table", "changelog"])
    def test_a_view_that_needs_a_terminal_is_refused_without_one(
        self, run: Run, executor: EmbeddedExecutor, mode: str
    ) -> None:
        succeeded, _, errors = run(
            f"SET 'sql-client.execution.result-mode' = '{mode}'; {ENDLESS} SELECT a FROM endless;"
        )
        assert not succeeded
        assert f"Results cannot be shown in {mode} mode here" in errors
        assert "SET 'sql-client.execution.result-mode' = 'tableau';" in errors
        assert [job.progress().status for job in executor.jobs] == [JobStatus.CANCELED]

    def test_a_value_that_is_none_of_the_option_is_refused_when_it_is_set(self, run: Run) -> None:
        errors = run("SET 'sql-client.execution.result-mode' = 'tabel';")[2]
        assert "Expected: one of table, changelog, tableau." in errors

    def test_verbose_can_be_set(self, run: Run) -> None:
        assert "Traceback" in run("SET 'sql-client.verbose' = 'true'; SELECT nope;")[2]


class TestCtrlC:
    def test_cancels_the_running_query_and_the_statements_after_it(self, executor: EmbeddedExecutor) -> None:
        out = Interrupting("| +I |")
        assert not StatementRunner(executor, out).run(f"{ENDLESS} SELECT a FROM endless; SET 'after' = '1';")
        assert out.getvalue().endswith("[INFO] Statement cancelled.\n")
        assert [job.progress().status for job in executor.jobs] == [JobStatus.CANCELED]
        assert "after" not in executor.configuration

    def test_leaves_jobs_of_earlier_statements_alone(self, executor: EmbeddedExecutor) -> None:
        runner = StatementRunner(executor, io.StringIO())
        assert runner.run(f"{ENDLESS} {NOWHERE} INSERT INTO nowhere SELECT a FROM endless;")
        StatementRunner(executor, Interrupting("| +I |")).run("SELECT a FROM endless;")
        inserting, selecting = [job.progress().status for job in executor.jobs]
        assert not inserting.is_terminal
        assert selecting is JobStatus.CANCELED


class TestJobsInTheBackground:
    def test_waiting_fails_when_one_failed_and_says_why(self, executor: EmbeddedExecutor) -> None:
        out = io.StringIO()
        runner = StatementRunner(executor, out)
        assert runner.run(f"{NOWHERE} {FAILING} INSERT INTO nowhere VALUES (1);")
        assert not runner.background.wait()
        assert out.getvalue().endswith("failed: Division by zero.\nGuard it: CASE WHEN b <> 0 THEN a / b END.\n")
        assert [job.progress().status for job in executor.jobs] == [JobStatus.FAILED, JobStatus.FINISHED]

    def test_a_failure_is_told_once(self, executor: EmbeddedExecutor) -> None:
        out = io.StringIO()
        runner = StatementRunner(executor, out)
        runner.run(f"{NOWHERE} {FAILING}")
        runner.background.wait()
        told = out.getvalue()
        runner.background.tell_failed()
        assert out.getvalue() == told

    def test_a_failure_of_a_query_is_not_told_again(self, executor: EmbeddedExecutor) -> None:
        out = io.StringIO()
        runner = StatementRunner(executor, out)
        assert not runner.run("SELECT 1 / (a - a) FROM (VALUES (1)) AS t(a);")
        runner.background.tell_failed()
        assert out.getvalue().count("Division by zero") == 1

    def test_the_user_is_warned_of_those_that_end_with_the_client(self, executor: EmbeddedExecutor) -> None:
        out = io.StringIO()
        runner = StatementRunner(executor, out)
        runner.run(f"{ENDLESS} {NOWHERE} INSERT INTO nowhere SELECT a FROM endless;")
        runner.background.warn_of_ending()
        assert out.getvalue().endswith("[WARN] 1 running job ends with this client.\n")


class TestRowsLeftOut:
    """Rows that are dropped are not dropped in silence."""

    BIDS = """CREATE TABLE bids (price INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH (
        'connector' = 'filesystem', 'path' = 'bids.csv', 'format' = 'csv', 'csv.ignore-parse-errors' = 'true');"""
    TOTALS = """SELECT SUM(price) AS total FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
        GROUP BY window_start, window_end;"""

    @pytest.fixture(autouse=True)
    def bids(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        Path("bids.csv").write_text("1,2024-01-01 00:00:00\n2,2024-01-01 00:05:00\n4,2024-01-01 00:00:59\nx,y\n")

    def test_a_query_tells_late_and_unreadable_rows(self, run: Run) -> None:
        run(self.BIDS)
        _, out, _ = run(self.TOTALS)
        assert out.endswith(
            "Received a total of 2 rows (0.00 seconds)\n[WARN] Left out of the result: late rows 1, rows skipped 1.\n\n"
        )

    def test_so_does_an_insert_when_it_is_awaited(self, executor: EmbeddedExecutor) -> None:
        out = io.StringIO()
        runner = StatementRunner(executor, out)
        assert runner.run(f"{NOWHERE} {self.BIDS} INSERT INTO nowhere {self.TOTALS}")
        assert runner.background.wait()
        assert out.getvalue().endswith("[WARN] Left out of the result: late rows 1, rows skipped 1.\n")
