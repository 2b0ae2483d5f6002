"""``execution.target: local``: jobs run in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from threading import Lock

from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.deploy.job_outcome import failed_savepoint, job_overview, job_progress, raise_if_failed, result_task
from sqlstream.deploy.target import DeploymentTarget, JobClient, JobOverview, JobProgress
from sqlstream.errors import ClusterError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.messages import StopMode
from sqlstream.runtime.jobmanager.views import JobView
from sqlstream.runtime.minicluster import ExecutorFactory, MiniCluster, task_executor
from sqlstream.spi.filesystem import absolute_path
from sqlstream.state.checkpoint_files import dispose_savepoint


class LocalJobClient(JobClient):
    def __init__(self, cluster: MiniCluster, graph: JobGraph) -> None:
        self._cluster = cluster
        self.job_id = graph.job_id
        self.name = graph.name

    def progress(self) -> JobProgress:
        self._cluster.refresh_metrics()
        return job_progress(self._cluster.job_manager.job(self.job_id))

    def wait(self, timeout: float | None = None) -> JobStatus:
        view = self._cluster.job_manager.await_job(self.job_id, lambda job: job.status.is_terminal, timeout)
        raise_if_failed(view)
        return view.status

    def cancel(self) -> None:
        self._cluster.job_manager.cancel(self.job_id)

    def savepoint(self, target: str | None = None) -> str:
        return self._savepoint(target, None)

    def stop(self, target: str | None = None, *, drain: bool = False) -> str:
        location = self._savepoint(target, StopMode.DRAIN if drain else StopMode.SUSPEND)
        self.wait()
        return location

    def results(self) -> Iterator[Batch]:
        view = self._cluster.job_manager.await_job(
            self.job_id, lambda job: job.status.is_terminal or _is_collecting(job)
        )
        if result_task(view) is None:
            raise ClusterError(f"Job '{self.name}' ({self.job_id}) has no rows to fetch: it is not a SELECT.")
        try:
            # When the rows end early the job's own cause says why, not the queue.
            with suppress(ClusterError):
                if _is_collecting(view):
                    yield from self._cluster.executor.results(self.job_id)
            self.wait()
        finally:
            self._cluster.job_manager.release_results(self.job_id)

    def _savepoint(self, target: str | None, stop: StopMode | None) -> str:
        manager = self._cluster.job_manager
        outcome = manager.await_snapshot(self.job_id, manager.trigger_savepoint(self.job_id, target, stop))
        if outcome.location is None:
            raise failed_savepoint(self.job_id, outcome.error)
        return outcome.location


class LocalTarget(DeploymentTarget):
    """Starts its MiniCluster with the first job."""

    def __init__(self, configuration: Configuration, executor_factory: ExecutorFactory = task_executor) -> None:
        self._configuration = configuration
        self._executor_factory = executor_factory
        self._cluster: MiniCluster | None = None
        self._lock = Lock()

    def submit(self, graph: JobGraph) -> JobClient:
        with self._lock:
            if self._cluster is None:
                self._cluster = MiniCluster(self._configuration, self._executor_factory)
            cluster = self._cluster
        cluster.job_manager.submit(graph)
        return LocalJobClient(cluster, graph)

    def jobs(self) -> list[JobOverview]:
        return [] if self._cluster is None else [job_overview(view) for view in self._cluster.job_manager.jobs()]

    def job(self, job_id: str) -> JobClient:
        if self._cluster is None:
            raise ClusterError(f"There is no job {job_id}.", hint="Nothing has been submitted in this session yet.")
        return LocalJobClient(self._cluster, self._cluster.job_manager.job(job_id).graph)

    def dispose_savepoint(self, path: str) -> None:
        dispose_savepoint(absolute_path(path))

    def close(self) -> None:
        with self._lock:
            if self._cluster is not None:
                self._cluster.close()
                self._cluster = None


def _is_collecting(job: JobView) -> bool:
    task = result_task(job)
    return task is not None and task.is_deployed
