"""What requests carry: the job in the path, and a body in JSON."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from fastapi import Request
from starlette.exceptions import HTTPException

from sqlstream.errors import ClusterError
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.jobmanager.views import JobView

T = TypeVar("T")

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
        content = await json_content(request) or b"{}"
        try:
            return msgspec.json.decode(content, type=expected)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise HTTPException(400, f"Bad request: {error}") from None

    return body
