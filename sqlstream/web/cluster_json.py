"""The cluster and its TaskManagers in the JSON shapes of Flink's REST API (v1)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from sqlstream.config.configuration import masked
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.views import JobView, TaskManagerView

Json = dict[str, Any]

_REFRESH_INTERVAL_MS = 3_000


def overview(jobs: Sequence[JobView], managers: Sequence[TaskManagerView]) -> Json:
    """``/overview``; the version is sqlstream's own."""
    return {
        "taskmanagers": len(managers),
        "slots-total": sum(manager.info.slots for manager in managers),
        "slots-available": sum(manager.free_slots for manager in managers),
        "jobs-running": sum(not job.status.is_terminal for job in jobs),
        "jobs-finished": sum(job.status is JobStatus.FINISHED for job in jobs),
        "jobs-cancelled": sum(job.status is JobStatus.CANCELED for job in jobs),
        "jobs-failed": sum(job.status is JobStatus.FAILED for job in jobs),
        "flink-version": version("sqlstream"),
        "flink-commit": "sqlstream",
    }


def dashboard_config() -> Json:
    """``/config``"""
    local = time.localtime()
    return {
        "refresh-interval": _REFRESH_INTERVAL_MS,
        "timezone-name": local.tm_zone,
        "timezone-offset": local.tm_gmtoff * 1000,
        "flink-version": version("sqlstream"),
        "flink-revision": "sqlstream",
        "features": {"web-submit": False, "web-cancel": True, "web-rescale": False, "web-history": False},
    }


def configuration_entries(options: Mapping[str, str]) -> list[Json]:
    """``/jobmanager/config``, secrets masked."""
    return [{"key": key, "value": value} for key, value in sorted(masked(options).items())]


def task_manager(manager: TaskManagerView, jobs: Sequence[JobView]) -> Json:
    """An entry of ``/taskmanagers``; ``timeSinceLastHeartbeat`` is a time in ms, as in Flink."""
    host, _, port = manager.info.address.rpartition(":")
    return {
        "id": manager.info.id,
        "path": f"grpc://{manager.info.address}",
        "host": host,
        "dataPort": int(port),
        "jmxPort": -1,
        "timeSinceLastHeartbeat": manager.last_heartbeat,
        "slotsNumber": manager.info.slots,
        "freeSlots": manager.free_slots,
        "assignedTasks": sum(_assigned(manager, job) for job in jobs),
        "hardware": {"cpuCores": manager.info.cpu_cores, "physicalMemory": manager.info.physical_memory},
    }


def task_manager_details(manager: TaskManagerView, jobs: Sequence[JobView]) -> Json:
    """``/taskmanagers/:taskmanagerid``"""
    return {**task_manager(manager, jobs), "allocatedSlots": [{"jobId": job_id} for job_id in manager.allocated]}


def _assigned(manager: TaskManagerView, job: JobView) -> int:
    """Tasks of ``job`` that run on ``manager``."""
    return sum(
        task.task_manager_id == manager.info.id and not task.state.is_terminal
        for vertex in job.vertices
        for task in vertex.tasks
    )
