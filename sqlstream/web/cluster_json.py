"""The cluster and its TaskManagers in the JSON shapes of Flink's REST API (v1)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from sqlstream.config.configuration import Configuration, masked
from sqlstream.config.options import REST_REFRESH_INTERVAL, WEB_CANCEL, WEB_RESCALE, WEB_SUBMIT
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.views import JobView, TaskManagerView
from sqlstream.web.shapes import cluster as shapes

_ABSENT = -1
"""A figure that only a JVM has."""
_MEGABYTE = 1 << 20


def overview(jobs: Sequence[JobView], managers: Sequence[TaskManagerView]) -> shapes.Overview:
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


def dashboard_config(configuration: Configuration) -> shapes.DashboardConfig:
    """``/config``"""
    local = time.localtime()
    return {
        "refresh-interval": configuration.option(REST_REFRESH_INTERVAL),
        "timezone-name": local.tm_zone,
        "timezone-offset": local.tm_gmtoff * 1000,
        "flink-version": version("sqlstream"),
        "flink-revision": "sqlstream",
        "features": {
            "web-submit": configuration.option(WEB_SUBMIT),
            "web-cancel": configuration.option(WEB_CANCEL),
            "web-rescale": configuration.option(WEB_RESCALE),
            "web-history": False,
        },
    }


def configuration_entries(options: Mapping[str, str]) -> list[shapes.ConfigEntry]:
    """``/jobmanager/config``, secrets masked."""
    return [{"key": key, "value": value} for key, value in sorted(masked(options).items())]


def task_manager(manager: TaskManagerView, jobs: Sequence[JobView]) -> shapes.TaskManager:
    """An entry of ``/taskmanagers``; ``timeSinceLastHeartbeat`` is a time in ms, as in Flink."""
    host, _, port = manager.info.address.rpartition(":")
    return {
        "id": manager.info.id,
        "path": f"grpc://{manager.info.address}",
        "host": host,
        "dataPort": int(port),
        "jmxPort": _ABSENT,
        "timeSinceLastHeartbeat": manager.last_heartbeat,
        "slotsNumber": manager.info.slots,
        "freeSlots": manager.free_slots,
        "assignedTasks": sum(_assigned(manager, job) for job in jobs),
        "totalResource": _resource(manager, manager.info.slots),
        "freeResource": _resource(manager, manager.free_slots),
        "hardware": {
            "cpuCores": manager.info.cpu_cores,
            "physicalMemory": manager.info.physical_memory,
            "freeMemory": manager.info.free_memory,
            "managedMemory": manager.info.managed_memory,
        },
        "memoryConfiguration": {
            "frameworkHeap": None,
            "taskHeap": None,
            "frameworkOffHeap": None,
            "taskOffHeap": None,
            "networkMemory": None,
            "managedMemory": manager.info.managed_memory,
            "jvmMetaspace": None,
            "jvmOverhead": None,
            "totalFlinkMemory": None,
            "totalProcessMemory": None,
        },
    }


def task_manager_details(
    manager: TaskManagerView, jobs: Sequence[JobView], figures: Mapping[str, float]
) -> shapes.TaskManagerDetails:
    """``/taskmanagers/:taskmanagerid``; ``figures`` are those of its process, if it has told them."""
    assigned = {job.graph.job_id: _assigned(manager, job) for job in jobs}
    return {
        **task_manager(manager, jobs),
        "allocatedSlots": [
            {
                "jobId": job_id,
                "resource": _resource(manager, 1),
                "assignedTasks": assigned.get(job_id, 0) // manager.allocated.count(job_id),
            }
            for job_id in manager.allocated
        ],
        "metrics": _figures(figures),
    }


def _figures(figures: Mapping[str, float]) -> shapes.TaskManagerFigures:
    def figure(name: str) -> int:
        return int(figures.get(f"Status.JVM.{name}", _ABSENT))

    return {
        "heapUsed": figure("Memory.Heap.Used"),
        "heapCommitted": figure("Memory.Heap.Committed"),
        "heapMax": figure("Memory.Heap.Max"),
        "nonHeapUsed": _ABSENT,
        "nonHeapCommitted": _ABSENT,
        "nonHeapMax": _ABSENT,
        "directCount": _ABSENT,
        "directUsed": figure("Memory.Direct.MemoryUsed"),
        "directMax": figure("Memory.Direct.TotalCapacity"),
        "mappedCount": _ABSENT,
        "mappedUsed": _ABSENT,
        "mappedMax": _ABSENT,
        "nettyShuffleMemorySegmentsAvailable": _ABSENT,
        "nettyShuffleMemorySegmentsUsed": _ABSENT,
        "nettyShuffleMemorySegmentsTotal": _ABSENT,
        "nettyShuffleMemoryAvailable": _ABSENT,
        "nettyShuffleMemoryUsed": _ABSENT,
        "nettyShuffleMemoryTotal": _ABSENT,
        "garbageCollectors": [
            {
                "name": name,
                "count": figure(f"GarbageCollector.{name}.Count"),
                "time": figure(f"GarbageCollector.{name}.Time"),
            }
            for name in ("Generation_0", "Generation_1", "Generation_2")
            if figures
        ],
    }


def _resource(manager: TaskManagerView, slots: int) -> shapes.Resource:
    """What ``slots`` of its slots are worth: they share its processors and its managed memory evenly."""
    share = slots / manager.info.slots
    return {
        "cpuCores": manager.info.cpu_cores * share,
        "taskHeapMemory": 0,
        "taskOffHeapMemory": 0,
        "managedMemory": int(manager.info.managed_memory * share) // _MEGABYTE,
        "networkMemory": 0,
        "extendedResources": {},
    }


def _assigned(manager: TaskManagerView, job: JobView) -> int:
    """Tasks of ``job`` that run on ``manager``."""
    return sum(
        task.task_manager_id == manager.info.id and not task.state.is_terminal
        for vertex in job.vertices
        for task in vertex.tasks
    )
