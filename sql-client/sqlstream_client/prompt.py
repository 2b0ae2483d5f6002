"""The interactive prompt: multi-line editing, history, completion, highlighting."""

from __future__ import annotations

import sys
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.filters import completion_is_selected, has_completions
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.shortcuts import clear

from sqlstream.session.session import Session
from sqlstream.sql.script import is_complete
from sqlstream_client.commands import HELP, ClientCommand, client_command
from sqlstream_client.completion import SqlCompleter
from sqlstream_client.highlighting import FlinkSqlLexer
from sqlstream_client.runner import StatementRunner

PROMPT = "sqlstream> "
_CONTINUATION = "> "
HISTORY_FILE = Path.home() / ".sqlstream-sql-history"


def _key_bindings() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("enter", filter=~(has_completions & completion_is_selected))
    def _(event: KeyPressEvent) -> None:
        """Run a complete statement, else start a new line."""
        text = event.current_buffer.text
        if not text.strip() or client_command(text) or is_complete(text):
            event.current_buffer.validate_and_handle()
        else:
            event.current_buffer.insert_text("\n")

    return bindings


def _prompt_session(session: Session, history: Path) -> PromptSession[str]:
    return PromptSession(
        PROMPT,
        multiline=True,
        prompt_continuation=lambda width, line, wrapped: _CONTINUATION.rjust(width),
        history=FileHistory(str(history)),
        lexer=PygmentsLexer(FlinkSqlLexer),
        completer=SqlCompleter(session),
        complete_while_typing=False,
        key_bindings=_key_bindings(),
        enable_history_search=True,
    )


def run_interactively(session: Session, history: Path = HISTORY_FILE) -> None:
    """Read and run statements until QUIT or Ctrl-D; Ctrl-C empties the line, or cancels what runs."""
    prompt = _prompt_session(session, history)
    runner = StatementRunner(session, sys.stdout, color=sys.stdout.isatty())
    print("sqlstream SQL client. End statements with a semicolon; HELP; lists commands, QUIT; leaves.")
    while True:
        try:
            text = prompt.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            break
        command = client_command(text)
        if command in (ClientCommand.QUIT, ClientCommand.EXIT):
            break
        if command is ClientCommand.CLEAR:
            clear()
        elif command is ClientCommand.HELP:
            print(HELP)
        elif text.strip():
            runner.run(text)
    running = [job for job in session.jobs if not job.progress().status.is_terminal]
    if running and session.ends_jobs_on_close:
        runner.say("WARN", f"{len(running)} embedded job(s) end with this client.")
