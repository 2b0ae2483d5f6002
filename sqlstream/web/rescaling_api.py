"""Another parallelism for a job that runs: it is checkpointed, and goes on from there."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException

from sqlstream.errors import ClusterError, PlanError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.plan.rescaling import at_parallelism, rescaled, single_vertices
from sqlstream.runtime.jobmanager.checkpoint_statistics import RequestStatus, RequestView
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.jobmanager.views import JobView
from sqlstream.web import job_json
from sqlstream.web.answers import answer
from sqlstream.web.cause import cause
from sqlstream.web.documented import answers
from sqlstream.web.job_watch import MAX_WAIT_MS, wait_for_job
from sqlstream.web.request_parts import decoded, existing_job, json_content
from sqlstream.web.shapes.checkpoints import OperationStatus
from sqlstream.web.shapes.jobs import VertexRequirements
from sqlstream.web.shapes.outcomes import Nothing, Triggered

_Count = Annotated[int, msgspec.Meta(ge=1, le=1 << 15)]


class _Bounds(msgspec.Struct, rename="camel"):
    lower_bound: _Count = 1
    upper_bound: _Count = 1


class _Requirements(msgspec.Struct):
    parallelism: _Bounds


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": {
                        "type": "object",
                        "properties": {
                            "parallelism": {
                                "type": "object",
                                "properties": {
                                    "lowerBound": {"type": "integer", "minimum": 1, "maximum": 1 << 15},
                                    "upperBound": {"type": "integer", "minimum": 1, "maximum": 1 << 15},
                                },
                            }
                        },
                        "required": ["parallelism"],
                    },
                }
            }
        },
    }
}


def rescaling_router(job_manager: JobManager) -> APIRouter:
    router = APIRouter(prefix="/jobs/{job_id}", tags=["rescaling"])

    def existing_request(job: JobView, request_id: str) -> RequestView:
        if request_id not in job.rescale_requests:
            raise HTTPException(404, f"There is no rescaling with triggerId={request_id} for job {job.graph.job_id}.")
        return job.rescale_requests[request_id]

    @router.patch("/rescaling", responses=answers(Triggered, 404, 409))
    def rescale(job_id: str, parallelism: Annotated[int, Query(ge=1, le=1 << 15)]) -> Response:
        """Let every vertex have that parallelism, but for those that must see all rows in one place."""
        job = existing_job(job_manager, job_id)
        try:
            request = job_manager.rescale(at_parallelism(job.graph, parallelism))
        except PlanError as error:
            raise HTTPException(400, str(error)) from None
        except ClusterError as error:
            raise HTTPException(409, str(error)) from None
        return answer({"request-id": request})

    @router.get("/rescaling/{request_id}", responses=answers(OperationStatus, 404))
    async def status(
        job_id: str, request_id: str, wait_ms: Annotated[int, Query(alias="wait-ms", ge=0, le=MAX_WAIT_MS)] = 0
    ) -> Response:
        """What became of that. It is complete once the new tasks have been deployed."""
        job = existing_job(job_manager, job_id)
        existing_request(job, request_id)
        job = await wait_for_job(
            job_manager,
            job.graph.job_id,
            lambda view: existing_request(view, request_id).status is not RequestStatus.IN_PROGRESS,
            wait_ms / 1000,
        )
        return answer(_status(existing_request(job, request_id)))

    @router.get("/resource-requirements", responses=answers(dict[str, VertexRequirements], 404))
    def requirements(job_id: str) -> Response:
        """The parallelism that each vertex may have, as it was asked for; as it is where nothing was."""
        job = existing_job(job_manager, job_id)
        found = {
            vertex.id: job.bounds.get(vertex.id, (vertex.parallelism, vertex.parallelism))
            for vertex in job.graph.vertices
        }
        return answer(job_json.requirements(found))

    @router.put("/resource-requirements", responses=answers(Nothing, 404, 409, 415), openapi_extra=_BODY)
    async def require(request: Request, job_id: str) -> Response:
        """Let each vertex be as wide as there are slots for, within its bounds. What becomes of it is seen in the
        job."""
        job = existing_job(job_manager, job_id)
        asked = decoded(await json_content(request), dict[str, _Requirements])
        if not asked:
            raise HTTPException(400, "Request body does not specify resource requirements.")
        bounds = {id_: (wish.parallelism.lower_bound, wish.parallelism.upper_bound) for id_, wish in asked.items()}
        missing = {vertex.id for vertex in job.graph.vertices} - bounds.keys()
        if missing:
            raise HTTPException(400, f"The requirements of {', '.join(sorted(missing))} are missing.")
        slots = job_manager.slots_for(job.graph.job_id)
        try:
            request_id = job_manager.rescale(_within(job.graph, bounds, slots), bounds)
        except PlanError as error:
            raise HTTPException(400, str(error)) from None
        except ClusterError as error:
            raise HTTPException(409, str(error)) from None
        refused = job_manager.job(job.graph.job_id).rescale_requests[request_id].error
        if refused is not None:
            raise HTTPException(409, f"Job {job_id} cannot be rescaled: {refused}.")
        return answer({})

    return router


def _within(graph: JobGraph, bounds: dict[str, tuple[int, int]], slots: int) -> JobGraph:
    """As wide as ``slots`` and the operators allow. PlanError when the bounds are no bounds, or not for this graph."""
    for vertex_id, (lower, upper) in bounds.items():
        if lower > upper:
            raise PlanError(f"The lower bound of {vertex_id} is above its upper bound: {lower}, {upper}.")
    single = single_vertices(graph)
    most = {id_: 1 if id_ in single else slots for id_ in bounds}
    return rescaled(graph, {id_: max(lower, min(upper, most[id_])) for id_, (lower, upper) in bounds.items()})


def _status(outcome: RequestView) -> OperationStatus:
    match outcome.status:
        case RequestStatus.IN_PROGRESS:
            return {"status": {"id": "IN_PROGRESS"}}
        case RequestStatus.COMPLETED:
            return {"status": {"id": "COMPLETED"}, "operation": {}}
        case RequestStatus.FAILED:
            reason = cause("RescalingException", outcome.error or "unknown cause")
            return {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": reason}}
