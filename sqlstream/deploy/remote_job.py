"""A job on a cluster as the JobManager's REST API describes it to sqlstream's own clients."""

from __future__ import annotations

from enum import Enum

import msgspec

from sqlstream.deploy.job_outcome import job_progress, result_task
from sqlstream.deploy.target import JobProgress
from sqlstream.runtime.deployment import JobStatus, TaskMetrics
from sqlstream.runtime.jobmanager.views import JobView


class Until(Enum):
    """What a caller of ``/jobs/:jobid/progress`` may wait for."""

    ENDED = "ended"
    COLLECTING = "collecting"
    """The task that holds the rows of a SELECT is there, or the job has ended."""


class VertexProgress(msgspec.Struct, frozen=True):
    id: str
    name: str
    subtasks: tuple[TaskMetrics, ...]


class RemoteJob(msgspec.Struct, frozen=True):
    """``result_address`` (host:port) is where the rows of a SELECT are fetched, once they can be; ``failure``,
    ``hint`` and ``trace`` say why a FAILED job failed, and what to do."""

    job_id: str
    name: str
    status: JobStatus
    vertices: tuple[VertexProgress, ...]
    is_query: bool
    result_address: str | None = None
    failure: str | None = None
    hint: str | None = None
    trace: str | None = None

    def reached(self, until: Until) -> bool:
        return self.status.is_terminal or (until is Until.COLLECTING and self.result_address is not None)

    def progress(self) -> JobProgress:
        return JobProgress(self.status, tuple((v.id, v.name, v.subtasks) for v in self.vertices))


def remote_job(view: JobView) -> RemoteJob:
    """``view`` as it travels."""
    task = result_task(view)
    cause = view.cause if view.status is JobStatus.FAILED else None
    return RemoteJob(
        job_id=view.graph.job_id,
        name=view.graph.name,
        status=view.status,
        vertices=tuple(VertexProgress(*vertex) for vertex in job_progress(view).vertices),
        is_query=task is not None,
        result_address=task.address if task is not None and task.is_deployed else None,
        failure=view.failure_message if view.status is JobStatus.FAILED else None,
        hint=cause.hint if cause else None,
        trace=cause.trace if cause else None,
    )
