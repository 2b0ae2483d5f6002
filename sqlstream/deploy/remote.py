"""``execution.target: remote``: jobs run on the cluster whose JobManager's REST API is at ``rest.address``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, TypeVar

import httpx
import msgspec

from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.config.options import REST_ADDRESS, REST_PORT
from sqlstream.deploy.job_outcome import failed_job, failed_savepoint
from sqlstream.deploy.remote_job import RemoteJob, Until
from sqlstream.deploy.target import DeploymentTarget, JobClient, JobOverview, JobProgress
from sqlstream.errors import ClusterError, StateError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import JobStatus
from sqlstream.spi.filesystem import absolute_path

T = TypeVar("T")

_LONG_POLL = 20.0
"""Seconds the JobManager holds an answer back while nothing has happened."""
_TIMEOUT = 10.0


class _ErrorBody(msgspec.Struct):
    errors: list[str]


class _JobEntry(msgspec.Struct, rename={"start_time": "start-time", "end_time": "end-time"}):
    jid: str
    name: str
    state: JobStatus
    start_time: int
    end_time: int


class _JobsOverview(msgspec.Struct):
    jobs: list[_JobEntry]


class _Triggered(msgspec.Struct, rename="kebab"):
    request_id: str


class _Status(msgspec.Struct):
    id: str


class _Cause(msgspec.Struct, rename="kebab", frozen=True):
    stack_trace: str


class _Operation(msgspec.Struct, rename="kebab", frozen=True):
    location: str | None = None
    failure_cause: _Cause | None = None


class _Request(msgspec.Struct):
    status: _Status
    operation: _Operation = _Operation()


class RestConnection:
    """Requests to one JobManager, which has ``timeout`` seconds to answer; every failure is a ClusterError."""

    def __init__(self, configuration: Configuration, timeout: float = _TIMEOUT) -> None:
        self.url = f"http://{configuration.option(REST_ADDRESS)}:{configuration.option(REST_PORT)}"
        self._timeout = timeout
        self._client = httpx.Client(base_url=self.url, trust_env=False)

    def request(
        self,
        method: str,
        path: str,
        answer: type[T],
        *,
        json: bytes | None = None,
        params: dict[str, str] | None = None,
        extra_wait: float = 0,
    ) -> T:
        """The decoded answer. ``extra_wait`` is how many seconds more than usual it may take."""
        headers = {} if json is None else {"Content-Type": "application/json"}
        try:
            response = self._client.request(
                method, path, content=json, params=params, headers=headers, timeout=self._timeout + extra_wait
            )
        except httpx.TransportError as error:
            raise ClusterError(
                f"The JobManager at {self.url} cannot be reached: {error}.",
                hint="Start a cluster with 'sqlstream cluster start', or say where it is: rest.address and rest.port, "
                "-m HOST:PORT on the command line.",
            ) from None
        try:
            if response.is_error:
                raise ClusterError(msgspec.json.decode(response.content, type=_ErrorBody).errors[0])
            return msgspec.json.decode(response.content, type=answer)
        except (msgspec.DecodeError, IndexError):
            raise ClusterError(
                f"{self.url} gave an unexpected answer (HTTP {response.status_code}).",
                hint="Is that a sqlstream JobManager of the same version?",
            ) from None

    def trigger(self, path: str, body: dict[str, Any]) -> str:
        """Begin what takes its time; the id to ask about it with."""
        return self.request("POST", path, _Triggered, json=msgspec.json.encode(body)).request_id

    def carry_out(self, path: str, status_path: str, body: dict[str, Any]) -> _Operation:
        """Trigger what takes its time, and wait for its outcome."""
        request_id = self.trigger(path, body)
        while True:
            answer = self.request(
                "GET",
                f"{status_path}/{request_id}",
                _Request,
                params={"wait-ms": str(int(_LONG_POLL * 1000))},
                extra_wait=_LONG_POLL,
            )
            if answer.status.id == "COMPLETED":
                return answer.operation

    def close(self) -> None:
        self._client.close()


class RemoteJobClient(JobClient):
    def __init__(self, connection: RestConnection, job_id: str, name: str) -> None:
        self._connection = connection
        self.job_id = job_id
        self.name = name

    def progress(self) -> JobProgress:
        return self._connection.request("GET", f"/jobs/{self.job_id}/progress", RemoteJob).progress()

    def wait(self, timeout: float | None = None) -> JobStatus:
        job = self.await_job(Until.ENDED, timeout)
        if job.status is JobStatus.FAILED:
            raise failed_job(job.failure or f"Job {self.job_id} failed.", job.hint, job.trace)
        return job.status

    def cancel(self) -> None:
        self._connection.request("PATCH", f"/jobs/{self.job_id}", dict[str, str], params={"mode": "cancel"})

    def savepoint(self, target: str | None = None) -> str:
        return self._savepoint(*_savepoint_request(target))

    def stop(self, target: str | None = None, *, drain: bool = False) -> str:
        location = self._savepoint(*_stop_request(target, drain))
        self.wait()
        return location

    def trigger_savepoint(self, target: str | None = None) -> str:
        """Like ``savepoint``, without waiting: the id to ask ``/jobs/:jobid/savepoints/:triggerid`` about it with."""
        return self._trigger(*_savepoint_request(target))

    def trigger_stop(self, target: str | None = None, *, drain: bool = False) -> str:
        """Like ``stop``, without waiting; see :meth:`trigger_savepoint`."""
        return self._trigger(*_stop_request(target, drain))

    def results(self) -> Iterator[Batch]:
        job = self.await_job(Until.COLLECTING, None)
        if not job.is_query:
            raise ClusterError(f"Job '{self.name}' ({self.job_id}) has no rows to fetch: it is not a SELECT.")
        try:
            # When the rows end early the job's own cause says why, not the connection they came on.
            with suppress(ClusterError):
                if job.result_address is not None:
                    from sqlstream.runtime.network.result_stream import fetch_results

                    yield from fetch_results(job.result_address, self.job_id)
            self.wait()
        finally:
            with suppress(ClusterError):
                self._connection.request("DELETE", f"/jobs/{self.job_id}/result", dict[str, str])

    def _trigger(self, path: str, body: dict[str, Any]) -> str:
        return self._connection.trigger(f"/jobs/{self.job_id}/{path}", body)

    def _savepoint(self, path: str, body: dict[str, Any]) -> str:
        job = f"/jobs/{self.job_id}"
        operation = self._connection.carry_out(f"{job}/{path}", f"{job}/savepoints", body)
        if operation.location is None:
            cause = operation.failure_cause
            raise failed_savepoint(self.job_id, None if cause is None else cause.stack_trace)
        return operation.location

    def await_job(self, until: Until, timeout: float | None = None) -> RemoteJob:
        """The job as it is once it has reached ``until``, or ``timeout`` seconds have passed."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            patience = _LONG_POLL if deadline is None else min(_LONG_POLL, max(0.0, deadline - time.monotonic()))
            job = self._connection.request(
                "GET",
                f"/jobs/{self.job_id}/progress",
                RemoteJob,
                params={"until": until.value, "wait-ms": str(int(patience * 1000))},
                extra_wait=patience,
            )
            if job.reached(until) or (deadline is not None and time.monotonic() >= deadline):
                return job


