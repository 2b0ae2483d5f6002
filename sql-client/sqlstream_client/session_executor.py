"""Statements executed by a session in this process."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from sqlstream.config.configuration import Configuration
from sqlstream.deploy.target import JobClient, JobProgress
from sqlstream.errors import SqlStreamError
from sqlstream.session.completion.names import SqlNames
from sqlstream.session.completion.session_names import SessionNames
from sqlstream.session.result import Result
from sqlstream.session.session import Session
from sqlstream.session.text_result import ShownResult
from sqlstream.sql.script import parse_span
from sqlstream.sql.splitting import Span
from sqlstream_client.executor import Executor, StatementResult


class SessionResult(ShownResult, StatementResult):
    """A :class:`Result` as the client shows it."""

    def __init__(self, result: Result, time_zone: str) -> None:
        super().__init__(result, time_zone)
        self.kind = result.kind
        self.job = result.job
        self.job_id = None if result.job is None else result.job.job_id

    def progress(self) -> JobProgress | None:
        return None if self.job is None else self.job.progress()

    def cancel(self) -> None:
        if self.job is not None:
            cancel_jobs([self.job])


class SessionExecutor(Executor):
    """Executes in ``session``, whose jobs are those of the client."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def configuration(self) -> Configuration:
        return self._session.configuration

    @property
    def names(self) -> SqlNames:
        return SessionNames(self._session)

    @property
    def jobs(self) -> Sequence[JobClient]:
        return self._session.jobs

    @property
    def ends_jobs_on_close(self) -> bool:
        return self._session.ends_jobs_on_close

    def execute(self, source: str, span: Span) -> StatementResult:
        before = len(self._session.jobs)
        try:
            result = self._session.execute(parse_span(source, span), source)
        except KeyboardInterrupt:
            cancel_jobs(self._session.jobs[before:])
            raise
        return SessionResult(result, self._session.time_zone)

    def close(self) -> None:
        self._session.close()


def cancel_jobs(jobs: Sequence[JobClient]) -> None:
    """Ask first, then wait: cancelled jobs are gone when the next statement runs."""
    with suppress(SqlStreamError):
        running = [job for job in jobs if not job.progress().status.is_terminal]
        for job in running:
            job.cancel()
        for job in running:
            with suppress(SqlStreamError):
                job.wait()
