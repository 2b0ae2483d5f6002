"""``execution.target: local-per-job``: each job has a cluster of its own, processes on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Lock, Thread
from urllib.parse import urlsplit

from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.config.options import REST_ADDRESS, REST_PORT
from sqlstream.deploy.cluster_deployment import own_cluster
from sqlstream.deploy.job_outcome import failed_job
from sqlstream.deploy.leash import Leash
from sqlstream.deploy.own_cluster_process import start_own_cluster
from sqlstream.deploy.remote import RemoteJobClient, RestConnection
from sqlstream.deploy.remote_job import RemoteJob, Until
from sqlstream.deploy.target import DeploymentTarget, JobClient, JobOverview, JobProgress
from sqlstream.errors import ClusterError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.clock import now_ms
from sqlstream.runtime.jobmanager.job_master import collects
from sqlstream.spi.filesystem import absolute_path
from sqlstream.state.checkpoint_files import dispose_savepoint


class OwnClusterJobClient(JobClient):
    """The cluster waits on its leash until it has been heard how the job ended, and a SELECT's rows have been read."""

    def __init__(self, connection: RestConnection, graph: JobGraph, leash: Leash) -> None:
        self.job_id = graph.job_id
        self.name = graph.name
        self._connection = connection
        self._remote = RemoteJobClient(connection, graph.job_id, graph.name)
        self._has_rows = collects(graph)
        self._leash = leash
        self._start_time = now_ms()
        self._end_time: int | None = None
        self._final: RemoteJob | None = None
        self._lost: ClusterError | None = None
        self._ended = Event()
        Thread(target=self._follow, name=f"job-{graph.job_id[:6]}", daemon=True).start()

    def progress(self) -> JobProgress:
        try:
            return self._remote.progress() if self._final is None else self._final.progress()
        except ClusterError:
            if self._final is None:
                raise
            return self._final.progress()

    def overview(self) -> JobOverview:
        return JobOverview(self.job_id, self.name, self.progress().status, self._start_time, self._end_time)

    def wait(self, timeout: float | None = None) -> JobStatus:
        if not self._ended.wait(timeout):
            return self.progress().status
        if self._final is None:
            raise self._lost or ClusterError(f"What became of job {self.job_id} is not known.")
        if self._final.status is JobStatus.FAILED:
            raise failed_job(self._final.failure or f"Job {self.job_id} failed.", self._final.hint, self._final.trace)
        return self._final.status

    def cancel(self) -> None:
        if self._final is None:
            self._remote.cancel()

    def savepoint(self, target: str | None = None) -> str:
        return self._remote.savepoint(target)

    def stop(self, target: str | None = None, *, drain: bool = False) -> str:
        return self._remote.stop(target, drain=drain)

    def results(self) -> Iterator[Batch]:
        try:
            yield from self._remote.results()
        finally:
            self._leash.release()

    def close(self) -> None:
        """The cluster need not wait for questions any longer."""
        self._leash.release()

    def _follow(self) -> None:
        try:
            self._final = self._remote.await_job(Until.ENDED)
        except ClusterError as error:
            self._lost = error
        self._end_time = now_ms()
        self._ended.set()
        if not self._has_rows:
            self._leash.release()


class LocalPerJobTarget(DeploymentTarget):
    """A job's settings are its cluster's, over those of ``configuration``."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._jobs: dict[str, OwnClusterJobClient] = {}
        self._lock = Lock()

    def submit(self, graph: JobGraph) -> JobClient:
        leash = Leash()
        try:
            deployment = own_cluster(self._configuration.with_(graph.configuration), {}, None)
            cluster = start_own_cluster(deployment, leash=leash)
            connection = _connection(cluster.address.rest_url)
            connection.request("POST", "/jobs", dict[str, str], json=graph.to_json())
        except BaseException:
            leash.release()
            raise
        job = OwnClusterJobClient(connection, graph, leash)
        with self._lock:
            self._jobs[graph.job_id] = job
        return job

    def jobs(self) -> list[JobOverview]:
        with self._lock:
            jobs = list(self._jobs.values())
        return [job.overview() for job in reversed(jobs)]

    def job(self, job_id: str) -> JobClient:
        with self._lock:
            job = self._jobs.get(job_id)
        if job is None:
            raise ClusterError(
                f"There is no job {job_id}.", hint="Each job has a cluster of its own: see its REST API."
            )
        return job

    def dispose_savepoint(self, path: str) -> None:
        dispose_savepoint(absolute_path(path))

    def close(self) -> None:
        with self._lock:
            for job in self._jobs.values():
                job.close()


def _connection(url: str) -> RestConnection:
    place = urlsplit(url)
    return RestConnection(Configuration({REST_ADDRESS.key: str(place.hostname), REST_PORT.key: str(place.port)}))
