"""A job of the JobManager in this very process."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import suppress

from sqlstream.columnar.batch import Batch
from sqlstream.deploy.job_outcome import failed_savepoint, job_progress, raise_if_failed, result_task
from sqlstream.deploy.target import JobClient, JobProgress
from sqlstream.errors import ClusterError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.jobmanager.messages import StopMode
from sqlstream.runtime.jobmanager.views import JobView, TaskView


class JobManagerClient(JobClient):
    """What differs is where the rows of a SELECT are: see ``fetch``."""

    def __init__(self, job_manager: JobManager, graph: JobGraph) -> None:
        self._job_manager = job_manager
        self.job_id = graph.job_id
        self.name = graph.name

    @abstractmethod
    def fetch(self, task: TaskView) -> Iterator[Batch]:
        """The rows that ``task``, which has been deployed, collects. ClusterError when they end early."""

    def progress(self) -> JobProgress:
        return job_progress(self._job_manager.job(self.job_id))

    def wait(self, timeout: float | None = None) -> JobStatus:
        view = self._job_manager.await_job(self.job_id, lambda job: job.status.is_terminal, timeout)
        raise_if_failed(view)
        return view.status

    def cancel(self) -> None:
        self._job_manager.cancel(self.job_id)

    def savepoint(self, target: str | None = None) -> str:
        return self._savepoint(target, None)

    def stop(self, target: str | None = None, *, drain: bool = False) -> str:
        location = self._savepoint(target, StopMode.DRAIN if drain else StopMode.SUSPEND)
        self.wait()
        return location

    def results(self) -> Iterator[Batch]:
        view = self._job_manager.await_job(
            self.job_id, lambda job: job.status.is_terminal or _collecting(job) is not None
        )
        if result_task(view) is None:
            raise ClusterError(f"Job '{self.name}' ({self.job_id}) has no rows to fetch: it is not a SELECT.")
        try:
            # When the rows end early the job's own cause says why, not the queue.
            with suppress(ClusterError):
                if (task := _collecting(view)) is not None:
                    yield from self.fetch(task)
            self.wait()
        finally:
            self._job_manager.release_results(self.job_id)

    def _savepoint(self, target: str | None, stop: StopMode | None) -> str:
        request = self._job_manager.trigger_savepoint(self.job_id, target, stop)
        outcome = self._job_manager.await_snapshot(self.job_id, request)
        if outcome.location is None:
            raise failed_savepoint(self.job_id, outcome.error)
        return outcome.location


def _collecting(job: JobView) -> TaskView | None:
    """The task that holds the rows of a SELECT, once it is there."""
    task = result_task(job)
    return task if task is not None and task.is_deployed else None
