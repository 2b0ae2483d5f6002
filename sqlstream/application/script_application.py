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
from sqlstream.sql.script import ParsedStatement, iter_statements

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
        statements = iter_statements(self._script.text)
        with Session(self._options, make_target=lambda _: self._target, on_submit=self._output.submitted) as session:
            while not self._ends():
                parsed: ParsedStatement | None = None
                before = len(self._target.submitted)
                try:
                    parsed = next(statements, None)
                    if parsed is None:
                        break
                    self._output.statement(parsed)
                    self._output.result(session.execute(parsed, self._script.text), session.time_zone)
                except Exception as error:  # whatever it is, the application ends in order
                    if self._ends() and not self._has_failed_since(before):
                        break
                    self._tell(parsed, error)
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

    def _tell(self, parsed: ParsedStatement | None, error: Exception) -> None:
        if isinstance(error, SqlStreamError):
            reason = str(error)
        else:
            _LOG.error("a statement failed unexpectedly", exc_info=error)
            reason = f"{type(error).__name__}: {error}\nThis is a bug in sqlstream; the log shows where."
        what = f"read the next statement of {self._script.name}"
        if parsed is not None:
            line = parsed.position.line
            what = f"execute the statement at line {line} of {self._script.name}, {excerpt(parsed.text)!r}"
        self._output.error(f"Could not {what}. Reason:\n{masked_statement(reason)}")
