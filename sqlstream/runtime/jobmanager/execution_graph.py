"""A job's tasks as its JobMaster keeps book of them: every subtask's current attempt, and the regions they form."""

from __future__ import annotations

from collections.abc import Iterable

from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import ExecutionId, ExecutionState
from sqlstream.runtime.jobmanager.execution import Execution
from sqlstream.runtime.jobmanager.regions import Region, RegionPhase, Subtask, pipelined_regions
from sqlstream.runtime.jobmanager.views import VertexView


class ExecutionGraph:
    """Attempts are told apart by number, and from those of other JobManagers by ``epoch``. Times are in ms."""

    def __init__(self, graph: JobGraph, now: int, epoch: int) -> None:
        self.graph = graph
        self._epoch = epoch
        self.executions: dict[Subtask, Execution] = {}
        self.regions: list[Region] = []
        self._region_of: dict[Subtask, Region] = {}
        self._build(graph, 0, now)

    def find(self, id_: ExecutionId) -> Execution | None:
        """None when that is not a current attempt."""
        execution = self.executions.get((id_.vertex_id, id_.subtask))
        return execution if execution is not None and execution.id == id_ else None

    def region(self, execution: Execution) -> Region:
        return self._region_of[execution.id.vertex_id, execution.id.subtask]

    def of(self, region: Region) -> list[Execution]:
        return [self.executions[subtask] for subtask in region.subtasks]

    def in_phase(self, phase: RegionPhase) -> list[Region]:
        return [region for region in self.regions if region.phase is phase]

    def has_ended(self, region: Region) -> bool:
        """Whether nothing of it runs any more, or ran at all."""
        return all(execution.state.is_terminal or execution.slot is None for execution in self.of(region))

    def all_in(self, states: Iterable[ExecutionState]) -> bool:
        wanted = set(states)
        return all(execution.state in wanted for execution in self.executions.values())

    def renew(self, region: Region, now: int) -> None:
        """Another attempt, which needs slots."""
        region.attempt += 1
        region.phase = RegionPhase.WAITING
        for subtask in region.subtasks:
            self._begin(subtask, region.attempt, now)

    def rebuild(self, graph: JobGraph, now: int) -> None:
        """Another attempt of every task, with the parallelism of ``graph``, which is the same in all else. Nothing may
        run."""
        attempt = max(region.attempt for region in self.regions) + 1
        self._build(graph, attempt, now)
        for subtask in self.executions:
            self._begin(subtask, attempt, now)

    def views(self) -> tuple[VertexView, ...]:
        return tuple(
            VertexView(vertex, tuple(self.executions[vertex.id, i].view() for i in range(vertex.parallelism)))
            for vertex in self.graph.vertices
        )

    def _build(self, graph: JobGraph, attempt: int, now: int) -> None:
        earlier = self.executions
        self.graph = graph
        self.regions = [Region(subtasks, attempt) for subtasks in pipelined_regions(graph)]
        self._region_of = {subtask: region for region in self.regions for subtask in region.subtasks}
        self.executions = {}
        for vertex in graph.vertices:
            for subtask in range(vertex.parallelism):
                key = (vertex.id, subtask)
                name = f"{vertex.name} ({subtask + 1}/{vertex.parallelism})"
                self.executions[key] = earlier.get(key) or Execution(
                    self._id(key, attempt), name, {ExecutionState.CREATED: now}
                )
                self.executions[key].name = name

    def _begin(self, subtask: Subtask, attempt: int, now: int) -> None:
        id_ = self._id(subtask, attempt)
        last = self.executions[subtask]
        execution = last if last.id == id_ else last.succeeded_by(id_, now)
        execution.advance(ExecutionState.SCHEDULED, now)
        self.executions[subtask] = execution

    def _id(self, subtask: Subtask, attempt: int) -> ExecutionId:
        vertex_id, number = subtask
        return ExecutionId(self.graph.job_id, vertex_id, number, attempt, self._epoch)
