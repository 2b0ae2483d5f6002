"""What an application prints: each statement and what came of it, as Flink's JobManager prints them."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TextIO

from sqlstream.application.status import ApplicationStatus
from sqlstream.config.configuration import MASK, is_secret
from sqlstream.deploy.ended_job import EndedJobClient
from sqlstream.deploy.target import JobClient
from sqlstream.runtime.deployment import JobStatus
from sqlstream.session.result import Result, ResultKind
from sqlstream.session.tableau import print_result
from sqlstream.session.text_result import ShownResult

_PROMPT = "sqlstream> "
_OPTION = re.compile(r"('((?:[^']|'')*)'\s*=\s*)'(?:[^']|'')*'")
_LONGEST_EXCERPT = 200


class SurvivingOutput:
    """Writes to ``stream`` as long as somebody listens: an application goes on when who watched it has gone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


class ScriptOutput:
    """Secrets in statements are masked."""

    def __init__(self, stream: TextIO) -> None:
        self._out: TextIO = SurvivingOutput(stream)  # type: ignore[assignment]

    def statement(self, text: str) -> None:
        """It is about to be executed."""
        self._write(f"{_PROMPT}{masked_statement(text.strip())};")

    def submitted(self, job: JobClient) -> None:
        """The statement has started a job, and may now wait for it."""
        self._write(f"Job ID: {job.job_id}")

    def result(self, result: Result, time_zone: str) -> None:
        """Print it, rows as they come. ClusterError when its job fails."""
        if isinstance(result.job, EndedJobClient):
            self._write(f"{result.job.wait().value} before the JobManager was started anew.")
        elif result.kind is ResultKind.SUCCESS_WITH_CONTENT:
            print_result(ShownResult(result, time_zone), out=self._out)
        elif result.job is None:
            self._write("OK")
        self._write("")

    def ended(self, job: JobClient, status: JobStatus) -> None:
        self._write(f"Job '{job.name}' ({job.job_id}) is {status.value}.")

    def outcome(self, status: ApplicationStatus) -> None:
        self._write(f"The application is {status.value}.")

    def error(self, message: str) -> None:
        self._write(f"[ERROR] {message}")

    def _write(self, line: str) -> None:
        self._out.write(f"{line}\n")
        self._out.flush()


def masked_statement(text: str) -> str:
    """``text`` fit to be shown."""
    return _OPTION.sub(lambda option: f"{option[1]}'{MASK}'" if is_secret(option[2]) else option[0], text)


def excerpt(text: str) -> str:
    """The beginning of a statement on one line, for an error."""
    words = " ".join(masked_statement(text).split())
    return words if len(words) <= _LONGEST_EXCERPT else f"{words[:_LONGEST_EXCERPT]}..."
