"""Whoever executes the client's statements: a session in this process, or one at a SQL gateway."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from sqlstream.config.configuration import Configuration
from sqlstream.deploy.target import JobClient, JobProgress
from sqlstream.session.completion.names import SqlNames
from sqlstream.session.result import ResultKind
from sqlstream.session.text_result import TextResult
from sqlstream.sql.splitting import Span


class StatementResult(TextResult):
    """What a statement gave. ``job`` is the handle of its job, None where there is none or it is not in reach."""

    kind: ResultKind
    job_id: str | None
    job: JobClient | None

    def progress(self) -> JobProgress | None:
        """How far its job has come; None when that cannot be seen."""
        return None

    @abstractmethod
    def cancel(self) -> None:
        """End the statement and its job, and wait until they have ended, though at a gateway the job may end a moment
        later. The pages end too. From any thread, at any time."""


class Executor(ABC):
    """One session. One statement at a time."""

    @property
    @abstractmethod
    def configuration(self) -> Configuration:
        """The session's settings as they are now."""

    @property
    @abstractmethod
    def names(self) -> SqlNames:
        """What completion may offer."""

    @property
    def jobs(self) -> Sequence[JobClient]:
        """The jobs that this session submitted and this process answers for, oldest first."""
        return ()

    @property
    def ends_jobs_on_close(self) -> bool:
        """Whether its jobs end with it."""
        return False

    @abstractmethod
    def execute(self, source: str, span: Span) -> StatementResult:
        """Execute the statement at ``span`` of the script ``source``. SqlStreamError when that fails; on Ctrl-C
        whatever it began is cancelled."""

    @abstractmethod
    def close(self) -> None:
        """End the session."""
