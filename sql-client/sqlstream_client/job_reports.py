"""How far jobs have come, asked where that is known: at sqlstream's gateway, else at the JobManager, Flink's too."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import httpx
import msgspec

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import REST_ADDRESS, REST_PORT
from sqlstream.dbapi.exceptions import Error
from sqlstream.dbapi.gateway_client import GatewayClient
from sqlstream.deploy.remote_job import VertexProgress
from sqlstream.deploy.target import JobProgress
from sqlstream.errors import SqlStreamError
from sqlstream.runtime.deployment import JobStatus
from sqlstream_client.job_steps import JobSteps, Step

_PATIENCE_SECONDS = 2.0
"""For a JobManager that the gateway may reach and this machine may not."""


class _GatewayReport(msgspec.Struct):
    status: JobStatus
    vertices: tuple[VertexProgress, ...]


class _Metrics(msgspec.Struct, rename="kebab"):
    read_records: int = 0
    write_records: int = 0


class _Vertex(msgspec.Struct):
    name: str
    parallelism: int
    metrics: _Metrics


class _JobDetails(msgspec.Struct):
    state: JobStatus
    vertices: list[_Vertex]


Report = Callable[[str], JobSteps | None]
"""How far the job of an id has come; None when nobody tells."""


class JobReports:
    """Of the jobs of ``session``, whose settings are ``configuration()``. Who does not answer once is not asked
    again."""

    def __init__(self, client: GatewayClient, session: str, configuration: Callable[[], Configuration]) -> None:
        self._client = client
        self._session = session
        self._configuration = configuration
        self._sources: list[Report] = [self._from_gateway, self._from_job_manager]

    def __call__(self, job_id: str) -> JobSteps | None:
        while self._sources:
            with suppress(SqlStreamError, httpx.HTTPError, httpx.InvalidURL, msgspec.DecodeError):
                return self._sources[0](job_id)
            del self._sources[0]
        return None

    def _from_gateway(self, job_id: str) -> JobSteps:
        report = self._client.ask(f"/sessions/{self._session}/jobs/{job_id}/progress", _GatewayReport)
        vertices = tuple((vertex.id, vertex.name, vertex.subtasks) for vertex in report.vertices)
        return JobSteps.of(JobProgress(report.status, vertices))

    def _from_job_manager(self, job_id: str) -> JobSteps:
        configuration = self._configuration()
        if REST_ADDRESS.key not in configuration:
            raise Error("The gateway does not tell where the JobManager is.")
        host, port = configuration.option(REST_ADDRESS), configuration.option(REST_PORT)
        answer = httpx.get(f"http://{host}:{port}/jobs/{job_id}", timeout=_PATIENCE_SECONDS, trust_env=False)
        job = msgspec.json.decode(answer.raise_for_status().content, type=_JobDetails)
        steps = (Step(v.name, v.parallelism, v.metrics.read_records, v.metrics.write_records) for v in job.vertices)
        return JobSteps(job.state, tuple(steps))
