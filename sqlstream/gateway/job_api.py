"""The endpoint, beyond Flink's, that tells how far a session's job has come."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Response

from sqlstream.deploy.remote_job import VertexProgress
from sqlstream.errors import SqlStreamError
from sqlstream.gateway import answer_bodies as bodies
from sqlstream.gateway.answers import answer, failure
from sqlstream.gateway.session_api import SessionPath
from sqlstream.gateway.session_manager import SessionManager

JobPath = Annotated[
    str, Path(alias="job_id", description="A job where the session's jobs run.", pattern="^[0-9a-f]{32}$")
]


def job_router(sessions: SessionManager) -> APIRouter:
    router = APIRouter(prefix="/sessions/{session_handle}")

    @router.get("/jobs/{job_id}/progress", responses=bodies.answers(bodies.JobProgress))
    async def get_job_progress(session: SessionPath, job_id: JobPath) -> Response:
        """The job's status and, for each vertex, the metrics of its subtasks. Waits for the statement that the session
        is executing."""
        try:
            done = sessions.session(str(session)).call(lambda here: here.target.job(job_id).progress())
            progress = await asyncio.wrap_future(done)
        except SqlStreamError as error:
            return failure(error)
        vertices = [VertexProgress(*vertex) for vertex in progress.vertices]
        return answer({"status": progress.status.value, "vertices": vertices})

    return router
