"""The JobManager's process and the TaskManagers': settings, logs, threads."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException

from sqlstream.errors import ClusterError
from sqlstream.runtime.diagnostics.diagnostics import Diagnostics
from sqlstream.runtime.diagnostics.messages import LogPosition
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.rpc.unreachable import UnreachableError
from sqlstream.web import cluster_json, process_json
from sqlstream.web.answers import answer
from sqlstream.web.cluster_processes import ClusterProcesses
from sqlstream.web.documented import answers, text_answers
from sqlstream.web.request_parts import existing_job, existing_task_manager
from sqlstream.web.shapes import cluster as shapes
from sqlstream.web.shapes.cluster import Url


def job_manager_router(job_manager: JobManager, processes: ClusterProcesses) -> APIRouter:
    router = APIRouter(tags=["JobManager"])
    own = processes.own

    @router.get("/jobmanager/config", responses=answers(list[shapes.ConfigEntry]))
    def config() -> Response:
        """The options it was started with, secrets masked."""
        return answer(cluster_json.configuration_entries(job_manager.configuration))

    @router.get("/jobmanager/environment", responses=answers(shapes.Environment))
    def environment() -> Response:
        """Its Python."""
        return answer(process_json.environment())

    @router.get("/jobs/{job_id}/jobmanager/config", responses=answers(list[shapes.ConfigEntry], 404))
    def job_config(job_id: str) -> Response:
        """The options of the JobManager that the job runs on."""
        existing_job(job_manager, job_id)
        return config()

    @router.get("/jobs/{job_id}/jobmanager/environment", responses=answers(shapes.Environment, 404))
    def job_environment(job_id: str) -> Response:
        """The Python of the JobManager that the job runs on."""
        existing_job(job_manager, job_id)
        return environment()

    @router.get("/jobs/{job_id}/jobmanager/log-url", responses=answers(Url, 404))
    def log_url(request: Request, job_id: str) -> Response:
        """Where the log of the JobManager that the job runs on is found."""
        existing_job(job_manager, job_id)
        return answer({"url": f"{request.base_url}jobmanager/log"})

    @router.get("/jobs/{job_id}/taskmanagers/{manager_id}/log-url", responses=answers(Url, 404))
    def task_manager_log_url(request: Request, job_id: str, manager_id: str) -> Response:
        """Where the log of a TaskManager is found."""
        existing_job(job_manager, job_id)
        manager = existing_task_manager(job_manager, manager_id)
        return answer({"url": f"{request.base_url}taskmanagers/{quote(manager.info.id)}/log"})

    @router.get("/jobmanager/logs", responses=answers(shapes.Logs))
    def logs() -> Response:
        """Its log files; none where its log goes to a terminal."""
        return answer(process_json.logs(own.logs()))

    @router.get("/jobmanager/log", responses=text_answers(404))
    def log() -> Response:
        """What it has logged."""
        return _log(own, own.logs().log)

    @router.get("/jobmanager/stdout", responses=text_answers(404))
    def stdout() -> Response:
        """What it has printed."""
        return _log(own, own.logs().stdout)

    @router.get("/jobmanager/logs/{name}", responses=text_answers(404))
    def log_file(name: str) -> Response:
        """One of its log files."""
        return _log(own, name)

    @router.get("/jobmanager/thread-dump", responses=answers(shapes.ThreadDump))
    def thread_dump() -> Response:
        """What each of its threads is doing."""
        return answer(process_json.thread_dump(own.threads()))

    return router


def task_manager_router(job_manager: JobManager, processes: ClusterProcesses) -> APIRouter:
    router = APIRouter(prefix="/taskmanagers", tags=["TaskManagers"])

    def of(manager_id: str) -> Diagnostics:
        return processes.of(existing_task_manager(job_manager, manager_id))

    @router.get("", responses=answers(shapes.TaskManagers))
    def task_managers() -> Response:
        """All that are registered."""
        jobs = job_manager.jobs()
        managers = job_manager.task_managers()
        return answer({"taskmanagers": [cluster_json.task_manager(manager, jobs) for manager in managers]})

    @router.get("/{manager_id}", responses=answers(shapes.TaskManagerDetails, 404))
    def details(manager_id: str) -> Response:
        """One of them, with its slots and figures."""
        manager = existing_task_manager(job_manager, manager_id)
        figures = processes.of_all([manager], lambda diagnostics: diagnostics.figures().values)
        return answer(cluster_json.task_manager_details(manager, job_manager.jobs(), figures[0] if figures else {}))

    @router.get("/{manager_id}/logs", responses=answers(shapes.Logs, 404, 503))
    def logs(manager_id: str) -> Response:
        """Its log files; none where its log goes to a terminal."""
        return answer(process_json.logs(of(manager_id).logs()))

    @router.get("/{manager_id}/log", responses=text_answers(404, 503))
    def log(manager_id: str) -> Response:
        """What it has logged."""
        return _log(of(manager_id), of(manager_id).logs().log)

    @router.get("/{manager_id}/stdout", responses=text_answers(404, 503))
    def stdout(manager_id: str) -> Response:
        """What it has printed."""
        return _log(of(manager_id), of(manager_id).logs().stdout)

    @router.get("/{manager_id}/logs/{name}", responses=text_answers(404, 503))
    def log_file(manager_id: str, name: str) -> Response:
        """One of its log files."""
        return _log(of(manager_id), name)

    @router.get("/{manager_id}/thread-dump", responses=answers(shapes.ThreadDump, 404, 503))
    def thread_dump(manager_id: str) -> Response:
        """What each of its threads is doing."""
        return answer(process_json.thread_dump(of(manager_id).threads()))

    return router


def _log(process: Diagnostics, name: str | None) -> Response:
    """The file as long as it is now; what is written meanwhile is for the next request."""
    size = {file.name: file.size for file in process.logs().files}.get(name or "")
    if name is None or size is None:
        raise HTTPException(404, "This file does not exist in the log directory." if name else "There is no log file.")

    def content(first: bytes) -> Iterator[bytes]:
        read = min(len(first), size)
        yield first[:read]
        while read < size:
            chunk = process.read_log(LogPosition(name, read)).data[: size - read]
            if not chunk:
                return
            read += len(chunk)
            yield chunk

    try:
        first = process.read_log(LogPosition(name, 0)).data
    except UnreachableError:
        raise
    except ClusterError as error:
        raise HTTPException(404, error.message) from None
    return StreamingResponse(content(first), media_type="text/plain; charset=UTF-8")
