"""The cluster, its processes and their logs."""

from __future__ import annotations

from typing_extensions import TypedDict

Overview = TypedDict(
    "Overview",
    {
        "taskmanagers": int,
        "slots-total": int,
        "slots-available": int,
        "jobs-running": int,
        "jobs-finished": int,
        "jobs-cancelled": int,
        "jobs-failed": int,
        "flink-version": str,
        "flink-commit": str,
    },
)
Features = TypedDict("Features", {"web-submit": bool, "web-cancel": bool, "web-rescale": bool, "web-history": bool})
DashboardConfig = TypedDict(
    "DashboardConfig",
    {
        "refresh-interval": int,
        "timezone-name": str,
        "timezone-offset": int,
        "flink-version": str,
        "flink-revision": str,
        "features": Features,
    },
)


class ConfigEntry(TypedDict):
    key: str
    value: str


class Interpreter(TypedDict):
    version: str
    arch: str
    options: list[str]


class Environment(TypedDict):
    """``jvm`` is the Python interpreter, ``classpath`` where it finds modules."""

    jvm: Interpreter
    classpath: list[str]


class LogFile(TypedDict):
    """``size`` is in bytes, ``mtime`` in ms."""

    name: str
    size: int
    mtime: int


class Logs(TypedDict):
    logs: list[LogFile]


class Url(TypedDict):
    """Where a log can be read."""

    url: str


class Thread(TypedDict):
    threadName: str
    stringifiedThreadInfo: str


class ThreadDump(TypedDict):
    threadInfos: list[Thread]


class Resource(TypedDict):
    """Memory is in MB."""

    cpuCores: float
    taskHeapMemory: int
    taskOffHeapMemory: int
    managedMemory: int
    networkMemory: int
    extendedResources: dict[str, float]


class Hardware(TypedDict):
    """In bytes."""

    cpuCores: int
    physicalMemory: int
    freeMemory: int
    managedMemory: int


class MemoryConfiguration(TypedDict):
    """In bytes; null is what a Python process has no share for."""

    frameworkHeap: int | None
    taskHeap: int | None
    frameworkOffHeap: int | None
    taskOffHeap: int | None
    networkMemory: int | None
    managedMemory: int | None
    jvmMetaspace: int | None
    jvmOverhead: int | None
    totalFlinkMemory: int | None
    totalProcessMemory: int | None


class TaskManager(TypedDict):
    """``timeSinceLastHeartbeat`` is a time in ms, as in Flink."""

    id: str
    path: str
    host: str
    dataPort: int
    jmxPort: int
    timeSinceLastHeartbeat: int
    slotsNumber: int
    freeSlots: int
    assignedTasks: int
    totalResource: Resource
    freeResource: Resource
    hardware: Hardware
    memoryConfiguration: MemoryConfiguration


class TaskManagers(TypedDict):
    taskmanagers: list[TaskManager]


class AllocatedSlot(TypedDict):
    jobId: str
    resource: Resource
    assignedTasks: int


class GarbageCollector(TypedDict):
    name: str
    count: int
    time: int


class TaskManagerFigures(TypedDict):
    """In bytes; heap is the process, direct Arrow's buffers. -1 is what a Python process does not have."""

    heapUsed: int
    heapCommitted: int
    heapMax: int
    nonHeapUsed: int
    nonHeapCommitted: int
    nonHeapMax: int
    directCount: int
    directUsed: int
    directMax: int
    mappedCount: int
    mappedUsed: int
    mappedMax: int
    nettyShuffleMemorySegmentsAvailable: int
    nettyShuffleMemorySegmentsUsed: int
    nettyShuffleMemorySegmentsTotal: int
    nettyShuffleMemoryAvailable: int
    nettyShuffleMemoryUsed: int
    nettyShuffleMemoryTotal: int
    garbageCollectors: list[GarbageCollector]


class TaskManagerDetails(TaskManager):
    allocatedSlots: list[AllocatedSlot]
    metrics: TaskManagerFigures


class DataSet(TypedDict):
    id: str
    isComplete: bool


class DataSets(TypedDict):
    dataSets: list[DataSet]
