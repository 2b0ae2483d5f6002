"""One attempt of one subtask, as the JobMaster keeps book of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlstream.runtime.deployment import ExecutionId, ExecutionState, TaskMetrics, TaskStateChanged
from sqlstream.runtime.jobmanager.messages import Slot
from sqlstream.runtime.jobmanager.task_rates import RateMeter
from sqlstream.runtime.jobmanager.views import Failure, TaskView

_ORDER = {
    ExecutionState.CREATED: 0,
    ExecutionState.SCHEDULED: 1,
    ExecutionState.DEPLOYING: 2,
    ExecutionState.INITIALIZING: 3,
    ExecutionState.RUNNING: 4,
    ExecutionState.CANCELING: 5,
    ExecutionState.FINISHED: 6,
    ExecutionState.CANCELED: 6,
    ExecutionState.FAILED: 6,
}

_REMEMBERED = 16
"""Attempts of a subtask that are remembered beside the current one."""


@dataclass
class Execution:
    """``name`` is Flink's task name, e.g. ``Source: flights (2/4)``; ``earlier`` are the attempts before this one."""

    id: ExecutionId
    name: str
    since: dict[ExecutionState, int]
    state: ExecutionState = ExecutionState.CREATED
    slot: Slot | None = None
    metrics: TaskMetrics = field(default_factory=TaskMetrics)
    earlier: tuple[TaskView, ...] = ()
    _meter: RateMeter = field(default_factory=RateMeter)

    def advance(self, state: ExecutionState, now: int) -> bool:
        """Enter ``state`` unless that would be a step back; a duplicate or late report changes nothing."""
        if _ORDER[state] <= _ORDER[self.state]:
            return False
        self.state = state
        self.since[state] = now
        return True

    def measure(self, metrics: TaskMetrics, now: int) -> None:
        """Its counters, as its TaskManager has just reported them."""
        self.metrics = metrics
        self._meter.add(metrics, now)

    def succeeded_by(self, id_: ExecutionId, now: int) -> Execution:
        """The next attempt."""
        last = self.view()
        earlier = (*last.earlier, replace(last, earlier=()))[-_REMEMBERED:]
        return Execution(id_, self.name, {ExecutionState.CREATED: now}, earlier=earlier)

    def failure(self, report: TaskStateChanged, now: int) -> Failure:
        """What ``report`` tells of its end."""
        return Failure(
            error=report.error or "unknown cause",
            timestamp=now,
            hint=report.hint,
            trace=report.trace,
            task=self.name,
            task_manager_id=self.slot.task_manager_id if self.slot else None,
            address=self.slot.address if self.slot else None,
        )

    def view(self) -> TaskView:
        return TaskView(
            execution=self.id,
            state=self.state,
            since=dict(self.since),
            metrics=self.metrics,
            task_manager_id=self.slot.task_manager_id if self.slot else None,
            address=self.slot.address if self.slot else None,
            rates=self._meter.rates(),
            earlier=self.earlier,
        )
