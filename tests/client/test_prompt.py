"""Typing at the prompt, key by key, without a terminal."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from sqlstream.errors import ClusterError
from sqlstream.sql.splitting import statement_spans
from sqlstream_client.embedded_executor import EmbeddedExecutor
from sqlstream_client.prompt import is_entered, open_history, run_interactively
from sqlstream_client.runner import StatementRunner

ENTER, CTRL_C, CTRL_D, UP = "\r", "\x03", "\x04", "\x1b[A"


Type = Callable[[str], str]


@pytest.fixture
def typed(executor: EmbeddedExecutor, tmp_path: Path) -> Type:
    """Types keys at a new prompt, and gives what the statements printed."""

    def typed(keys: str) -> str:
        out = io.StringIO()
        with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
            keyboard.send_text(keys)
            run_interactively(executor, StatementRunner(executor, out), history=tmp_path / "history")
        return out.getvalue()

    return typed


def test_a_statement_runs_when_it_ends_with_a_semicolon(typed: Type, executor: EmbeddedExecutor) -> None:
    typed(f"SET 'a'{ENTER}  = 'b';{ENTER}{CTRL_D}")
    assert executor.configuration["a"] == "b"


def test_a_semicolon_within_quotes_does_not_end_a_statement(typed: Type, executor: EmbeddedExecutor) -> None:
    typed(f"SET 'a' = ';{ENTER}';{ENTER}{CTRL_D}")
    assert executor.configuration["a"] == ";\n"


@pytest.mark.parametrize("word", ["QUIT;", "quit", "EXIT ;", "exit"])
def test_quit_and_exit_leave(typed: Type, executor: EmbeddedExecutor, word: str) -> None:
    typed(f"{word}{ENTER}SET 'a' = 'b';{ENTER}{CTRL_D}")
    assert "a" not in executor.configuration


def test_ctrl_c_empties_the_entry(typed: Type, executor: EmbeddedExecutor) -> None:
    typed(f"SELECT ({ENTER} nonsense{CTRL_C}SET 'a' = 'b';{ENTER}{CTRL_D}")
    assert executor.configuration["a"] == "b"


def test_help_is_printed(typed: Type) -> None:
    assert "CLEAR            clear the screen" in typed(f"help{ENTER}{CTRL_D}")


def test_a_mistake_does_not_end_the_client(typed: Type, executor: EmbeddedExecutor) -> None:
    out = typed(f"SELCT 1;{ENTER}SET 'a' = 'b';{ENTER}{CTRL_D}")
    assert "Did you mean SELECT?" in out
    assert executor.configuration["a"] == "b"


def test_the_next_client_remembers_what_was_typed(typed: Type, executor: EmbeddedExecutor) -> None:
    typed(f"SET 'a' = 'b';{ENTER}{CTRL_D}")
    executor.execute("RESET", next(statement_spans("RESET")))
    assert "a" not in executor.configuration
    typed(f"{UP}{ENTER}{CTRL_D}")
    assert executor.configuration["a"] == "b"


def test_a_history_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    history = open_history(tmp_path / "missing" / "history")
    history.append_string("SELECT 1;")
    assert history.get_strings() == ["SELECT 1;"]
    assert not (tmp_path / "missing").exists()


def test_a_failed_background_job_is_told_at_the_next_prompt(typed: Type, executor: EmbeddedExecutor) -> None:
    typed(f"CREATE TABLE nowhere (a INT) WITH ('connector' = 'blackhole');{ENTER}{CTRL_D}")
    typed(f"INSERT INTO nowhere SELECT 1 / (a - a) FROM (VALUES (1)) AS t(a);{ENTER}{CTRL_D}")
    with pytest.raises(ClusterError):
        executor.jobs[0].wait()
    assert "Division by zero" in typed(CTRL_D)


@pytest.mark.parametrize("text", ["", "  ", ";", "help", "SELECT 1;", "SELECT 1; SELECT 2; -- done"])
def test_enter_runs(text: str) -> None:
    assert is_entered(text)


@pytest.mark.parametrize("text", ["SELECT 1", "SELECT ';", "SELECT 1; SELECT", "-- a comment", "SELECT `;"])
def test_enter_starts_a_new_line(text: str) -> None:
    assert not is_entered(text)
