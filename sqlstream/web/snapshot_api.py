"""Checkpoints, savepoints and stopping with one: Flink's endpoints.

Each is triggered by a POST, whose answer is a request id, and asked about with that until it is COMPLETED; who gives a
``triggerId`` may repeat the POST without triggering twice. Beyond Flink's: with ``wait-ms`` the question is answered
when there is something to tell.
"""

from __future__ import annotations

from typing import Annotated, Literal

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
from sqlstream.web.cause import cause
from sqlstream.web.documented import answers, body
from sqlstream.web.job_watch import MAX_WAIT_MS, wait_for_job
from sqlstream.web.request_parts import existing_job, json_body
from sqlstream.web.savepoint_disposal import SavepointDisposals
from sqlstream.web.shapes import checkpoints as shapes
from sqlstream.web.shapes.outcomes import Cause, QueueStatus, Triggered

WaitMs = Annotated[int, Query(alias="wait-ms", ge=0, le=MAX_WAIT_MS)]

TriggerId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")] | None

FormatType = Literal["CANONICAL", "NATIVE"] | None
"""A savepoint has one format, which is both: it can be read at another parallelism, and is taken without conversion."""

_ACCEPTED = 202

_IN_PROGRESS: QueueStatus = {"id": "IN_PROGRESS"}
_COMPLETED: QueueStatus = {"id": "COMPLETED"}


class SavepointBody(
    msgspec.Struct,
    rename={
        "target_directory": "target-directory",
        "cancel_job": "cancel-job",
        "format_type": "formatType",
        "trigger_id": "triggerId",
    },
):
    """With ``cancel-job`` the job ends with the savepoint, and is FINISHED."""

    target_directory: str | None = None
    cancel_job: bool = False
    format_type: FormatType = None
    trigger_id: TriggerId = None


class StopBody(msgspec.Struct, rename="camel"):
    target_directory: str | None = None
    drain: bool = False
    format_type: FormatType = None
    trigger_id: TriggerId = None


class CheckpointBody(msgspec.Struct, rename="camel"):
    """Whatever type is asked for: every checkpoint stores what is new, and refers to all."""

    checkpoint_type: Literal["CONFIGURED", "FULL", "INCREMENTAL"] | None = None
    trigger_id: TriggerId = None


class DisposalBody(msgspec.Struct, rename="kebab"):
    savepoint_path: str | None = None


def snapshot_router(job_manager: JobManager) -> APIRouter:
    router = APIRouter(prefix="/jobs/{job_id}", tags=["checkpoints and savepoints"])

    def trigger_savepoint(job_id: str, target: str | None, stop: StopMode | None, trigger_id: str | None) -> Response:
        job = existing_job(job_manager, job_id)
        try:
            request = job_manager.trigger_savepoint(job.graph.job_id, target, stop, trigger_id)
        except SqlStreamError as error:
            raise HTTPException(400, str(error)) from None
        return answer({"request-id": request}, _ACCEPTED)

    @router.post(
        "/savepoints",
        responses=answers(Triggered, 404, 415, status=_ACCEPTED),
        status_code=_ACCEPTED,
        openapi_extra=body(SavepointBody),
    )
    def savepoint(job_id: str, body: Annotated[SavepointBody, Depends(json_body(SavepointBody))]) -> Response:
        """Take a savepoint; the job goes on, unless it is to end with it."""
        stop = StopMode.SUSPEND if body.cancel_job else None
        return trigger_savepoint(job_id, body.target_directory, stop, body.trigger_id)

    @router.post(
        "/stop",
        responses=answers(Triggered, 404, 415, status=_ACCEPTED),
        status_code=_ACCEPTED,
        openapi_extra=body(StopBody),
    )
    def stop(job_id: str, body: Annotated[StopBody, Depends(json_body(StopBody))]) -> Response:
        """End the job with a savepoint."""
        mode = StopMode.DRAIN if body.drain else StopMode.SUSPEND
        return trigger_savepoint(job_id, body.target_directory, mode, body.trigger_id)

    @router.get("/savepoints/{request_id}", responses=answers(shapes.SavepointStatus, 404))
    async def savepoint_status(job_id: str, request_id: str, wait_ms: WaitMs = 0) -> Response:
        """What became of it."""
        outcome = await _outcome(job_manager, job_id, request_id, wait_ms)
        return answer(_savepoint_status(outcome))

    @router.post(
        "/checkpoints",
        responses=answers(Triggered, 404, 415, status=_ACCEPTED),
        status_code=_ACCEPTED,
        openapi_extra=body(CheckpointBody),
    )
    def checkpoint(job_id: str, body: Annotated[CheckpointBody, Depends(json_body(CheckpointBody))]) -> Response:
        """Take a checkpoint now."""
        job = existing_job(job_manager, job_id)
        request = job_manager.trigger_checkpoint(job.graph.job_id, body.trigger_id)
        return answer({"request-id": request}, _ACCEPTED)

    @router.get("/checkpoints", responses=answers(shapes.Checkpoints, 404))
    def checkpoints(job_id: str) -> Response:
        """How many there were, the latest, and their sizes."""
        return answer(checkpoint_json.checkpoints(existing_job(job_manager, job_id).checkpoints, now_ms()))

    @router.get("/checkpoints/config", responses=answers(shapes.CheckpointConfig, 404))
    def checkpoint_config(job_id: str) -> Response:
        """Their settings."""
        return answer(checkpoint_json.checkpoint_config(existing_job(job_manager, job_id)))

    @router.get("/checkpoints/details/{checkpoint_id}", responses=answers(shapes.Checkpoint, 404))
    def checkpoint_details(job_id: str, checkpoint_id: int) -> Response:
        """One of them, vertex by vertex."""
        checkpoint = _checkpoint(existing_job(job_manager, job_id), checkpoint_id)
        return answer(checkpoint_json.checkpoint_details(checkpoint, now_ms()))

    @router.get(
        "/checkpoints/details/{checkpoint_id}/subtasks/{vertex_id}",
        responses=answers(shapes.VertexCheckpointDetails, 404),
    )
    def checkpoint_subtasks(job_id: str, checkpoint_id: int, vertex_id: str) -> Response:
        """A vertex's share of it, subtask by subtask."""
        checkpoint = _checkpoint(existing_job(job_manager, job_id), checkpoint_id)
        for vertex in checkpoint.vertices:
            if vertex.vertex_id == vertex_id:
                return answer(checkpoint_json.checkpoint_subtasks(checkpoint, vertex, now_ms()))
        raise HTTPException(404, f"There is no checkpoint statistics for task {vertex_id}.")

    @router.get("/checkpoints/{request_id}", responses=answers(shapes.CheckpointStatus, 404))
    async def checkpoint_status(job_id: str, request_id: str, wait_ms: WaitMs = 0) -> Response:
        """What became of a checkpoint that was asked for."""
        outcome = await _outcome(job_manager, job_id, request_id, wait_ms)
        return answer(_checkpoint_status(outcome))

    return router


