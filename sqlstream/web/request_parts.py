"""What requests carry: the job, vertex, subtask or TaskManager in the path, and a body in JSON."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import msgspec
from fastapi import Path, Query, Request
from starlette.exceptions import HTTPException

from sqlstream.errors import ClusterError
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.jobmanager.views import JobView, TaskManagerView, TaskView, VertexView

T = TypeVar("T")

Number = Annotated[int, Path(ge=0, lt=1 << 31)]
"""Of a subtask, or of one of its attempts."""
Parallelism = Annotated[int | None, Query(gt=0, le=1 << 15)]

_JOB_ID = re.compile(r"[0-9a-fA-F]{32}")


def existing_job(job_manager: JobManager, job_id: str) -> JobView:
    """The job that a path names; 400 or 404 when it cannot be one, or is none."""
    if not _JOB_ID.fullmatch(job_id):
        raise HTTPException(
            400, f'Bad request, could not parse parameters: Cannot resolve path parameter (jobid) from "{job_id}".'
        )
    try:
        return job_manager.job(job_id.lower())
    except ClusterError:
        raise HTTPException(404, f"Job {job_id} not found") from None


def cancel_job(job_manager: JobManager, job_id: str) -> None:
    """409 when the job that the path names has ended otherwise."""
    job = existing_job(job_manager, job_id)
    if job.status.is_terminal and job.status is not JobStatus.CANCELED:
        raise HTTPException(
            409,
            f"Job cancellation failed because the job has already reached another terminal state ({job.status.value}).",
        )
    job_manager.cancel(job.graph.job_id)


def existing_vertex(job: JobView, vertex_id: str) -> VertexView:
    """404 when the job has no such vertex."""
    for vertex in job.vertices:
        if vertex.vertex.id == vertex_id:
            return vertex
    raise HTTPException(404, f"JobVertex {vertex_id} not found in job {job.graph.job_id}")


def existing_subtask(vertex: VertexView, subtask: int) -> TaskView:
    """404 when the vertex is not as wide."""
    if subtask >= len(vertex.tasks):
        raise HTTPException(404, f"Invalid subtask index for vertex {vertex.vertex.id}")
    return vertex.tasks[subtask]


def existing_attempt(vertex: VertexView, subtask: int, attempt: int) -> TaskView:
    """404 when there was none, or it is remembered no longer."""
    current = existing_subtask(vertex, subtask)
    for task in (current, *current.earlier):
        if task.attempt == attempt:
            return task
    raise HTTPException(404, f"Invalid attempt num {attempt}")


def existing_task_manager(job_manager: JobManager, manager_id: str) -> TaskManagerView:
    """404 when none is registered under that id."""
    for manager in job_manager.task_managers():
        if manager.info.id == manager_id:
            return manager
    raise HTTPException(404, f"No TaskManager registered under {manager_id}.")


async def json_content(request: Request) -> bytes:
    """The body; 415 when it does not say that it is JSON. A browser may not send that type to another site unasked, so
    no web page can submit or stop jobs behind one's back."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "The body of this request must be application/json.")
    return await request.body()


def json_body(expected: type[T]) -> Callable[[Request], Awaitable[T]]:
    """A dependency: the body as ``expected``, whose fields all have defaults: an empty one is ``{}``. 400 when it is
    something else."""

    async def body(request: Request) -> T:
        return decoded(await json_content(request), expected)

    return body


def decoded(content: bytes, expected: type[T]) -> T:
    """``content`` as ``expected``; 400 when it is something else."""
    try:
        return msgspec.json.decode(content or b"{}", type=expected)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise HTTPException(400, f"Bad request: {error}") from None
