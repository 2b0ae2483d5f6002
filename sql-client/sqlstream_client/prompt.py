"""The interactive prompt: multi-line editing, history, completion, highlighting."""

from __future__ import annotations

from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.filters import completion_is_selected, has_completions
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.shortcuts import clear

from sqlstream.session.session import Session
from sqlstream.sql.splitting import is_complete
from sqlstream_client.commands import HELP, ClientCommand, client_command
from sqlstream_client.completion import SqlCompleter
from sqlstream_client.highlighting import FlinkSqlLexer
from sqlstream_client.runner import PROMPT, StatementRunner

_CONTINUATION = "> "
_WELCOME = "sqlstream SQL client. End statements with a semicolon; HELP; lists commands, QUIT; leaves."
HISTORY_FILE = Path("~/.sqlstream-sql-history")


def is_entered(text: str) -> bool:
    """Whether Enter runs ``text``, rather than starting a new line of it."""
    bare = text.strip()
    return bare in ("", ";") or client_command(bare) is not None or is_complete(text)


def _key_bindings() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("enter", filter=~(has_completions & completion_is_selected))
    def _(event: KeyPressEvent) -> None:
        if is_entered(event.current_buffer.text):
            event.current_buffer.validate_and_handle()
        else:
            event.current_buffer.insert_text("\n")

    return bindings


def open_history(path: Path) -> History:
    """The history kept in ``path``; one that ends with the client where that file cannot be written."""
    file = path.expanduser()
    try:
        file.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(file))


def _prompt_session(session: Session, history: Path) -> PromptSession[str]:
    return PromptSession(
        PROMPT,
        multiline=True,
        prompt_continuation=lambda width, line, wrapped: _CONTINUATION.rjust(width),
        history=open_history(history),
        lexer=PygmentsLexer(FlinkSqlLexer),
        completer=SqlCompleter(session),
        complete_while_typing=False,
        key_bindings=_key_bindings(),
        enable_history_search=True,
    )


def run_interactively(session: Session, runner: StatementRunner, history: Path = HISTORY_FILE) -> None:
    """Read and run statements until QUIT or Ctrl-D; Ctrl-C empties the line, or cancels what runs.

    What jobs print meanwhile goes above the prompt.
    """
    prompt = _prompt_session(session, history)
    runner.show_text(_WELCOME)
    with patch_stdout(raw=True):
        while True:
            try:
                runner.tell_failed_jobs()
                if not _enter(prompt.prompt(), runner):
                    break
            except KeyboardInterrupt:
                continue
            except EOFError:
                break
    runner.warn_of_ending_jobs()


def _enter(text: str, runner: StatementRunner) -> bool:
    """Do what was typed; False to leave."""
    command = client_command(text)
    if command in (ClientCommand.QUIT, ClientCommand.EXIT):
        return False
    if command is ClientCommand.CLEAR:
        clear()
    elif command is ClientCommand.HELP:
        runner.show_text(HELP)
    else:
        runner.run(text)
    return True
