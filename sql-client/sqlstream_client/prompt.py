"""The interactive prompt: multi-line editing, history, completion, highlighting."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from prompt_toolkit import PromptSession
from prompt_toolkit.enums import EditingMode as Editing
from prompt_toolkit.filters import completion_is_selected, has_completions, is_searching
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.patch_stdout import patch_stdout

from sqlstream.config.option import ConfigOption
from sqlstream.errors import ConfigError
from sqlstream.session.client_options import COLOR_SCHEMA, EDITING_MODE, SHOW_LINE_NUMBERS, EditingMode
from sqlstream.sql.splitting import is_complete
from sqlstream_client.color_schemas import style_of
from sqlstream_client.commands import client_command
from sqlstream_client.completion import SqlCompleter
from sqlstream_client.gateway_executor import GatewayExecutor
from sqlstream_client.highlighting import FlinkSqlLexer
from sqlstream_client.runner import PROMPT, StatementRunner

T = TypeVar("T")

_WELCOME = "sqlstream SQL client. End statements with a semicolon; HELP; lists commands, QUIT; leaves."
_EDITING = {EditingMode.EMACS: Editing.EMACS, EditingMode.VI: Editing.VI}
HISTORY_FILE = Path("~/.sqlstream-sql-history")


def is_entered(text: str) -> bool:
    """Whether Enter runs ``text``, rather than starting a new line of it."""
    bare = text.strip()
    return bare in ("", ";") or client_command(bare) is not None or is_complete(text)


def _key_bindings() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("enter", filter=~(has_completions & completion_is_selected) & ~is_searching)
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


class SqlPrompt:
    """Reads what is typed, under the session's settings as they are at the time."""

    def __init__(self, executor: GatewayExecutor, history: Path) -> None:
        self._executor = executor
        self._numbered = False
        self._session: PromptSession[str] = PromptSession(
            PROMPT,
            multiline=True,
            prompt_continuation=self._continuation,
            history=open_history(history),
            lexer=PygmentsLexer(FlinkSqlLexer),
            completer=SqlCompleter(executor),
            complete_while_typing=False,
            complete_in_thread=True,
            key_bindings=_key_bindings(),
            enable_history_search=True,
        )

    def read(self) -> str:
        """One entry. KeyboardInterrupt on Ctrl-C, EOFError on Ctrl-D."""
        self._session.editing_mode = _EDITING[self._setting(EDITING_MODE)]
        self._numbered = self._setting(SHOW_LINE_NUMBERS)
        return self._session.prompt(style=style_of(self._setting(COLOR_SCHEMA)))

    def _continuation(self, width: int, line: int, wrapped: int) -> str:
        number = str(line + 1) if self._numbered and not wrapped else ""
        return f"{number}> ".rjust(width)

    def _setting(self, option: ConfigOption[T]) -> T:
        """A value that cannot be read, which a gateway may let pass, counts as none."""
        try:
            return self._executor.configuration.option(option)
        except ConfigError:
            assert option.default is not None
            return option.default


def run_interactively(executor: GatewayExecutor, runner: StatementRunner, history: Path = HISTORY_FILE) -> None:
    """Read and run statements until QUIT or Ctrl-D; Ctrl-C empties the line, or cancels what runs.

    What jobs print meanwhile goes above the prompt.
    """
    prompt = SqlPrompt(executor, history)
    runner.messages.show(_WELCOME)
    with patch_stdout(raw=True):
        while not runner.has_quit:
            try:
                runner.background.tell_failed()
                runner.run(prompt.read())
            except KeyboardInterrupt:
                continue
            except EOFError:
                break
    runner.background.warn_of_ending()
