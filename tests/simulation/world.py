"""Everything that there is in one schedule."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from sqlstream.plan.jobgraph import JobGraph, JobMode
from sqlstream.state.handles import CompletedCheckpoint
from tests.simulation.auditor import Auditor, Run
from tests.simulation.job_manager import ModelJobManager
from tests.simulation.jobs import Query
from tests.simulation.network import Network, Weather
from tests.simulation.storage import Storage
from tests.simulation.table import Table
from tests.simulation.task_manager import JOB_MANAGER, ModelTaskManager
from tests.simulation.timeline import Timeline


@dataclass(frozen=True)
class Settings:
    """Of the cluster; times are in ms."""

    heartbeat_interval: int
    heartbeat_timeout: int
    slot_request_timeout: int
    cancellation_timeout: int
    slots: int


class World:
    """``slow_cancellations`` and ``slow_uploads`` are the shares that take seconds."""

    def __init__(self, random: Random, settings: Settings, weather: Weather, trace: list[str] | None) -> None:
        self.random = random
        self.settings = settings
        self.timeline = Timeline(random)
        self.timeline.trace = trace
        self.network = Network(self.timeline, weather)
        self.storage = Storage()
        self.runs: dict[str, Run] = {}
        self.vertex_of: dict[tuple[str, str], str] = {}
        """By job and operator."""
        self.auditor = Auditor(self)
        self.task_managers: list[ModelTaskManager] = []
        self.job_manager: ModelJobManager | None = None
        self.slow_cancellations = 0.0
        self.slow_uploads = 0.0
        self._fresh = 0
        self._addresses = 0
        self._crash_after: int | None = None

    def start_job_manager(self) -> None:
        if self.job_manager is None:
            manager = ModelJobManager(self)
            self.timeline.tell(f"{manager.name} starts")
            if manager.alive:
                self.job_manager = self.network.processes[JOB_MANAGER] = manager

    def kill_job_manager(self) -> None:
        """Also in the middle of its own start."""
        if self.job_manager is not None:
            self.job_manager.kill()
            self.job_manager = None
            del self.network.processes[JOB_MANAGER]

    def crash_job_manager_after(self, actions: int) -> None:
        """Between carrying out two actions that follow from one event, maybe."""
        self._crash_after = actions

    def crash_now(self) -> bool:
        if self._crash_after is None or self.job_manager is None:
            return False
        self._crash_after -= 1
        if self._crash_after > 0:
            return False
        self._crash_after = None
        return True

    def fill_storage(self, duration: int) -> None:
        """For ``duration`` ms nothing can be written."""
        self.timeline.tell("the storage is full")
        self.storage.full = True
        self.timeline.after(duration, self.empty_storage)

    def empty_storage(self) -> None:
        if self.storage.full:
            self.timeline.tell("the storage has room")
            self.storage.full = False

    def no_more_crashes(self) -> None:
        self._crash_after = None

    def provide_slots(self) -> None:
        """For all jobs at once, were none of them to end."""
        needed = sum(max(run.parallelism.values()) for run in self.runs.values())
        while sum(manager.slots for manager in self.task_managers) < needed:
            self.start_task_manager()

    def statuses(self) -> dict[str, str]:
        statuses = {} if self.job_manager is None else self.job_manager.statuses()
        return {job_id: status.value for job_id, status in statuses.items()}

    def start_task_manager(self, address: str | None = None) -> ModelTaskManager:
        if address is None:
            self._addresses += 1
            address = f"tm{self._addresses}"
        manager = ModelTaskManager(self, address, self.settings.slots)
        self.timeline.tell(f"{address} starts")
        self.task_managers.append(manager)
        self.network.processes[address] = manager
        return manager

    def kill_task_manager(self, manager: ModelTaskManager) -> None:
        manager.kill()
        self.task_managers.remove(manager)
        if self.network.processes.get(manager.address) is manager:
            del self.network.processes[manager.address]

    def task_manager_at(self, address: str) -> ModelTaskManager | None:
        process = self.network.processes.get(address)
        return process if isinstance(process, ModelTaskManager) else None

    def submit(
        self,
        graph: JobGraph,
        query: Query,
        parallelism: dict[str, int],
        table: Table,
        savepoint: CompletedCheckpoint | None,
        row_pause: int,
    ) -> None:
        """The JobManager must be there. ``row_pause`` is the longest that a source waits between rows (ms)."""
        assert self.job_manager is not None
        interval = "execution.checkpointing.interval" in graph.configuration
        periodic = interval and graph.mode is JobMode.STREAMING
        self.runs[graph.job_id] = Run(query, table, parallelism, savepoint, row_pause, periodic)
        for vertex in graph.vertices:
            for node in vertex.chain:
                self.vertex_of[graph.job_id, node.id] = vertex.id
        self.timeline.tell(f"job {graph.job_id} is submitted: {query}, {parallelism}, {graph.configuration}")
        self.job_manager.submit(graph, None if savepoint is None else savepoint.location)

    def fresh(self) -> int:
        self._fresh += 1
        return self._fresh
