"""The real client on a real (pseudo-)terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pexpect
import pytest

from sqlstream.config.configuration import Configuration
from sqlstream.gateway.server import SqlGateway
from sqlstream.runtime.rpc.listening import available_port
from sqlstream.runtime.taskmanager.process import TaskManager
from sqlstream.web.job_manager_process import JobManagerProcess
from tests.client.terminal import (
    CTRL_C,
    CTRL_D,
    CTRL_E,
    CTRL_R,
    DOWN,
    ENTER,
    ESCAPE,
    LEFT,
    PASTE,
    PASTED,
    PATIENCE,
    PROMPT,
    TAB,
    TABLEAU,
    UP,
    Terminal,
)

ENDLESS = "CREATE TABLE endless (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000');"
NUMBERS = (
    "CREATE TABLE numbers (n INT) WITH ('connector' = 'datagen', 'number-of-rows' = '100',"
    " 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '100');"
)
SLOW = "CREATE TABLE slow (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10', 'number-of-rows' = '1000');"

Open = Callable[..., Terminal]


BOTH = pytest.mark.parametrize("mode", ["embedded", "gateway"], indirect=True)
"""What must not depend on where the session is."""


@pytest.fixture
def mode(request: pytest.FixtureRequest) -> Iterator[tuple[str, ...]]:
    """The arguments that say where the session is: embedded unless a test says ``gateway``."""
    if getattr(request, "param", "embedded") == "embedded":
        yield ()
        return
    gateway = SqlGateway(Configuration({"sql-gateway.endpoint.rest.port": "0"}))
    yield ("gateway", "--endpoint", gateway.url)
    gateway.close()


@pytest.fixture
def opened(mode: tuple[str, ...], tmp_path: Path) -> Iterator[Open]:
    """Opens terminals, and closes them in the end."""
    terminals: list[Terminal] = []

    def opened(*arguments: str, **size: int) -> Terminal:
        terminals.append(Terminal(tmp_path, *mode, *arguments, **size))
        terminals[-1].awaits_prompt()
        return terminals[-1]

    yield opened
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def cluster() -> Iterator[int]:
    """The REST port of a JobManager with one TaskManager."""
    rest_port, control_port = (available_port("127.0.0.1", 0, "a port") for _ in range(2))
    configuration = Configuration({"rest.port": str(rest_port), "jobmanager.rpc.port": str(control_port)})
    job_manager = JobManagerProcess(configuration)
    task_manager, registered = TaskManager(configuration), Event()
    session = Thread(target=task_manager.run, args=(lambda _: registered.set(),))
    session.start()
    assert registered.wait(PATIENCE)
    yield rest_port
    task_manager.stop()
    session.join()
    job_manager.close()


class TestCtrlC:
    @BOTH
    def test_cancels_the_query_and_not_the_client(self, opened: Open) -> None:
        terminal = opened(*TABLEAU)
        terminal.enters(ENDLESS)
        terminal.enters("SELECT a FROM endless;")
        terminal.sees("| +I |")
        terminal.types(CTRL_C)
        terminal.sees("Statement cancelled.")
        terminal.enters("SHOW JOBS;")
        terminal.sees("CANCEL", "1 row in set")
        terminal.awaits_prompt()
        terminal.types(CTRL_D)
        assert terminal.leaves() == 0

    def test_is_heard_while_a_query_on_a_cluster_gives_no_rows(self, cluster: int, opened: Open) -> None:
        terminal = opened(*TABLEAU, "-D", "execution.target=remote", "-D", f"rest.port={cluster}")
        terminal.enters(ENDLESS)
        terminal.enters("SELECT a FROM endless WHERE a IS NULL;")
        terminal.sees("| op |")
        terminal.types(CTRL_C)
        terminal.sees("Statement cancelled.")
        terminal.enters("SHOW JOBS;")
        terminal.sees("CANCEL", "1 row in set")

    def test_at_the_prompt_empties_the_line(self, opened: Open) -> None:
        terminal = opened(*TABLEAU)
        terminal.types("SELECT 'no")
        terminal.sees("SELECT 'no")
        terminal.types(CTRL_C)
        terminal.enters("SELECT 40 +")
        terminal.sees("         >")
        terminal.types(f"2 AS answer;{ENTER}")
        terminal.sees("|      answer |", "|          42 |", "Received a total of 1 row")
        terminal.enters("QUIT;")
        assert terminal.leaves() == 0


class TestEditing:
    @BOTH
    def test_tab_completes_the_columns_of_the_tables_named(self, opened: Open) -> None:
        terminal = opened(*TABLEAU)
        terminal.enters("CREATE TABLE flights (carrier STRING, cancelled BOOLEAN) WITH ('connector' = 'datagen');")
        terminal.awaits_prompt()
        terminal.types(f"select car{TAB}")
        terminal.sees("select cardinality(")
        terminal.types(f"{CTRL_C}")
        terminal.awaits_prompt()
        terminal.types(f"DESCRIBE fl{TAB}")
        terminal.sees("DESCRIBE flights")
        terminal.types(f";{ENTER}")
        terminal.sees("| cancelled | BOOLEAN |")

    def test_tab_shows_what_there_is_to_choose_from(self, opened: Open) -> None:
        terminal = opened()
        terminal.types(f"SHOW {TAB}")
        terminal.sees("CATALOGS", "DATABASES", "keyword")

    @BOTH
    def test_a_function_is_offered_with_its_signature(self, opened: Open) -> None:
        terminal = opened()
        terminal.types(f"SELECT SUBS{TAB}")
        terminal.sees("SELECT SUBSTR")
        terminal.sees("function SUBSTRING(<CHARACTER>, <INTEGER>")

    @BOTH
    def test_an_option_and_its_value(self, opened: Open) -> None:
        terminal = opened()
        terminal.types(f"SET 'execution.runt{TAB}")
        terminal.sees("SET 'execution.runtime-mode")
        terminal.types(f"' = 'b{TAB}")
        terminal.sees("' = 'batch")

    @BOTH
    def test_the_history_is_kept_and_searched_backwards(self, opened: Open) -> None:
        first = opened(*TABLEAU)
        first.enters("SELECT 'needle' AS a;")
        first.enters("SELECT 'straw' AS a;")
        first.enters("QUIT;")
        assert first.leaves() == 0
        second = opened(*TABLEAU)
        second.types(CTRL_R)
        second.sees("I-search backward:")
        second.types("needle")
        second.sees("SELECT 'needle' AS a;")
        second.types(ENTER)
        second.awaits(lambda: "I-search" not in second.text)
        second.types(ENTER)
        second.sees("|                         needle |")

    @BOTH
    def test_an_entry_of_many_lines_is_edited_as_a_whole_and_pointed_into(self, opened: Open) -> None:
        terminal = opened(*TABLEAU)
        terminal.enters("SELECT")
        terminal.sees("         >")
        terminal.types(f"  nme{ENTER}")
        terminal.types("FROM (VALUES (7)) AS t(name)")
        terminal.sees("FROM (VALUES (7)) AS t(name)")
        terminal.types(f";{ENTER}")
        terminal.sees("Column 'nme' not found in any table. (line 2, column 3)", "    nme\n    ^^^\n")
        terminal.awaits_prompt()
        terminal.types(UP)
        terminal.sees(PROMPT + " SELECT\n         >   nme\n         > FROM (VALUES (7)) AS t(name);")
        terminal.types(UP)
        terminal.types(LEFT * 20)  # it begins where the line above has room
        terminal.types(CTRL_E)
        terminal.types("\x7f\x7fame")
        terminal.sees("         >   name\n         > FROM")
        terminal.types(ESCAPE + ENTER)
        terminal.sees("| +I |           7 |", "Received a total of 1 row")

    @BOTH
    def test_a_script_may_be_pasted(self, opened: Open) -> None:
        terminal = opened(*TABLEAU)
        terminal.types(
            f"{PASTE}CREATE VIEW v AS{ENTER}  SELECT 7 AS seven;{ENTER}-- a; b{ENTER}SELECT * FROM v;{PASTED}"
        )
        terminal.sees("         > SELECT * FROM v;")
        terminal.types(ENTER)
        terminal.sees("Execute statement succeeded.", "| +I |           7 |", "Received a total of 1 row")
        terminal.awaits_prompt()

    @BOTH
    def test_what_is_typed_is_laid_out_anew_when_the_window_changes(self, opened: Open) -> None:
        terminal = opened(*TABLEAU, columns=100)
        words = "SELECT 'this is a line that is much too long for a narrow window' AS a"
        terminal.types(words)
        terminal.sees(f"{PROMPT} {words}")
        terminal.resizes(30, 50)
        terminal.sees(f"{PROMPT} SELECT 'this is a line that is much too\n         >  long for a narrow window' AS a")
        terminal.types(f";{ENTER}")
        terminal.sees("Received a total of 1 row")
        terminal.awaits_prompt()

    def test_another_file_may_keep_the_history(self, opened: Open, tmp_path: Path) -> None:
        terminal = opened(*TABLEAU, "-hist", str(tmp_path / "mine"))
        terminal.enters("SELECT 'needle' AS a;")
        terminal.enters("QUIT;")
        assert terminal.leaves() == 0
        assert "+SELECT 'needle' AS a;" in (tmp_path / "mine").read_text()
        assert not (tmp_path / ".sqlstream-sql-history").exists()

    def test_lines_are_numbered_when_asked_for(self, opened: Open) -> None:
        terminal = opened()
        terminal.enters("SET 'sql-client.display.show-line-numbers' = 'true';")
        terminal.enters("SELECT 1")
        terminal.sees("        2>")

    def test_vi_keys(self, opened: Open) -> None:
        terminal = opened(*TABLEAU, "--editing-mode", "vi")
        terminal.types("SELECT 12 AS a;")
        terminal.sees("SELECT 12 AS a;")
        terminal.types(ESCAPE)
        terminal.types("0")
        terminal.types("f1")
        terminal.types("x")
        terminal.sees("SELECT 2 AS a;")
        terminal.types(ENTER)
        terminal.sees("|           2 |")


class TestTableView:
    @BOTH
    def test_rows_are_shown_page_by_page(self, opened: Open) -> None:
        terminal = opened(rows=20)
        terminal.enters(NUMBERS)
        terminal.enters("SELECT n FROM numbers;")
        terminal.sees("SQL Query Result (Table)", "Table program finished.", "Page: Last of 7")
        terminal.sees("        100")
        terminal.types("g2")
        terminal.sees("Enter page number: 2")
        terminal.types(ENTER)
        terminal.sees("Page: 2 of 7")
        terminal.awaits(lambda: [int(line) for line in terminal.lines if line.strip().isdigit()] == list(range(16, 31)))
        terminal.types("n")
        terminal.sees("Page: 3 of 7")
        terminal.types("p")
        terminal.sees("Page: 2 of 7")
        terminal.types("l")
        terminal.sees("Page: Last of 7")
        terminal.types("q")
        terminal.awaits_prompt()

    @BOTH
    def test_while_there_are_no_rows_it_shows_how_far_the_query_has_come(self, opened: Open) -> None:
        terminal = opened("-D", "execution.runtime-mode=batch", rows=20)
        terminal.enters(SLOW)
        terminal.enters("SELECT COUNT(*) AS c FROM slow;")
        terminal.sees("SQL Query Result (Table)", "RUNNING", "rows in", "Source: slow")
        terminal.types(CTRL_C)
        terminal.sees("Result retrieval cancelled.")
        terminal.awaits_prompt()

    @BOTH
    def test_a_row_can_be_opened(self, opened: Open) -> None:
        terminal = opened(rows=20)
        terminal.enters("SELECT 'a long text that does not fit into its column' AS words, 7 AS seven;")
        terminal.sees("Table program finished.", "a long text that does not f...")
        terminal.types(DOWN)
        terminal.types("o")
        terminal.sees(
            "SQL Query Result (Row)", "words (CHAR(45) NOT NULL)", "a long text that does not fit into its column"
        )
        terminal.types("q")
        terminal.sees("SQL Query Result (Table)")
        terminal.types("q")
        terminal.awaits_prompt()

    @BOTH
    def test_what_is_shown_follows_the_query_until_it_is_left(self, opened: Open) -> None:
        terminal = opened(rows=20)
        terminal.enters(ENDLESS)
        terminal.enters("SELECT COUNT(*) AS c FROM endless;")
        terminal.sees("Refresh: 1 s", "Page: Last of 1")
        seen: set[str] = set()

        def has_changed() -> bool:
            seen.update(line.strip() for line in terminal.lines if line.strip().isdigit())
            return len(seen) > 1

        terminal.awaits(has_changed)
        terminal.types("-")
        terminal.sees("Refresh: 500 ms")
        terminal.types("+")
        terminal.sees("Refresh: 1 s")
        terminal.types(CTRL_C)
        terminal.sees("Result retrieval cancelled.")
        terminal.enters("SHOW JOBS;")
        terminal.sees("CANCEL")

    @BOTH
    def test_it_takes_the_room_there_is_when_the_window_changes(self, opened: Open) -> None:
        terminal = opened(rows=20)
        terminal.enters(NUMBERS)
        terminal.enters("SELECT n FROM numbers;")
        terminal.sees("Table program finished.", "Page: Last of 7")
        terminal.resizes(30, 100)
        terminal.sees("Page: Last of 5")
        terminal.resizes(12, 60)
        terminal.sees("Page: Last of 20")

    @BOTH
    def test_a_query_that_fails_says_why_at_the_prompt(self, opened: Open) -> None:
        terminal = opened(rows=20)
        terminal.enters("SELECT 1 / (a - a) FROM (VALUES (1)) AS t(a);")
        terminal.sees("[ERROR] Could not execute SQL statement.", "Division by zero")
        terminal.awaits_prompt()

    @BOTH
    def test_changes_are_shown_as_they_came(self, opened: Open) -> None:
        terminal = opened("-D", "sql-client.execution.result-mode=changelog", rows=20)
        terminal.enters("SELECT k, COUNT(*) AS n FROM (VALUES (1), (2), (2)) AS t(k) GROUP BY k;")
        terminal.sees("SQL Query Result (Changelog)", "Table program finished.")
        terminal.sees("-U           2                    1", "+U           2                    2")
        terminal.types("q")
        terminal.awaits_prompt()

    def test_a_batch_query_has_no_changelog(self, opened: Open) -> None:
        terminal = opened(
            "-D", "sql-client.execution.result-mode=changelog", "-D", "execution.runtime-mode=batch", columns=160
        )
        terminal.enters("SELECT 1 AS a;")
        terminal.sees("A batch query has no changelog to show.")


@BOTH
def test_a_batch_query_shows_how_far_it_has_come(opened: Open) -> None:
    terminal = opened(*TABLEAU)
    terminal.enters(SLOW)
    terminal.enters("SET 'execution.runtime-mode' = 'batch';")
    terminal.enters("SELECT COUNT(*) AS c FROM slow;")
    terminal.sees("RUNNING", "(Ctrl-C cancels)", "rows in", "Source: slow")
    terminal.types(CTRL_C)
    terminal.sees("Statement cancelled.")
    terminal.awaits_prompt()
    assert "RUNNING" not in terminal.text


def test_what_jobs_print_leaves_the_prompt_whole(opened: Open) -> None:
    terminal = opened()
    terminal.enters("CREATE TABLE lines (a INT) WITH ('connector' = 'print');")
    terminal.enters("INSERT INTO lines VALUES (4711);")
    terminal.sees("Job ID:", "Watch it: DESCRIBE JOB", "+I[4711]")
    terminal.awaits_prompt()
    terminal.types(CTRL_D)
    assert terminal.leaves() == 0


def test_up_brings_back_what_was_typed(opened: Open) -> None:
    terminal = opened(*TABLEAU)
    terminal.enters("SELECT 'first' AS a;")
    terminal.sees("Received a total of 1 row")
    terminal.enters("CLEAR;")
    terminal.awaits(lambda: "first" not in terminal.text)
    terminal.awaits_prompt()
    terminal.types(UP)
    terminal.sees("CLEAR;")
    terminal.types(UP)
    terminal.sees("SELECT 'first' AS a;")


def test_without_a_terminal_there_are_no_colours_and_no_prompt(tmp_path: Path) -> None:
    output = pexpect.run(f"sh -c 'echo \"SET a;\" | {sys.executable} -m sqlstream sql-client 2>&1 | cat'", cwd=tmp_path)
    assert b"[ERROR]" in output
    assert b"\x1b" not in output
    assert PROMPT.encode() not in output
