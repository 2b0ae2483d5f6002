"""Runs statements one after another and shows what they give, the same for a prompt, a file and ``-e``."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import REST_ADDRESS, REST_PORT, TARGET
from sqlstream.errors import VERBOSE_VARIABLE, ConfigError, SqlStreamError
from sqlstream.session.client_options import PRINT_TIME_COST, RESULT_MODE, VERBOSE, ResultMode
from sqlstream.session.options import DML_SYNC
from sqlstream.session.result import ResultKind
from sqlstream.session.tableau import print_result
from sqlstream.sql.splitting import Span, statement_spans
from sqlstream_client.background_jobs import BackgroundJobs
from sqlstream_client.commands import HELP, ClientCommand, SourceCommand, client_command
from sqlstream_client.display_options import max_column_width
from sqlstream_client.gateway_executor import GatewayExecutor
from sqlstream_client.gateway_result import GatewayResult
from sqlstream_client.messages import Messages
from sqlstream_client.scripts import identity, read_script
from sqlstream_client.waiting import AwaitedResult, progress_shown

if TYPE_CHECKING:
    from sqlstream_client.result_view import ResultView

PROMPT = "sqlstream> "
_LONGEST_EXCERPT = 60


@dataclass(frozen=True)
class Origin:
    """Where statements come from. ``name`` is what errors call it, None at the prompt; ``echo`` repeats each
    statement before its result; ``quiet`` leaves out what only says that a statement succeeded. ``within`` are the
    scripts that are running it by SOURCE."""

    name: str | None = None
    echo: bool = False
    quiet: bool = False
    within: tuple[str, ...] = ()


AT_PROMPT = Origin()


class StatementRunner:
    """Prints results to ``out`` and errors to ``errors`` (the same if not given); ``color`` marks messages, and
    ``verbose`` adds to errors where they came from. With ``views`` a query's rows may be shown on the whole screen."""

    def __init__(
        self,
        executor: GatewayExecutor,
        out: TextIO,
        *,
        errors: TextIO | None = None,
        color: bool = False,
        verbose: bool = False,
        clock: Callable[[], float] = time.monotonic,
        views: dict[ResultMode, ResultView] | None = None,
    ) -> None:
        self._executor = executor
        self._verbose = verbose
        self._clock = clock
        self._views = views or {}
        self.messages = Messages(out, errors, color=color)
        self.background = BackgroundJobs(executor, self.messages, verbose=verbose)
        self.has_quit = False
        """Whether QUIT or EXIT was among the statements."""

    def run(self, text: str, origin: Origin = AT_PROMPT) -> bool:
        """Run every statement of ``text`` until one fails, is cancelled by Ctrl-C, or is QUIT; whether none failed."""
        for span in statement_spans(text):
            if origin.echo:
                self.messages.show(f"{PROMPT}{text[span.start : span.end]};")
            if not self._run_one(text, span, origin):
                return False
            if self.has_quit:
                break
        return True

    def _run_one(self, source: str, span: Span, origin: Origin) -> bool:
        command = client_command(source[span.start : span.end])
        before = len(self._executor.jobs)
        try:
            if isinstance(command, SourceCommand):
                return self._source(command.file, origin)
            if command is not None:
                self._obey(command)
                return True
            self._execute(source, span, origin)
        except KeyboardInterrupt:
            self.background.take_for_told(before)
            self.messages.say("INFO", "Statement cancelled.")
            return False
        except SqlStreamError as error:
            self.background.take_for_told(before)
            self._tell(f"Could not execute {_named(source, span, origin)}. Reason:\n{error}", error)
            return False
        except (BrokenPipeError, MemoryError):
            raise
        except Exception as error:  # a bug in a statement must not end the prompt
            problem = f"{type(error).__name__}: {error}\nThis is a bug in sqlstream; {VERBOSE_VARIABLE}=1 shows where."
            self._tell(f"Could not execute {_named(source, span, origin)}. Reason:\n{problem}", error)
            return False
        return True

    def _obey(self, command: ClientCommand) -> None:
        if command is ClientCommand.HELP:
            self.messages.show(HELP)
        elif command is ClientCommand.CLEAR:
            self.messages.clear()
        else:
            self.has_quit = True

    def _source(self, file: str, origin: Origin) -> bool:
        this = identity(file)
        if this in origin.within:
            raise SqlStreamError(f"'{file}' sources itself.", hint="Take the SOURCE out of it.")
        script = Origin(file, echo=not origin.quiet, quiet=origin.quiet, within=(*origin.within, this))
        return self.run(read_script(file), script)

    def _execute(self, source: str, span: Span, origin: Origin) -> None:
        with progress_shown(out=self.messages.out if self._views else None):
            result = self._executor.execute(source, span)
        try:
            if result.kind is ResultKind.SUCCESS_WITH_CONTENT and not (result.job_id and not result.is_query):
                self._show(result)
            elif result.job_id is not None:
                self._tell_submitted(result, result.job_id)
            elif not origin.quiet:
                self.messages.done("Execute statement succeeded.")
        except KeyboardInterrupt:
            result.cancel()
            raise

    def _show(self, result: GatewayResult) -> None:
        configuration = self._executor.configuration
        if result.job is not None:
            self.background.take_for_told(len(self._executor.jobs) - 1)
        view = self._views.get(self._mode(result, configuration)) if result.is_query else None
        if view is None:
            self._print(result, configuration)
        elif view(result, configuration):
            self.messages.done("Result retrieval cancelled.")
            return
        self._tell_left_out(result)
        if view is None:
            self.messages.show("")

    def _mode(self, result: GatewayResult, configuration: Configuration) -> ResultMode:
        mode = configuration.option(RESULT_MODE)
        problem = None
        if RESULT_MODE.key in configuration and mode is not ResultMode.TABLEAU and not self._views:
            problem = f"Results cannot be shown in {mode.value} mode here: that needs a prompt on a terminal."
        elif mode is ResultMode.CHANGELOG and not result.changelog:
            problem = "A batch query has no changelog to show."
        if problem is not None:
            result.cancel()
            raise ConfigError(problem, hint=f"SET '{RESULT_MODE.key}' = '{ResultMode.TABLEAU.value}';")
        return mode

    def _print(self, result: GatewayResult, configuration: Configuration) -> None:
        out = self.messages.out
        awaited = result.is_query and not result.changelog and out.isatty()
        print_result(
            AwaitedResult(result, out) if awaited else result,
            out=out,
            max_column_width=max_column_width(configuration),
            clock=self._clock if configuration.option(PRINT_TIME_COST) else None,
        )

    def _tell_submitted(self, result: GatewayResult, job_id: str) -> None:
        configuration = self._executor.configuration
        if configuration.option(DML_SYNC):
            if result.job is not None:
                self.background.take_for_told(len(self._executor.jobs) - 1)
            self._tell_left_out(result)
            self.messages.done(f"SQL update statement has completed.\nJob ID: {job_id}")
        else:
            self.messages.done(
                f"SQL update statement has been submitted.\nJob ID: {job_id}\n"
                f"Watch it: {_where_to_watch(configuration, job_id)}"
            )

    def _tell_left_out(self, result: GatewayResult) -> None:
        steps = result.progress()
        if result.job_id is not None and steps is not None:
            self.background.tell_left_out(result.job_id, steps.totals)

    def _tell(self, message: str, error: Exception) -> None:
        verbose = self._verbose or self._executor.configuration.option(VERBOSE)
        self.messages.error(message, error, verbose=verbose)


def _where_to_watch(configuration: Configuration, job_id: str) -> str:
    if configuration.option(TARGET) == "remote":
        return f"http://{configuration.option(REST_ADDRESS)}:{configuration.option(REST_PORT)}/jobs/{job_id}"
    return f"DESCRIBE JOB '{job_id}';"


def _named(source: str, span: Span, origin: Origin) -> str:
    """The statement as an error names it."""
    if origin.name is None:
        return "SQL statement"
    words = " ".join(source[span.start : span.end].split())
    excerpt = words if len(words) <= _LONGEST_EXCERPT else f"{words[:_LONGEST_EXCERPT]}..."
    return f"the statement at line {source.count(chr(10), 0, span.start) + 1} of {origin.name}, {excerpt!r}"
