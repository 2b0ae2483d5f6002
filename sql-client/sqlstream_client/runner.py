"""Runs statements one after another and prints what they give, the same for a prompt, a file and ``-e``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from sqlstream.errors import SqlStreamError
from sqlstream.session.options import MAX_COLUMN_WIDTH
from sqlstream.session.result import Result, ResultKind
from sqlstream.session.session import Session
from sqlstream.session.tableau import print_result
from sqlstream.sql.script import ParsedStatement, iter_statements

_CODES = {"INFO": "34;1", "WARN": "33;1", "ERROR": "31;1"}


class StatementRunner:
    """Prints results and messages to ``out``. ``color`` marks messages as Flink's client does; ``echo`` repeats each
    statement before its result, for scripts."""

    def __init__(
        self,
        session: Session,
        out: TextIO,
        *,
        color: bool = False,
        echo: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._out = out
        self._color = color
        self._echo = echo
        self._clock = clock

    def run(self, text: str) -> bool:
        """Run every statement of ``text`` until one fails; whether all succeeded. Ctrl-C ends the running one."""
        try:
            for parsed in iter_statements(text):
                if self._echo:
                    self._out.write(f"> {parsed.text};\n")
                self._run_one(parsed, text)
        except SqlStreamError as error:
            self.say("ERROR", f"Could not execute SQL statement. Reason:\n{error}")
            return False
        return True

    def _run_one(self, parsed: ParsedStatement, source: str) -> None:
        result: Result | None = None
        try:
            result = self._session.execute(parsed, source)
            self._show(result)
        except KeyboardInterrupt:
            if result is not None:
                result.cancel()
            self.say("INFO", "Statement cancelled.")

    def _show(self, result: Result) -> None:
        if result.kind is ResultKind.SUCCESS_WITH_CONTENT:
            print_result(
                result,
                self._session.time_zone,
                out=self._out,
                max_column_width=self._session.configuration.option(MAX_COLUMN_WIDTH),
                clock=self._clock,
            )
            self._out.write("\n")
        elif result.job is not None:
            self.say("INFO", f"SQL update statement has been submitted.\nJob ID: {result.job.job_id}\n")
        else:
            self.say("INFO", "Execute statement succeeded.\n")

    def wait_for_jobs(self) -> bool:
        """Wait until every job this session started has ended; whether none failed. Ctrl-C cancels them."""
        succeeded = True
        for job in self._session.jobs:
            try:
                job.wait()
            except SqlStreamError as error:
                self.say("ERROR", f"Job {job.job_id} ({job.name}) failed. Reason:\n{error}")
                succeeded = False
            except KeyboardInterrupt:
                job.cancel()
                job.wait()
                self.say("INFO", f"Job {job.job_id} cancelled.")
        return succeeded

    def say(self, level: str, message: str) -> None:
        """Print a message marked with its level."""
        text = f"[{level}] {message}"
        self._out.write(f"\x1b[{_CODES[level]}m{text}\x1b[0m\n" if self._color else f"{text}\n")
        self._out.flush()
