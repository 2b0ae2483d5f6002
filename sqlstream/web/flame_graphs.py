"""Flame graphs: what the threads of a vertex's subtasks are doing, from samples of their stacks."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum
from threading import Lock

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import FLAME_GRAPH_DELAY, FLAME_GRAPH_REFRESH, FLAME_GRAPH_SAMPLES, FLAME_GRAPHS
from sqlstream.errors import ClusterError
from sqlstream.runtime.deployment import ExecutionId, ExecutionState
from sqlstream.runtime.diagnostics.messages import StackCount, StackRequest
from sqlstream.runtime.jobmanager.clock import now_ms
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.jobmanager.views import VertexView
from sqlstream.web.cluster_processes import ClusterProcesses
from sqlstream.web.shapes.vertices import FlameGraph, FlameNode

_LOG = logging.getLogger(__name__)

_ENDED, _DISABLED, _WAITING = -1, -2, -3
_CALL_MS = 1_000
"""How long a TaskManager may sample for one call."""
_REMEMBERED = 100


class GraphType(Enum):
    FULL = "full"
    ON_CPU = "on_cpu"
    OFF_CPU = "off_cpu"

    @classmethod
    def _missing_(cls, value: object) -> GraphType | None:
        return next((kind for kind in cls if str(value).lower() == kind.value), None)


@dataclass(frozen=True)
class _Samples:
    """``ended`` is in ms."""

    stacks: tuple[StackCount, ...]
    ended: int


class FlameGraphs:
    """Samples are taken in the background, when somebody first asks for them and when they have grown old."""

    def __init__(self, job_manager: JobManager, processes: ClusterProcesses) -> None:
        configuration: Configuration = job_manager.configuration
        self._job_manager = job_manager
        self._processes = processes
        self._enabled = configuration.option(FLAME_GRAPHS)
        self._samples = configuration.option(FLAME_GRAPH_SAMPLES)
        self._delay = max(1, configuration.option(FLAME_GRAPH_DELAY))
        self._refresh = configuration.option(FLAME_GRAPH_REFRESH)
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="flame-graph")
        self._taken: dict[tuple[str, str], _Samples] = {}
        self._under_way: dict[tuple[str, str], Future[None]] = {}
        self._lock = Lock()

    def graph(self, job_id: str, vertex: VertexView, kind: GraphType, subtask: int | None) -> FlameGraph:
        """Of one subtask, or of all."""
        if not self._enabled:
            return {"endTimestamp": _DISABLED}
        key = (job_id.lower(), vertex.vertex.id)
        with self._lock:
            taken = self._taken.get(key)
            running = any(task.state is ExecutionState.RUNNING for task in vertex.tasks)
            if running and key not in self._under_way and (taken is None or now_ms() - taken.ended > self._refresh):
                self._under_way[key] = self._pool.submit(self._take, key)
        if taken is None:
            return {"endTimestamp": _WAITING if running else _ENDED}
        stacks = (stack for stack in taken.stacks if subtask in (None, stack.execution.subtask))
        return {"endTimestamp": taken.ended, "data": _tree(_of_kind(stacks, kind))}

    def _take(self, key: tuple[str, str]) -> None:
        stacks: list[StackCount] = []
        try:
            for manager_id, executions in self._places(key).items():
                stacks += self._of_manager(manager_id, executions)
        except ClusterError as error:
            _LOG.warning("no flame graph of vertex %s: %s", key[1], error.message)
        with self._lock:
            self._taken.pop(key, None)
            self._taken[key] = _Samples(tuple(stacks), now_ms())
            del self._under_way[key]
            for forgotten in list(self._taken)[:-_REMEMBERED]:
                del self._taken[forgotten]

    def _places(self, key: tuple[str, str]) -> dict[str, list[ExecutionId]]:
        """The executions of the vertex by TaskManager."""
        places: dict[str, list[ExecutionId]] = {}
        job_id, vertex_id = key
        for vertex in self._job_manager.job(job_id).vertices:
            for task in vertex.tasks:
                if vertex.vertex.id == vertex_id and task.task_manager_id is not None:
                    places.setdefault(task.task_manager_id, []).append(task.execution)
        return places

    def _of_manager(self, manager_id: str, executions: Sequence[ExecutionId]) -> list[StackCount]:
        manager = next((m for m in self._job_manager.task_managers() if m.info.id == manager_id), None)
        if manager is None:
            return []
        at_once = max(1, _CALL_MS // self._delay)
        stacks: list[StackCount] = []
        for begun in range(0, self._samples, at_once):
            request = StackRequest(tuple(executions), min(at_once, self._samples - begun), self._delay)
            stacks += self._processes.of(manager).stacks(request).stacks
        return stacks


@dataclass
class _Node:
    name: str
    count: int = 0
    children: dict[str, _Node] = field(default_factory=dict)

    def shape(self) -> FlameNode:
        children = sorted(self.children.values(), key=lambda child: -child.count)
        return {"name": self.name, "value": self.count, "children": [child.shape() for child in children]}


def _of_kind(stacks: Iterable[StackCount], kind: GraphType) -> Iterable[StackCount]:
    return (stack for stack in stacks if kind is GraphType.FULL or stack.waiting is (kind is GraphType.OFF_CPU))


def _tree(stacks: Iterable[StackCount]) -> FlameNode:
    root = _Node("root")
    for stack in stacks:
        node = root
        node.count += stack.count
        for frame in stack.frames:
            node = node.children.setdefault(frame, _Node(frame))
            node.count += stack.count
    return root.shape()
