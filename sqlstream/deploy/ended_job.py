"""A job that ended before its JobManager was started anew: how it ended is all that is known."""

from __future__ import annotations

from collections.abc import Iterator

from sqlstream.columnar.batch import Batch
from sqlstream.deploy.target import JobClient, JobProgress
from sqlstream.errors import ClusterError
from sqlstream.runtime.deployment import JobStatus


class EndedJobClient(JobClient):
    def __init__(self, job_id: str, name: str, status: JobStatus) -> None:
        self.job_id = job_id
        self.name = name
        self._status = status

    def progress(self) -> JobProgress:
        return JobProgress(self._status, ())

    def wait(self, timeout: float | None = None) -> JobStatus:
        if self._status is JobStatus.FAILED:
            raise ClusterError(f"Job '{self.name}' ({self.job_id}) failed before the JobManager was started anew.")
        return self._status

    def cancel(self) -> None:
        """There is nothing to stop."""

    def savepoint(self, target: str | None = None) -> str:
        raise self._has_ended()

    def stop(self, target: str | None = None, *, drain: bool = False) -> str:
        raise self._has_ended()

    def results(self) -> Iterator[Batch]:
        """Its rows were read before."""
        self.wait()
        yield from ()

    def _has_ended(self) -> ClusterError:
        return ClusterError(f"Job '{self.name}' ({self.job_id}) has ended: it is {self._status.value}.")
