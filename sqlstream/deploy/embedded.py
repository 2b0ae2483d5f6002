"""The target of an application: the JobManager of the very process that runs the script."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from threading import Lock

import msgspec

from sqlstream.columnar.batch import Batch
from sqlstream.deploy.ended_job import EndedJobClient
from sqlstream.deploy.job_manager_client import JobManagerClient
from sqlstream.deploy.job_outcome import job_overview
from sqlstream.deploy.target import DeploymentTarget, JobClient, JobOverview
from sqlstream.errors import ClusterError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.jobmanager.views import TaskView
from sqlstream.spi.filesystem import absolute_path
from sqlstream.state.checkpoint_files import dispose_savepoint


class EmbeddedJobClient(JobManagerClient):
    """The rows of a SELECT are on another process."""

    def fetch(self, task: TaskView) -> Iterator[Batch]:
        from sqlstream.runtime.network.result_stream import fetch_results

        if task.address is not None:
            yield from fetch_results(task.address, self.job_id)


class EmbeddedTarget(DeploymentTarget):
    """The ids of its jobs follow from ``cluster_id`` and their order, so that the script, when it is run anew on a
    JobManager that goes on after another, finds those it has submitted before. ``ended`` are those that have ended."""

    def __init__(self, job_manager: JobManager, cluster_id: str, ended: Mapping[str, JobStatus]) -> None:
        self._job_manager = job_manager
        self._cluster_id = cluster_id
        self._ended = ended
        self._closed_because: str | None = None
        self._lock = Lock()
        self.submitted: list[JobClient] = []
        """The application's jobs, in order."""

    def refuse(self, reason: str) -> None:
        """Take no more jobs; every one that was taken is among the submitted ones."""
        with self._lock:
            self._closed_because = reason

    def earlier_run(self, graph: JobGraph) -> JobClient | None:
        graph = self._identified(graph)
        client: JobClient
        if graph.job_id in self._ended:
            client = EndedJobClient(graph.job_id, graph.name, self._ended[graph.job_id])
        elif graph.job_id in self._job_manager.statuses():
            client = EmbeddedJobClient(self._job_manager, graph)
        else:
            return None
        self.submitted.append(client)
        return client

    def submit(self, graph: JobGraph) -> JobClient:
        with self._lock:
            if self._closed_because is not None:
                raise ClusterError(f"Job '{graph.name}' is not started: {self._closed_because}")
            graph = self._identified(graph)
            self._job_manager.submit(graph)
            client = EmbeddedJobClient(self._job_manager, graph)
            self.submitted.append(client)
        return client

    def jobs(self) -> list[JobOverview]:
        return [job_overview(view) for view in self._job_manager.jobs()]

    def job(self, job_id: str) -> JobClient:
        return EmbeddedJobClient(self._job_manager, self._job_manager.job(job_id).graph)

    def dispose_savepoint(self, path: str) -> None:
        dispose_savepoint(absolute_path(path))

    def _identified(self, graph: JobGraph) -> JobGraph:
        place = f"{self._cluster_id}/{len(self.submitted)}"
        return msgspec.structs.replace(graph, job_id=hashlib.sha256(place.encode()).hexdigest()[:32])
