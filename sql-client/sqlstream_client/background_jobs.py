"""The jobs that run while the client goes on: waiting for them, and telling of the ones that fail."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from sqlstream.deploy.target import JobClient
from sqlstream.errors import SqlStreamError
from sqlstream.runtime.deployment import JobStatus
from sqlstream_client.gateway_executor import GatewayExecutor
from sqlstream_client.job_totals import JobTotals
from sqlstream_client.messages import Messages


class BackgroundJobs:
    """The jobs of ``executor``; what became of each is told once."""

    def __init__(self, executor: GatewayExecutor, messages: Messages, *, verbose: bool = False) -> None:
        self._executor = executor
        self._messages = messages
        self._verbose = verbose
        self._told: set[str] = set()

    def take_for_told(self, first: int) -> None:
        """The end of the jobs from number ``first`` on needs no more telling."""
        self._told.update(job.job_id for job in self._executor.jobs[first:])

    def wait(self) -> bool:
        """Wait until every job has ended; whether all finished. Ctrl-C cancels them."""
        finished = True
        for job in self._executor.jobs:
            try:
                job.wait()
                if job.job_id not in self._told:
                    self.tell_left_out(job.job_id, JobTotals.of(job.progress()))
            except SqlStreamError as error:
                finished = False
                self._tell_failure(job, error)
            except KeyboardInterrupt:
                _cancel(self._executor.jobs)
                self._messages.say("INFO", "The running jobs have been cancelled.")
                return False
        return finished

    def tell_failed(self) -> None:
        """Say which jobs have failed since they were submitted or last asked about."""
        for job in self._executor.jobs:
            if job.job_id in self._told:
                continue
            try:
                if job.progress().status is JobStatus.FAILED:
                    job.wait()
            except SqlStreamError as error:
                self._tell_failure(job, error)

    def warn_of_ending(self) -> None:
        """Say how many jobs still run, and will not any more once the session is closed."""
        if not self._executor.ends_jobs_on_close:
            return
        running = sum(not job.progress().status.is_terminal for job in self._executor.jobs)
        if running:
            self._messages.say(
                "WARN", f"{running} running {'jobs end' if running > 1 else 'job ends'} with this client."
            )

    def tell_left_out(self, job_id: str, totals: JobTotals | None) -> None:
        """Rows that are not in a result must not be missed in silence."""
        if totals is not None and totals.left_out is not None:
            self._told.add(job_id)
            self._messages.say("WARN", f"Left out of the result: {totals.left_out}.")

    def _tell_failure(self, job: JobClient, error: SqlStreamError) -> None:
        if job.job_id not in self._told:
            self._told.add(job.job_id)
            self._messages.error(str(error), error, verbose=self._verbose)


def _cancel(jobs: Sequence[JobClient]) -> None:
    """Ask all first, then wait."""
    with suppress(SqlStreamError):
        running = [job for job in jobs if not job.progress().status.is_terminal]
        for job in running:
            job.cancel()
        for job in running:
            with suppress(SqlStreamError):
                job.wait()