def disposal_router() -> APIRouter:
    router = APIRouter(prefix="/savepoint-disposal", tags=["checkpoints and savepoints"])
    disposals = SavepointDisposals()

    @router.post(
        "",
        responses=answers(Triggered, 415, status=_ACCEPTED),
        status_code=_ACCEPTED,
        openapi_extra=body(DisposalBody),
    )
    def dispose(body: Annotated[DisposalBody, Depends(json_body(DisposalBody))]) -> Response:
        """Remove a savepoint."""
        if not body.savepoint_path:
            raise HTTPException(400, "Bad request: no savepoint-path.")
        return answer({"request-id": disposals.begin(body.savepoint_path)}, _ACCEPTED)

    @router.get("/{request_id}", responses=answers(shapes.OperationStatus, 404))
    def status(request_id: str, wait_ms: WaitMs = 0) -> Response:
        """What became of that."""
        try:
            outcome = disposals.outcome(request_id, wait_ms / 1000)
        except ClusterError as error:
            raise HTTPException(404, error.message) from None
        return answer(_disposal_status(outcome))

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


def _savepoint_status(outcome: RequestView) -> shapes.SavepointStatus:
    match outcome.status:
        case RequestStatus.IN_PROGRESS:
            return {"status": _IN_PROGRESS}
        case RequestStatus.COMPLETED:
            return {"status": _COMPLETED, "operation": {"location": outcome.location}}
        case RequestStatus.FAILED:
            return {"status": _COMPLETED, "operation": {"failure-cause": _cause(outcome)}}


def _checkpoint_status(outcome: RequestView) -> shapes.CheckpointStatus:
    match outcome.status:
        case RequestStatus.IN_PROGRESS:
            return {"status": _IN_PROGRESS}
        case RequestStatus.COMPLETED:
            return {"status": _COMPLETED, "operation": {"checkpointId": outcome.checkpoint_id}}
        case RequestStatus.FAILED:
            return {"status": _COMPLETED, "operation": {"failureCause": _cause(outcome)}}


def _disposal_status(outcome: RequestView) -> shapes.OperationStatus:
    match outcome.status:
        case RequestStatus.IN_PROGRESS:
            return {"status": _IN_PROGRESS}
        case RequestStatus.COMPLETED:
            return {"status": _COMPLETED, "operation": {}}
        case RequestStatus.FAILED:
            return {"status": _COMPLETED, "operation": {"failure-cause": _cause(outcome)}}


def _cause(outcome: RequestView) -> Cause:
    return cause("CheckpointException", outcome.error or "unknown cause")


def _checkpoint(job: JobView, checkpoint_id: int) -> CheckpointView:
    checkpoint = job.checkpoints.checkpoint(checkpoint_id)
    if checkpoint is None:
        raise HTTPException(404, f"Could not find checkpointing statistics for checkpoint {checkpoint_id}.")
    return checkpoint