def _savepoint_request(target: str | None) -> tuple[str, dict[str, Any]]:
    return "savepoints", {"target-directory": target and absolute_path(target)}


def _stop_request(target: str | None, drain: bool) -> tuple[str, dict[str, Any]]:
    return "stop", {"targetDirectory": target and absolute_path(target), "drain": drain}


class RemoteTarget(DeploymentTarget):
    """``timeout`` is how many seconds the JobManager has to answer."""

    def __init__(self, configuration: Configuration, timeout: float = _TIMEOUT) -> None:
        self._connection = RestConnection(configuration, timeout)

    def submit(self, graph: JobGraph) -> JobClient:
        self._connection.request("POST", "/jobs", dict[str, str], json=graph.to_json())
        return RemoteJobClient(self._connection, graph.job_id, graph.name)

    def jobs(self) -> list[JobOverview]:
        overview = self._connection.request("GET", "/jobs/overview", _JobsOverview)
        return [
            JobOverview(job.jid, job.name, job.state, job.start_time, None if job.end_time < 0 else job.end_time)
            for job in overview.jobs
        ]

    def job(self, job_id: str) -> RemoteJobClient:
        job = self._connection.request("GET", f"/jobs/{job_id}/progress", RemoteJob)
        return RemoteJobClient(self._connection, job.job_id, job.name)

    def dispose_savepoint(self, path: str) -> None:
        endpoint = "/savepoint-disposal"
        operation = self._connection.carry_out(endpoint, endpoint, {"savepoint-path": absolute_path(path)})
        if operation.failure_cause is not None:
            raise StateError(operation.failure_cause.stack_trace)

    def close(self) -> None:
        self._connection.close()
