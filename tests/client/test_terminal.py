"""The real client on a real (pseudo-)terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from sqlstream.config.configuration import Configuration
from sqlstream.runtime.rpc.listening import available_port
from sqlstream.runtime.taskmanager.process import TaskManager
from sqlstream.web.job_manager_process import JobManagerProcess

pexpect = pytest.importorskip("pexpect")

PROMPT = "sqlstream>"
ENTER = "\r"
TIMEOUT = 60
"""Seconds; only how long a broken client may hang."""


class Terminal:
    """A user's hands and eyes."""

    def __init__(self, home: Path, *arguments: str) -> None:
        variables = {**os.environ, "HOME": str(home), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self.process = pexpect.spawn(
            sys.executable,
            ["-m", "sqlstream", "sql-client", *arguments],
            env=variables,
            encoding="utf-8",
            timeout=TIMEOUT,
            dimensions=(50, 160),
            cwd=home,
        )
        self.sees(PROMPT)

    def enters(self, text: str) -> None:
        self.process.send(text + ENTER)

    def sees(self, *texts: str) -> None:
        for text in texts:
            self.process.expect_exact(text)

    def leaves(self) -> int:
        self.process.expect(pexpect.EOF)
        self.process.close()
        return int(self.process.exitstatus)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.process.close(force=True)


@pytest.fixture
def cluster() -> Iterator[int]:
    """The REST port of a JobManager with one TaskManager."""
    rest_port, control_port = (available_port("127.0.0.1", 0, "a port") for _ in range(2))
    configuration = Configuration({"rest.port": str(rest_port), "jobmanager.rpc.port": str(control_port)})
    job_manager = JobManagerProcess(configuration)
    task_manager, registered = TaskManager(configuration), Event()
    session = Thread(target=task_manager.run, args=(lambda _: registered.set(),))
    session.start()
    assert registered.wait(TIMEOUT)
    yield rest_port
    task_manager.stop()
    session.join()
    job_manager.close()


def test_ctrl_c_cancels_the_query_and_not_the_client(terminal: Terminal) -> None:
    terminal.enters("CREATE TABLE endless (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000');")
    terminal.sees("succeeded", PROMPT)
    terminal.enters("SELECT a FROM endless;")
    terminal.sees("| op |", "| +I |")
    terminal.process.sendintr()
    terminal.sees("Statement cancelled.", PROMPT)
    terminal.enters("SHOW JOBS;")
    terminal.sees("collect", "CANCELED", "1 row in set", PROMPT)
    terminal.process.sendeof()
    assert terminal.leaves() == 0


def test_ctrl_c_is_heard_while_a_query_on_a_cluster_gives_no_rows(cluster: int, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "-D", "execution.target=remote", "-D", f"rest.port={cluster}")
    terminal.enters("CREATE TABLE endless (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000');")
    terminal.sees("succeeded", PROMPT)
    terminal.enters("SELECT a FROM endless WHERE a IS NULL;")
    terminal.sees("| op |")
    terminal.process.sendintr()
    terminal.sees("Statement cancelled.", PROMPT)
    terminal.enters("SHOW JOBS;")
    terminal.sees("CANCELED", "1 row in set", PROMPT)
    terminal.process.sendeof()
    assert terminal.leaves() == 0


def test_ctrl_c_at_the_prompt_empties_the_line_and_quit_leaves(terminal: Terminal) -> None:
    terminal.process.send("SELECT 'no")
    terminal.process.sendintr()
    terminal.sees(PROMPT)
    terminal.enters("SELECT 40 +")
    terminal.enters("2 AS answer;")
    terminal.sees("|      answer |", "|          42 |", "Received a total of 1 row", PROMPT)
    terminal.enters("QUIT;")
    assert terminal.leaves() == 0


def test_what_jobs_print_leaves_the_prompt_whole(terminal: Terminal) -> None:
    terminal.enters("CREATE TABLE lines (a INT) WITH ('connector' = 'print');")
    terminal.sees("succeeded", PROMPT)
    terminal.enters("INSERT INTO lines VALUES (4711);")
    terminal.sees("Job ID:", "+I[4711]\r\n", PROMPT)
    terminal.process.sendeof()
    assert terminal.leaves() == 0


def test_without_a_terminal_there_are_no_colours_and_no_prompt(tmp_path: Path) -> None:
    output = pexpect.run(f"sh -c 'echo \"SET a;\" | {sys.executable} -m sqlstream sql-client 2>&1 | cat'", cwd=tmp_path)
    assert b"[ERROR]" in output
    assert b"\x1b" not in output
    assert PROMPT.encode() not in output
