"""Applications, which are the jobs once more: Flink 2.3's web page begins with them."""

from __future__ import annotations

from fastapi import APIRouter, Response

from sqlstream.runtime.jobmanager.clock import now_ms
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.web import application_json, cluster_json
from sqlstream.web.answers import answer
from sqlstream.web.documented import answers
from sqlstream.web.request_parts import cancel_job, existing_job
from sqlstream.web.shapes import applications as shapes
from sqlstream.web.shapes.cluster import ConfigEntry
from sqlstream.web.shapes.outcomes import Nothing


def application_router(job_manager: JobManager) -> APIRouter:
    router = APIRouter(prefix="/applications", tags=["applications"])

    @router.get("/overview", responses=answers(shapes.ApplicationsOverview))
    def overview() -> Response:
        """All there are: every job is one."""
        return answer(application_json.applications_overview(job_manager.jobs(), now_ms()))

    @router.get("/{job_id}", responses=answers(shapes.ApplicationDetails, 404))
    def details(job_id: str) -> Response:
        """One of them, with its job."""
        return answer(application_json.application_details(existing_job(job_manager, job_id), now_ms()))

    @router.get("/{job_id}/exceptions", responses=answers(shapes.ApplicationExceptions, 404))
    def exceptions(job_id: str) -> Response:
        """Why it failed."""
        return answer(application_json.application_exceptions(existing_job(job_manager, job_id)))

    @router.get("/{job_id}/jobmanager/config", responses=answers(list[ConfigEntry], 404))
    def config(job_id: str) -> Response:
        """The options of the JobManager that it runs on."""
        existing_job(job_manager, job_id)
        return answer(cluster_json.configuration_entries(job_manager.configuration))

    @router.post("/{job_id}/cancel", responses=answers(Nothing, 404, 409, status=202), status_code=202)
    def cancel(job_id: str) -> Response:
        """Cancel its job."""
        cancel_job(job_manager, job_id)
        return answer({}, 202)

    return router
