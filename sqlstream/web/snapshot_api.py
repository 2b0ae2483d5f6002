"""Checkpoints, savepoints and stopping with one: Flink's endpoints.

Each is triggered by a POST, whose answer is a request id, and asked about with that until it is COMPLETED; who gives a
``triggerId`` may repeat the POST without triggering twice. Beyond Flink's: with ``wait-ms`` the question is answered
when there is something to tell.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from starlette.exceptions import HTTPException

from sqlstream.errors import ClusterError, SqlStreamError
from sqlstream.runtime.jobmanager.checkpoint_statistics import CheckpointView, RequestStatus, RequestView
from sqlstream.runtime.jobmanager.clock import now_ms
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.jobmanager.messages import StopMode
from sqlstream.runtime.jobmanager.views import JobView
from sqlstream.web import checkpoint_json
from sqlstream.web.answers import answer
from sqlstream.web.job_watch import MAX_WAIT_MS, wait_for_job
from sqlstream.web.request_parts import existing_job, json_body
from sqlstream.web.savepoint_disposal import SavepointDisposals

WaitMs = Annotated[int, Query(alias="wait-ms", ge=0, le=MAX_WAIT_MS)]

TriggerId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")] | None

_ACCEPTED = 202


class SavepointBody(
    msgspec.Struct,
    rename={"target_directory": "target-directory", "cancel_job": "cancel-job", "trigger_id": "triggerId"},
):
    """With ``cancel-job`` the job ends with the savepoint, and is FINISHED."""

    target_directory: str | None = None
    cancel_job: bool = False
    trigger_id: TriggerId = None


class StopBody(msgspec.Struct, rename="camel"):
    target_directory: str | None = None
    drain: bool = False
    trigger_id: TriggerId = None


class CheckpointBody(msgspec.Struct, rename="camel"):
    """Whatever type is asked for: every checkpoint stores what is new, and refers to all."""

    trigger_id: TriggerId = None


class DisposalBody(msgspec.Struct, rename="kebab"):
    savepoint_path: str | None = None


def snapshot_router(job_manager: JobManager) -> APIRouter:
    router = APIRouter()

    def trigger_savepoint(job_id: str, target: str | None, stop: StopMode | None, trigger_id: str | None) -> Response:
        job = existing_job(job_manager, job_id)
        try:
            request = job_manager.trigger_savepoint(job.graph.job_id, target, stop, trigger_id)
        except SqlStreamError as error:
            raise HTTPException(400, str(error)) from None
        return answer({"request-id": request}, _ACCEPTED)

    @router.post("/jobs/{job_id}/savepoints")
    def savepoint(job_id: str, body: Annotated[SavepointBody, Depends(json_body(SavepointBody))]) -> Response:
        stop = StopMode.SUSPEND if body.cancel_job else None
        return trigger_savepoint(job_id, body.target_directory, stop, body.trigger_id)

    @router.post("/jobs/{job_id}/stop")
    def stop(job_id: str, body: Annotated[StopBody, Depends(json_body(StopBody))]) -> Response:
        mode = StopMode.DRAIN if body.drain else StopMode.SUSPEND
        return trigger_savepoint(job_id, body.target_directory, mode, body.trigger_id)

    @router.get("/jobs/{job_id}/savepoints/{request_id}")
    async def savepoint_status(job_id: str, request_id: str, wait_ms: WaitMs = 0) -> Response:
        outcome = await _outcome(job_manager, job_id, request_id, wait_ms)
        return answer(_status(outcome, {"location": outcome.location}))

    @router.post("/jobs/{job_id}/checkpoints")
    def checkpoint(job_id: str, body: Annotated[CheckpointBody, Depends(json_body(CheckpointBody))]) -> Response:
        job = existing_job(job_manager, job_id)
        request = job_manager.trigger_checkpoint(job.graph.job_id, body.trigger_id)
        return answer({"request-id": request}, _ACCEPTED)

    @router.get("/jobs/{job_id}/checkpoints")
    def checkpoints(job_id: str) -> Response:
        return answer(checkpoint_json.checkpoints(existing_job(job_manager, job_id).checkpoints, now_ms()))

    @router.get("/jobs/{job_id}/checkpoints/config")
    def checkpoint_config(job_id: str) -> Response:
        return answer(checkpoint_json.checkpoint_config(existing_job(job_manager, job_id)))

    @router.get("/jobs/{job_id}/checkpoints/details/{checkpoint_id}")
    def checkpoint_details(job_id: str, checkpoint_id: int) -> Response:
        checkpoint = _checkpoint(existing_job(job_manager, job_id), checkpoint_id)
        return answer(checkpoint_json.checkpoint_details(checkpoint, now_ms()))

    @router.get("/jobs/{job_id}/checkpoints/details/{checkpoint_id}/subtasks/{vertex_id}")
    def checkpoint_subtasks(job_id: str, checkpoint_id: int, vertex_id: str) -> Response:
        checkpoint = _checkpoint(existing_job(job_manager, job_id), checkpoint_id)
        for vertex in checkpoint.vertices:
            if vertex.vertex_id == vertex_id:
                return answer(checkpoint_json.checkpoint_subtasks(checkpoint, vertex, now_ms()))
        raise HTTPException(404, f"There is no checkpoint statistics for task {vertex_id}.")

    @router.get("/jobs/{job_id}/checkpoints/{request_id}")
    async def checkpoint_status(job_id: str, request_id: str, wait_ms: WaitMs = 0) -> Response:
        outcome = await _outcome(job_manager, job_id, request_id, wait_ms)
        return answer(_status(outcome, {"checkpointId": outcome.checkpoint_id}, "failureCause"))

    return router


def disposal_router() -> APIRouter:
    router = APIRouter()
    disposals = SavepointDisposals()

    @router.post("/savepoint-disposal")
    def dispose(body: Annotated[DisposalBody, Depends(json_body(DisposalBody))]) -> Response:
        if not body.savepoint_path:
            raise HTTPException(400, "Bad request: no savepoint-path.")
        return answer({"request-id": disposals.begin(body.savepoint_path)}, _ACCEPTED)

    @router.get("/savepoint-disposal/{request_id}")
    def status(request_id: str, wait_ms: WaitMs = 0) -> Response:
        try:
            outcome = disposals.outcome(request_id, wait_ms / 1000)
        except ClusterError as error:
            raise HTTPException(404, error.message) from None
        return answer(_status(outcome, {}))

    return router


async def _outcome(job_manager: JobManager, job_id: str, request_id: str, wait_ms: int) -> RequestView:
    """The request as it is once it has an outcome, or ``wait_ms`` have passed; 404 when there is none of that id."""

    def request(job: JobView) -> RequestView:
        if request_id not in job.checkpoints.requests:
            raise HTTPException(404, f"There is no savepoint operation with triggerId={request_id} for job {job_id}.")
        return job.checkpoints.requests[request_id]

    job = existing_job(job_manager, job_id)
    return request(
        await wait_for_job(
            job_manager,
            job.graph.job_id,
            lambda view: request(view).status is not RequestStatus.IN_PROGRESS,
            wait_ms / 1000,
        )
    )


def _status(outcome: RequestView, success: dict[str, Any], failure: str = "failure-cause") -> dict[str, Any]:
    match outcome.status:
        case RequestStatus.IN_PROGRESS:
            return {"status": {"id": "IN_PROGRESS"}}
        case RequestStatus.COMPLETED:
            return {"status": {"id": "COMPLETED"}, "operation": success}
        case RequestStatus.FAILED:
            cause = {"class": "CheckpointException", "stack-trace": outcome.error}
            return {"status": {"id": "COMPLETED"}, "operation": {failure: cause}}


def _checkpoint(job: JobView, checkpoint_id: int) -> CheckpointView:
    checkpoint = job.checkpoints.checkpoint(checkpoint_id)
    if checkpoint is None:
        raise HTTPException(404, f"Could not find checkpointing statistics for checkpoint {checkpoint_id}.")
    return checkpoint
