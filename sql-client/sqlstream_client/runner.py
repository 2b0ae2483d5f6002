"""Runs statements one after another and prints what they give, the same for a prompt, a file and ``-e``."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from sqlstream.deploy.target import JobClient
from sqlstream.errors import VERBOSE_VARIABLE, SqlStreamError
from sqlstream.runtime.deployment import JobStatus
from sqlstream.session.options import DML_SYNC, MAX_COLUMN_WIDTH
from sqlstream.session.result import Result, ResultKind
from sqlstream.session.session import Session
from sqlstream.session.tableau import print_result
from sqlstream.sql.script import ParsedStatement, iter_statements
from sqlstream_client.job_totals import JobTotals

PROMPT = "sqlstream> "
_CODES = {"INFO": "34;1", "WARN": "33;1", "ERROR": "31;1"}
_LONGEST_EXCERPT = 60


@dataclass(frozen=True)
class Origin:
    """Where statements come from. ``name`` is what errors call it, None at the prompt; ``echo`` repeats each
    statement before its result; ``quiet`` leaves out what only says that a statement succeeded."""

    name: str | None = None
    echo: bool = False
    quiet: bool = False


AT_PROMPT = Origin()


class StatementRunner:
    """Prints results to ``out`` and errors to ``errors`` (the same if not given); ``color`` marks messages as Flink's
    client does, and ``verbose`` adds to errors where they came from."""

    def __init__(
        self,
        session: Session,
        out: TextIO,
        *,
        errors: TextIO | None = None,
        color: bool = False,
        verbose: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._out = out
        self._errors = errors or out
        self._color = color
        self._verbose = verbose
        self._clock = clock
        self._told: set[str] = set()

    def run(self, text: str, origin: Origin = AT_PROMPT) -> bool:
        """Run every statement of ``text`` until one fails or is cancelled by Ctrl-C; whether all succeeded."""
        running: ParsedStatement | None = None
        try:
            for parsed in iter_statements(text):
                running = parsed
                if origin.echo:
                    self._out.write(f"{PROMPT}{parsed.text};\n")
                if not self._run_one(parsed, text, origin):
                    return False
                running = None
        except SqlStreamError as error:
            self._tell_error(f"Could not execute {_named(running, origin)}. Reason:\n{error}", error)
            return False
        except (BrokenPipeError, MemoryError):
            raise
        except Exception as error:  # a bug in a statement must not end the prompt
            problem = f"{type(error).__name__}: {error}\nThis is a bug in sqlstream; {VERBOSE_VARIABLE}=1 shows where."
            self._tell_error(f"Could not execute {_named(running, origin)}. Reason:\n{problem}", error)
            return False
        return True

    def _run_one(self, parsed: ParsedStatement, source: str, origin: Origin) -> bool:
        before = len(self._session.jobs)
        try:
            self._show(self._session.execute(parsed, source), origin)
        except KeyboardInterrupt:
            self._cancel(self._session.jobs[before:])
            self.say("INFO", "Statement cancelled.")
            return False
        except SqlStreamError:
            self._told.update(job.job_id for job in self._session.jobs[before:])
            raise
        return True

    def _show(self, result: Result, origin: Origin) -> None:
        if result.kind is ResultKind.SUCCESS_WITH_CONTENT:
            if result.job is not None:
                self._told.add(result.job.job_id)
            print_result(
                result,
                self._session.time_zone,
                out=self._out,
                max_column_width=self._session.configuration.option(MAX_COLUMN_WIDTH),
                clock=self._clock,
            )
            if result.job is not None:
                self._tell_left_out(result.job)
            self._out.write("\n")
            self._out.flush()
        elif result.job is None:
            if not origin.quiet:
                self._tell("Execute statement succeeded.")
        elif self._session.configuration.option(DML_SYNC):
            self._told.add(result.job.job_id)
            self._tell_left_out(result.job)
            self._tell(f"SQL update statement has completed.\nJob ID: {result.job.job_id}")
        else:
            self._tell(f"SQL update statement has been submitted.\nJob ID: {result.job.job_id}")

    def _tell(self, success: str) -> None:
        self.say("INFO", success)
        self._out.write("\n")
        self._out.flush()

    def wait_for_jobs(self) -> bool:
        """Wait until every job this session started has ended; whether all finished. Ctrl-C cancels them."""
        finished = True
        for job in self._session.jobs:
            try:
                job.wait()
                if job.job_id not in self._told:
                    self._tell_left_out(job)
            except SqlStreamError as error:
                finished = False
                self._tell_failure(job, error)
            except KeyboardInterrupt:
                self._cancel(self._session.jobs)
                self.say("INFO", "The running jobs have been cancelled.")
                return False
        return finished

    def tell_failed_jobs(self) -> None:
        """Say which jobs have failed since they were submitted or last asked about; each is told once."""
        for job in self._session.jobs:
            if job.job_id in self._told:
                continue
            try:
                if job.progress().status is JobStatus.FAILED:
                    job.wait()
            except SqlStreamError as error:
                self._tell_failure(job, error)

    def warn_of_ending_jobs(self) -> None:
        """Say how many embedded jobs still run, and will not any more once the session is closed."""
        if not self._session.ends_jobs_on_close:
            return
        running = sum(not job.progress().status.is_terminal for job in self._session.jobs)
        if running:
            self.say("WARN", f"{running} running {'jobs end' if running > 1 else 'job ends'} with this client.")

    def _tell_left_out(self, job: JobClient) -> None:
        """Rows that are not in a result must not be missed in silence."""
        left_out = JobTotals.of(job.progress()).left_out
        if left_out is not None:
            self._told.add(job.job_id)
            self.say("WARN", f"Left out of the result: {left_out}.")

    def _tell_failure(self, job: JobClient, error: SqlStreamError) -> None:
        if job.job_id not in self._told:
            self._told.add(job.job_id)
            self._tell_error(str(error), error)

    def _tell_error(self, message: str, error: Exception) -> None:
        trace = "\n" + "".join(traceback.format_exception(error)).rstrip() if self._verbose else ""
        self.say("ERROR", message + trace)

    def _cancel(self, jobs: list[JobClient]) -> None:
        """Ask first, then wait: a cancelled job is gone when the next statement runs."""
        running = [job for job in jobs if not job.progress().status.is_terminal]
        for job in running:
            job.cancel()
        for job in running:
            try:
                job.wait()
            except SqlStreamError as error:
                self._tell_failure(job, error)
        self._told.update(job.job_id for job in jobs)

    def show_text(self, text: str) -> None:
        """Print ``text`` as it is."""
        self._out.write(f"{text}\n")
        self._out.flush()

    def say(self, level: str, message: str) -> None:
        """Print a message marked with its level."""
        text = f"[{level}] {message}"
        stream = self._errors if level == "ERROR" else self._out
        self._out.flush()
        stream.write(f"\x1b[{_CODES[level]}m{text}\x1b[0m\n" if self._color else f"{text}\n")
        stream.flush()


def _named(statement: ParsedStatement | None, origin: Origin) -> str:
    """The statement as an error names it; a syntax error, which left no statement, shows its place itself."""
    if origin.name is None or statement is None:
        return f"the statements of {origin.name}" if origin.name else "SQL statement"
    words = " ".join(statement.text.split())
    excerpt = words if len(words) <= _LONGEST_EXCERPT else f"{words[:_LONGEST_EXCERPT]}..."
    return f"the statement at line {statement.position.line} of {origin.name}, {excerpt!r}"
