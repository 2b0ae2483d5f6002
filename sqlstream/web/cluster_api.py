"""The cluster as a whole: what there is, how it is set up, and its end."""

from __future__ import annotations

import re

from fastapi import APIRouter, BackgroundTasks, Response
from starlette.exceptions import HTTPException

from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.web import cluster_json
from sqlstream.web.answers import answer
from sqlstream.web.cluster_processes import ClusterProcesses
from sqlstream.web.documented import answers
from sqlstream.web.shapes import cluster as shapes
from sqlstream.web.shapes.checkpoints import OperationStatus
from sqlstream.web.shapes.outcomes import Nothing, Triggered

_DATA_SET_ID = re.compile(r"[0-9a-f]{32}")


def cluster_router(job_manager: JobManager, processes: ClusterProcesses) -> APIRouter:
    router = APIRouter(tags=["cluster"])

    @router.get("/overview", responses=answers(shapes.Overview))
    def overview() -> Response:
        """TaskManagers, slots, and jobs by state."""
        return answer(cluster_json.overview(job_manager.jobs(), job_manager.task_managers()))

    @router.get("/config", responses=answers(shapes.DashboardConfig))
    def config() -> Response:
        """What the web page is to show, and how often."""
        return answer(cluster_json.dashboard_config(job_manager.configuration))

    @router.delete("/cluster", responses=answers(Nothing))
    def shut_down(tasks: BackgroundTasks) -> Response:
        """End the JobManager and its TaskManagers. Jobs are cancelled, unless a later JobManager can go on with
        them."""
        tasks.add_task(processes.shut_down)
        response = answer({})
        response.background = tasks
        return response

    return router


def data_set_router() -> APIRouter:
    """Rows that a finished job has left for the next one: no job of SQL leaves any."""
    router = APIRouter(prefix="/datasets", tags=["data sets"])

    @router.get("", responses=answers(shapes.DataSets))
    def data_sets() -> Response:
        """There are none."""
        return answer({"dataSets": []})

    @router.delete("/{data_set_id}", responses=answers(Triggered, 404, status=202), status_code=202)
    def delete(data_set_id: str) -> Response:
        """404, as there are none."""
        if not _DATA_SET_ID.fullmatch(data_set_id):
            raise HTTPException(400, f'Cannot resolve path parameter (datasetid) from "{data_set_id}".')
        raise HTTPException(404, f"There is no data set {data_set_id}.")

    @router.get("/delete/{trigger_id}", responses=answers(OperationStatus, 404))
    def status(trigger_id: str) -> Response:
        """404, as none was deleted."""
        raise HTTPException(404, f"There is no deletion of a data set with triggerId={trigger_id}.")

    return router
