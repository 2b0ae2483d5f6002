"""``execution.target: local``: jobs run in this process."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.deploy.job_manager_client import JobManagerClient
from sqlstream.deploy.job_outcome import job_overview
from sqlstream.deploy.target import DeploymentTarget, JobClient, JobOverview, JobProgress
from sqlstream.errors import ClusterError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.jobmanager.views import TaskView
from sqlstream.runtime.minicluster import ExecutorFactory, MiniCluster, task_executor
from sqlstream.spi.filesystem import absolute_path
from sqlstream.state.checkpoint_files import dispose_savepoint


class LocalJobClient(JobManagerClient):
    def __init__(self, cluster: MiniCluster, graph: JobGraph) -> None:
        super().__init__(cluster.job_manager, graph)
        self._cluster = cluster

    def progress(self) -> JobProgress:
        self._cluster.refresh_metrics()
        return super().progress()

    def fetch(self, task: TaskView) -> Iterator[Batch]:
        yield from self._cluster.executor.results(self.job_id)


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
