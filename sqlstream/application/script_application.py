"""A script that a JobManager runs: statements in order, and jobs that it outlives."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from sqlstream.application.application_jobs import ApplicationJobs
from sqlstream.application.script_output import ScriptOutput, excerpt, masked_statement
from sqlstream.application.status import ApplicationStatus
from sqlstream.deploy.cluster_deployment import Script
from sqlstream.deploy.embedded import EmbeddedTarget
from sqlstream.errors import ClusterError, SqlStreamError
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.session.session import Session
from sqlstream.sql.script import iter_statements
from sqlstream.sql.splitting import Span, statement_spans

_LOG = logging.getLogger(__name__)


class ScriptApplication:
    """``options`` are what the script's session starts with. ``recoverable`` says that its jobs can go on on another
    JobManager when this one is stopped."""

    def __init__(
        self,
        script: Script,
        options: Mapping[str, str],
        job_manager: JobManager,
        target: EmbeddedTarget,
        output: ScriptOutput,
        *,
        recoverable: bool,
    ) -> None:
        self._script = script
        self._options = options
        self._target = target
        self._output = output
        self._recoverable = recoverable
        self._stopped: ApplicationStatus | None = None
        self._jobs = ApplicationJobs(job_manager, target)

    def run(self) -> ApplicationStatus:
        """Blocks until the application has ended, its jobs included."""
        status = self._run()
        self._output.outcome(status)
        return status

    def stop(self) -> None:
        """End it before its time: its jobs are cancelled, unless they can go on on another JobManager."""
        if self._recoverable:
            self._stopped = ApplicationStatus.UNKNOWN
            self._target.refuse("the JobManager is stopped.")
            self._jobs.close()
        else:
            self._stopped = ApplicationStatus.CANCELED
            self._jobs.end("the application is stopped.")

    def _run(self) -> ApplicationStatus:
        failed = not self._run_statements()
        if failed:
            self._jobs.end("a statement of the application failed.")
        self._await_jobs()
        outcome = self._jobs.outcome
        self._jobs.close()
        if failed:
            return ApplicationStatus.FAILED
        return self._stopped or outcome or ApplicationStatus.SUCCEEDED

    def _run_statements(self) -> bool:
        """Whether none failed. Those after a job that did not finish are left out."""
        source = self._script.text
        statements = iter_statements(source)
        with Session(self._options, make_target=lambda _: self._target, on_submit=self._output.submitted) as session:
            for span in statement_spans(source):
                if self._ends():
                    break
                before = len(self._target.submitted)
                self._output.statement(source[span.start : span.end])
                try:
                    self._output.result(session.execute(next(statements), source), session.time_zone)
                except Exception as error:  # whatever it is, the application ends in order
                    if self._ends() and not self._has_failed_since(before):
                        break
                    self._tell(span, error)
                    return False
        return True

    def _await_jobs(self) -> None:
        for job in self._target.submitted:
            status = self._jobs.wait(job)
            if status is None:
                return
            self._output.ended(job, status)
            try:
                job.wait()
            except ClusterError as error:
                self._output.error(masked_statement(str(error)))

    def _ends(self) -> bool:
        return self._stopped is not None or self._jobs.outcome is not None

    def _has_failed_since(self, before: int) -> bool:
        """Whether a job has that was the ``before``-th or a later one."""
        return any(self._jobs.status(job) is JobStatus.FAILED for job in self._target.submitted[before:])

    def _tell(self, span: Span, error: Exception) -> None:
        if isinstance(error, SqlStreamError):
            reason = str(error)
        else:
            _LOG.error("a statement failed unexpectedly", exc_info=error)
            reason = f"{type(error).__name__}: {error}\nThis is a bug in sqlstream; the log shows where."
        source = self._script.text
        line = source.count("\n", 0, span.start) + 1
        quoted = excerpt(source[span.start : span.end])
        self._output.error(
            f"Could not execute the statement at line {line} of {self._script.name}, {quoted!r}. Reason:\n"
            f"{masked_statement(reason)}"
        )
