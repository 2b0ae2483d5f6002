"""Jobs: submitted, looked at, cancelled.

Beyond Flink's: ``POST /jobs`` takes a JobGraph as JSON; ``/jobs/:jobid/progress`` answers sqlstream's clients, at
once or when there is news; ``DELETE /jobs/:jobid/result`` gives up what is left of a SELECT's rows.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from sqlstream.config.configuration import masked
from sqlstream.deploy.remote_job import Until, remote_job
from sqlstream.errors import SqlStreamError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.jobmanager.clock import now_ms
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.web import job_json
from sqlstream.web.answers import answer, errors
from sqlstream.web.documented import Documented, answers, body
from sqlstream.web.job_watch import MAX_WAIT_MS, wait_for_job
from sqlstream.web.request_parts import cancel_job, existing_job, json_body, json_content
from sqlstream.web.shapes import jobs as shapes
from sqlstream.web.shapes.outcomes import Errors, Nothing

_STOP_IS_GONE = (
    'The termination mode "stop" has been removed. For an ungraceful shutdown, please use "cancel" instead. For a '
    'graceful shutdown, please use "jobs/:jobId/stop" instead.'
)
_GONE: Documented = {308: {"model": Errors, "description": "The mode of termination is no more."}}


class HeartbeatBody(msgspec.Struct, rename="camel"):
    """``expiredTimestamp``, in ms: the job is cancelled then, unless its client says before that it is still there."""

    expired_timestamp: Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)] = 0


def job_router(job_manager: JobManager) -> APIRouter:
    router = APIRouter(prefix="/jobs", tags=["jobs"])

    def cancelled(job_id: str) -> Response:
        cancel_job(job_manager, job_id)
        return answer({}, 202)

    @router.get("", responses=answers(shapes.JobIds))
    def jobs() -> Response:
        """The ids and states of all jobs, ended ones too."""
        return answer(job_json.job_ids(job_manager.jobs()))

    @router.get("/overview", responses=answers(shapes.JobsOverview))
    def overview() -> Response:
        """All jobs, with the states of their tasks."""
        return answer(job_json.jobs_overview(job_manager.jobs(), now_ms()))

    @router.get("/{job_id}", responses=answers(shapes.JobDetails, 404))
    def details(job_id: str) -> Response:
        """A job, its vertices and their counters."""
        return answer(job_json.job_details(existing_job(job_manager, job_id), now_ms()))

    @router.get("/{job_id}/status", responses=answers(shapes.JobState, 404))
    def status(job_id: str) -> Response:
        """Its state."""
        return answer({"status": existing_job(job_manager, job_id).status.value})

    @router.get("/{job_id}/plan", responses=answers(shapes.JobPlan, 404))
    def plan(job_id: str) -> Response:
        """Its graph."""
        return answer({"plan": job_json.plan(existing_job(job_manager, job_id).graph)})

    @router.get("/{job_id}/config", responses=answers(shapes.JobConfig, 404))
    def config(job_id: str) -> Response:
        """Its options, secrets masked."""
        job = existing_job(job_manager, job_id)
        return answer(job_json.job_config(job, masked(job.graph.configuration)))

    @router.get("/{job_id}/exceptions", responses=answers(shapes.JobExceptions, 404))
    def exceptions(job_id: str, limit: Annotated[int, Query(alias="maxExceptions", ge=0)] = 20) -> Response:
        """Why it failed or was restarted, the latest first."""
        return answer(job_json.job_exceptions(existing_job(job_manager, job_id), limit))

    @router.get("/{job_id}/accumulators", responses=answers(shapes.JobAccumulators, 404))
    def accumulators(
        job_id: str, include_serialized: Annotated[bool, Query(alias="includeSerializedValue")] = False
    ) -> Response:
        """What its operators count. Values in Java's serialised form, which Flink adds on demand, there are none."""
        return answer(job_json.job_accumulators(existing_job(job_manager, job_id)))

    @router.get("/{job_id}/execution-result", responses=answers(shapes.ExecutionResult, 404))
    def execution_result(job_id: str) -> Response:
        """How it ended, once it has."""
        return answer(job_json.execution_result(existing_job(job_manager, job_id)))

    @router.patch("/{job_id}", responses={**answers(Nothing, 404, 409, status=202), **_GONE}, status_code=202)
    def cancel(job_id: str, mode: str = "cancel") -> Response:
        """Cancel it."""
        existing_job(job_manager, job_id)
        match mode.lower():
            case "cancel":
                return cancelled(job_id)
            case "stop":
                return errors(308, _STOP_IS_GONE)
        raise HTTPException(
            400, f'Bad request, could not parse parameters: Cannot resolve query parameter (mode) from "{mode}".'
        )

    @router.get("/{job_id}/yarn-cancel", responses=answers(Nothing, 404, 409, status=202), status_code=202)
    def yarn_cancel(job_id: str) -> Response:
        """Cancel it, by a GET: YARN's proxy lets nothing else pass."""
        return cancelled(job_id)

    @router.get("/{job_id}/yarn-stop", responses={**answers(Nothing, 404), **_GONE})
    def yarn_stop(job_id: str) -> Response:
        """Of no use any more; ``POST /jobs/:jobid/stop`` is."""
        existing_job(job_manager, job_id)
        return errors(308, _STOP_IS_GONE)

    @router.patch(
        "/{job_id}/clientHeartbeat",
        responses=answers(Nothing, 404, 415, status=202),
        status_code=202,
        openapi_extra=body(HeartbeatBody),
    )
    def client_heartbeat(job_id: str, body: Annotated[HeartbeatBody, Depends(json_body(HeartbeatBody))]) -> Response:
        """Its client is still there; the job is cancelled when that is not said again in time."""
        job = existing_job(job_manager, job_id)
        job_manager.client_heartbeat(job.graph.job_id, body.expired_timestamp)
        return answer({}, 202)

    return router


def client_router(job_manager: JobManager) -> APIRouter:
    """What sqlstream's own clients use, and may change."""
    router = APIRouter(prefix="/jobs", tags=["sqlstream's clients"])

    @router.post(
        "",
        responses=answers(shapes.Submitted, 415, status=202),
        status_code=202,
        openapi_extra={"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}},
    )
    async def submit(request: Request) -> Response:
        """Run a JobGraph."""
        content = await json_content(request)
        try:
            graph = JobGraph.from_json(content)
            await run_in_threadpool(job_manager.submit, graph)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise HTTPException(400, f"Not a JobGraph: {error}") from None
        except SqlStreamError as error:
            raise HTTPException(400, str(error)) from None
        return answer({"jobUrl": f"/jobs/{graph.job_id}"}, 202)

    @router.get("/{job_id}/progress", responses=answers(dict[str, Any], 404))
    async def progress(
        job_id: str,
        until: Until | None = None,
        wait_ms: Annotated[int, Query(alias="wait-ms", ge=0, le=MAX_WAIT_MS)] = 0,
    ) -> Response:
        """How far it is, at once or when there is news."""
        job = existing_job(job_manager, job_id)
        if until is not None:
            job = await wait_for_job(
                job_manager, job.graph.job_id, lambda view: remote_job(view).reached(until), wait_ms / 1000
            )
        return answer(remote_job(job))

    @router.delete("/{job_id}/result", responses=answers(Nothing, 404))
    def release_result(job_id: str) -> Response:
        """What is left of a SELECT's rows is not wanted."""
        job_manager.release_results(existing_job(job_manager, job_id).graph.job_id)
        return answer({})

    return router
