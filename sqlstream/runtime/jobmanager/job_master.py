"""The JobMaster: one job from submission to its end, through all its restarts.

A pure state machine: reports come in, with the time (ms); deployments, cancellations, slot requests and the effects of
its CheckpointCoordinator come out. States and their transitions are Flink's. What fails is restarted by pipelined
region (see :mod:`~sqlstream.runtime.jobmanager.regions`): its tasks are cancelled, and once all have ended and the
restart strategy's delay is over they are deployed again, as another attempt, with the state of the latest checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from random import Random

import msgspec

from sqlstream.plan.jobgraph import JobGraph, Vertex
from sqlstream.plan.physical import CollectSink
from sqlstream.runtime.deployment import (
    CheckpointAcknowledged,
    CheckpointDeclined,
    ExecutionId,
    ExecutionState,
    InputEnded,
    JobStatus,
    TaskMetrics,
    TaskReport,
    TaskRestore,
    TaskStateChanged,
)
from sqlstream.runtime.jobmanager.checkpoint_coordinator import CheckpointCoordinator, TaskLocation
from sqlstream.runtime.jobmanager.checkpoint_settings import CheckpointSettings
from sqlstream.runtime.jobmanager.exception_history import ExceptionHistory
from sqlstream.runtime.jobmanager.execution import Execution
from sqlstream.runtime.jobmanager.execution_graph import ExecutionGraph
from sqlstream.runtime.jobmanager.messages import (
    CancelTask,
    CheckpointEffect,
    CheckpointNotStored,
    CheckpointStored,
    CheckpointTriggerFailed,
    DeployTask,
    FailJob,
    GiveUpTaskManager,
    JobEffect,
    JobEnded,
    NotifyCheckpointComplete,
    RequestSlots,
    RescaleJob,
    ReturnSlots,
    Slot,
    SlotsDenied,
    SlotsGranted,
    StoreJob,
    TaskManagerLost,
    TriggerSnapshot,
)
from sqlstream.runtime.jobmanager.regions import Region, RegionPhase
from sqlstream.runtime.jobmanager.rescaling import Rescaling
from sqlstream.runtime.jobmanager.restart_strategy import NoRestart, restart_strategy
from sqlstream.runtime.jobmanager.state_assignment import task_restore
from sqlstream.runtime.jobmanager.task_deployments import task_deployments
from sqlstream.runtime.jobmanager.views import Failure, JobView
from sqlstream.state.handles import CompletedCheckpoint

_LIVE = (JobStatus.RUNNING, JobStatus.RESTARTING)
"""A job that goes on: a failure may restart it."""

_ENDS_AS = {
    JobStatus.RUNNING: JobStatus.FINISHED,
    JobStatus.FAILING: JobStatus.FAILED,
    JobStatus.CANCELLING: JobStatus.CANCELED,
}
"""What a job becomes once all its tasks have ended."""


def collects(graph: JobGraph) -> bool:
    """Whether a client waits for the rows of this job. What it has read cannot be taken back: it never restarts."""
    return any(isinstance(node.operator, CollectSink) for vertex in graph.vertices for node in vertex.chain)


class JobMaster:
    """Runs ``graph``, which must be valid, from ``savepoint``, or, ``recovered``, as an earlier JobManager left it:
    ``restored`` are its retained checkpoints, the oldest first; ids up to ``highest_checkpoint`` have been used."""

    def __init__(
        self,
        graph: JobGraph,
        now: int,
        *,
        savepoint: CompletedCheckpoint | None = None,
        restored: Sequence[CompletedCheckpoint] = (),
        highest_checkpoint: int = 0,
        recovered: bool = False,
        epoch: int = 0,
        cancellation_timeout: int | None = None,
        exception_history_size: int = 16,
    ) -> None:
        """``cancellation_timeout`` is in ms. Raises ConfigError when the graph's configuration is out of range."""
        self._tasks = ExecutionGraph(graph, now, epoch)
        self.status = JobStatus.INITIALIZING
        self._since = {JobStatus.INITIALIZING: now}
        self._recovering = recovered
        self._cancellation_timeout = cancellation_timeout
        self._coordinator = CheckpointCoordinator(
            graph,
            CheckpointSettings.of(graph),
            now,
            restored=restored,
            savepoint=savepoint,
            highest_id=highest_checkpoint,
        )
        self._strategy = NoRestart() if collects(graph) else restart_strategy(graph, Random(graph.job_id))
        self._history = ExceptionHistory(exception_history_size)
        self._restarts = 0
        self._rescaling = Rescaling()
        self._slots: dict[int, Slot] = {}
        self._requested = 0
        self._task_managers: set[str] = set()
        self._all_running = False
        self._farewells: dict[ExecutionId, NotifyCheckpointComplete] = {}

    @property
    def graph(self) -> JobGraph:
        """As the job runs now."""
        return self._tasks.graph

    def start(self, now: int, error: str | None = None) -> Iterator[JobEffect]:
        """Ask for slots; or fail at once with ``error``."""
        self._become(JobStatus.CREATED, now)
        self._become(JobStatus.RUNNING, now)
        for execution in self._tasks.executions.values():
            execution.advance(ExecutionState.SCHEDULED, now)
        if error is not None:
            self._history.begin(Failure(error, now))
            yield from self._give_up(now)
        else:
            yield from self._schedule(now)

    def slots_granted(self, granted: SlotsGranted, now: int) -> Iterator[JobEffect]:
        """Deploy what waits for them. More than are missing by now go back."""
        if self.status not in _LIVE:
            return
        missing = self._missing_slots()
        self._requested = 0
        self._slots.update(zip(missing, granted.slots, strict=False))
        yield from self._return_slots(granted.slots[len(missing) :])
        yield from self._schedule(now)

    def slots_denied(self, denied: SlotsDenied, now: int) -> Iterator[JobEffect]:
        """What waits for them waits again later, if the restart strategy lets it, and holds no slots till then. A job
        taken over from an earlier JobManager waits for as long as it takes the TaskManagers to come back."""
        waiting = self._tasks.in_phase(RegionPhase.WAITING)
        self._requested = 0
        if self.status not in _LIVE or not waiting:
            return
        if self._rescaling.before is not None:
            self._rescaling.revert(denied.error)
            yield from self._end_tasks_for_rescaling(now)
            yield from self._go_on(now)
            return
        if self._recovering:
            yield from self._schedule(now)
            return
        self._history.begin(Failure(denied.error, now))
        delay = self._strategy.on_failure(now)
        if delay is None:
            yield from self._give_up(now)
            return
        self._restarts += 1
        self._become(JobStatus.RESTARTING, now)
        used = {index for region in self._tasks.regions if region not in waiting for index in region.slots}
        idle = {index: slot for index, slot in self._slots.items() if index not in used}
        for index in idle:
            del self._slots[index]
        for region in waiting:
            region.restart(now + delay, lacks_slots=True)
        yield from self._return_slots(tuple(idle.values()))
        yield from self._schedule(now)

    def task_manager_joined(self, now: int) -> Iterator[JobEffect]:
        """There are new slots: what waits only for the next attempt to get some waits no more."""
        for region in self._tasks.regions:
            if region.phase is RegionPhase.RESTARTING and region.lacks_slots:
                region.restart_at = now
        if self.status in _LIVE:
            yield from self._schedule(now)

    def task_reported(self, report: TaskReport, now: int) -> Iterator[JobEffect]:
        """A TaskManager says how a task is; reports of other attempts, repeated and late ones are ignored."""
        execution = self._tasks.find(report.execution)
        if execution is None:
            return
        match report:
            case TaskStateChanged():
                yield from self._state_changed(execution, report, now)
            case InputEnded():
                yield from self._checkpoints(self._coordinator.input_ended(report.execution, now), now)
            case CheckpointAcknowledged():
                yield from self._checkpoints(self._coordinator.acknowledged(report, now), now)
            case CheckpointDeclined():
                yield from self._checkpoints(self._coordinator.declined(report, now), now)

    def still_runs(self, execution_id: ExecutionId, metrics: TaskMetrics, now: int) -> Iterator[JobEffect]:
        """With a TaskManager's heartbeat: a task's counters (those it ended with stay). One that should have ended
        with a checkpoint has not heard of it, and is told once more."""
        execution = self._tasks.find(execution_id)
        if execution is not None and not execution.state.is_terminal:
            execution.measure(metrics, now)
            if execution.state is ExecutionState.RUNNING and execution_id in self._farewells:
                yield self._farewells[execution_id]

    def task_manager_lost(self, lost: TaskManagerLost, now: int) -> Iterator[JobEffect]:
        """All tasks on it have failed, and what waited for other slots there needs another one."""
        self._slots = {i: slot for i, slot in self._slots.items() if slot.task_manager_id != lost.task_manager_id}
        failed = []
        for execution in self._tasks.executions.values():
            on_it = execution.slot is not None and execution.slot.task_manager_id == lost.task_manager_id
            if on_it and execution.advance(ExecutionState.FAILED, now):
                failed.append(execution)
        failures = [e.failure(TaskStateChanged(e.id, ExecutionState.FAILED, lost.error), now) for e in failed]
        yield from self._tasks_failed(failed, failures, now)
        self._history.explain(lost.address, lost.error)

    def trigger(self, request: TriggerSnapshot, now: int) -> Iterator[JobEffect]:
        """A user wants a snapshot; the outcome is in the view."""
        yield from self._checkpoints(self._coordinator.trigger(request, now), now)

    def rescale(self, request: RescaleJob, now: int) -> Iterator[JobEffect]:
        """A user wants the job to go on at another parallelism; the outcome is in the view. It is checkpointed first;
        what its tasks emit after that, until they end, is undone as it is when they fail."""
        if self._rescaling.take(request, self.graph, collects(self.graph)):
            yield from self.trigger(TriggerSnapshot(self.graph.job_id, request.request_id), now)

    def trigger_failed(self, failed: CheckpointTriggerFailed, now: int) -> Iterator[JobEffect]:
        if self._tasks.find(failed.execution) is not None:
            yield from self._checkpoints(self._coordinator.trigger_failed(failed, now), now)

    def checkpoint_stored(self, stored: CheckpointStored, now: int) -> Iterator[JobEffect]:
        yield from self._checkpoints(self._coordinator.stored(stored, now), now)
        yield from self._stop_for_rescaling(now)
        yield from self._go_on(now)

    def checkpoint_not_stored(self, not_stored: CheckpointNotStored, now: int) -> Iterator[JobEffect]:
        yield from self._checkpoints(self._coordinator.not_stored(not_stored, now), now)
        yield from self._go_on(now)

    def cancel(self, now: int) -> Iterator[JobEffect]:
        """End the job on the user's wish. Without effect on one that has ended or is being cancelled."""
        if self.status not in (*_LIVE, JobStatus.FAILING):
            return
        self._become(JobStatus.CANCELLING, now)
        yield from self._suspend_checkpoints("the job was cancelled", now)
        yield from self._cancel_tasks(self._tasks.executions.values(), now)
        yield from self._end_if_done(now)

    def suspend(self, now: int) -> Iterator[JobEffect]:
        """The JobManager stops and another one is to go on with the job: its tasks end, the job does not."""
        if self.status in _LIVE:
            self._become(JobStatus.SUSPENDED, now)
            yield from self._cancel_tasks(self._tasks.executions.values(), now)

    def tick(self, now: int) -> Iterator[JobEffect]:
        """Do what is due."""
        yield from self._checkpoints(self._coordinator.tick(now), now)
        if self.status in _LIVE:
            yield from self._schedule(now)
        stuck = [
            e for e in self._tasks.executions.values() if (due := self._cancellation_due(e)) is not None and due <= now
        ]
        for manager, execution in {e.slot.task_manager_id: e for e in stuck if e.slot is not None}.items():
            seconds = (self._cancellation_timeout or 0) / 1000
            yield GiveUpTaskManager(manager, f"{execution.name} did not stop within {seconds:g} s of its cancellation")

    def next_deadline(self) -> int | None:
        """When ``tick`` is due, unless something happens before."""
        cancellations = (self._cancellation_due(execution) for execution in self._tasks.executions.values())
        deadlines = (self._coordinator.next_deadline(), *self._restarts_due(), *cancellations)
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    def should_run(self, execution_id: ExecutionId) -> bool:
        """Whether a TaskManager that reports this execution as running may go on with it."""
        execution = self._tasks.find(execution_id)
        return (
            execution is not None
            and execution.state is not ExecutionState.CANCELING
            and not execution.state.is_terminal
        )

    def task_managers(self) -> set[str]:
        """Those that run, or ran, a task of this job."""
        return self._task_managers

    def view(self) -> JobView:
        return JobView(
            graph=self.graph,
            status=self.status,
            since=dict(self._since),
            vertices=self._tasks.views(),
            exceptions=self._history.entries(),
            restarts=self._restarts,
            checkpoints=self._coordinator.view(),
            rescales=self._rescaling.count,
            rescale_requests=dict(self._rescaling.views),
            bounds=self._rescaling.bounds,
        )

    def _become(self, status: JobStatus, now: int) -> None:
        self.status = status
        self._since[status] = now

    def _state_changed(self, execution: Execution, report: TaskStateChanged, now: int) -> Iterator[JobEffect]:
        if not execution.state.is_terminal and report.metrics is not None:
            execution.metrics = report.metrics
        expected = self.status not in _LIVE or self._tasks.region(execution).phase is RegionPhase.RESTARTING
        if not execution.advance(report.state, now):
            return
        if report.state is ExecutionState.CANCELED and not expected:
            report = msgspec.structs.replace(report, error="the task was cancelled by its TaskManager")
            yield from self._tasks_failed([execution], [execution.failure(report, now)], now)
        elif report.state is ExecutionState.FAILED:
            failure = execution.failure(report, now)
            yield from self._tasks_failed([execution], [failure], now, report.unreadable_checkpoint)
        else:
            if report.state is ExecutionState.FINISHED:
                self._all_running = False
                yield from self._checkpoints(self._coordinator.task_finished(execution.name, now), now)
            yield from self._go_on(now)

    def _tasks_failed(
        self,
        executions: Sequence[Execution],
        failures: Sequence[Failure],
        now: int,
        unreadable: int | None = None,
    ) -> Iterator[JobEffect]:
        """``executions`` have failed at once, maybe because checkpoint ``unreadable`` could not be restored."""
        struck = [r for r in self._tasks.regions if any(self._tasks.region(e) is r for e in executions)]
        fresh = [region for region in struck if region.phase is RegionPhase.STARTED]
        if unreadable is not None:
            yield from self._checkpoints(self._coordinator.unreadable(unreadable, now), now)
        nothing_left = unreadable is not None and self._coordinator.latest is None
        is_cause = self.status in _LIVE and (bool(fresh) or nothing_left)
        for failure in failures:
            if is_cause and failure is failures[0]:
                self._history.begin(failure)
            elif self.status in (*_LIVE, JobStatus.FAILING):
                self._history.add(failure)
        if not is_cause:
            yield from self._go_on(now)
        elif nothing_left:
            yield from self._give_up(now)
        else:
            delay = self._strategy.on_failure(now) if unreadable is None else 0
            yield from self._restart(fresh, delay, failures[0].error, now)

    def _restart(self, regions: Sequence[Region], delay: int | None, reason: str, now: int) -> Iterator[JobEffect]:
        """Begin the restart of ``regions``, which are STARTED, in ``delay`` ms; the job's end if that is None."""
        if delay is None:
            yield from self._give_up(now)
            return
        if self._coordinator.concerns_all:
            regions = self._tasks.in_phase(RegionPhase.STARTED)
        self._restarts += 1
        self._farewells.clear()
        self._become(JobStatus.RESTARTING, now)
        yield from self._suspend_checkpoints(reason, now)
        for region in regions:
            region.restart(now + delay)
            yield from self._cancel_tasks(self._tasks.of(region), now)
        yield from self._go_on(now)

    def _fail_job(self, failed: FailJob, now: int) -> Iterator[JobEffect]:
        """The job as a whole has failed."""
        if self.status not in _LIVE:
            return
        self._history.begin(Failure(failed.error, now))
        started = self._tasks.in_phase(RegionPhase.STARTED)
        yield from self._restart(started, self._strategy.on_failure(now), failed.error, now)

    def _give_up(self, now: int) -> Iterator[JobEffect]:
        self._become(JobStatus.FAILING, now)
        yield from self._suspend_checkpoints("the job has failed", now)
        yield from self._cancel_tasks(self._tasks.executions.values(), now)
        yield from self._end_if_done(now)

    def _go_on(self, now: int) -> Iterator[JobEffect]:
        """After a change: whatever it makes possible."""
        if self.status in _LIVE:
            yield from self._schedule(now)
            executions = self._tasks.executions
            if not self._all_running and all(e.state is ExecutionState.RUNNING for e in executions.values()):
                self._all_running = True
                locations = {
                    subtask: TaskLocation(execution.slot.task_manager_id, execution.id)
                    for subtask, execution in executions.items()
                    if execution.slot is not None
                }
                yield from self._checkpoints(self._coordinator.tasks_running(locations, now), now)
        yield from self._end_if_done(now)

    def _schedule(self, now: int) -> Iterator[JobEffect]:
        """Move every region on as far as it goes: deploy those that have their slots, ask for the others'. A job that
        is being rescaled waits until nothing of it runs any more."""
        if self._rescaling.target is not None:
            if not all(r.restart_at <= now and self._tasks.has_ended(r) for r in self._tasks.regions):
                return
            yield from self._swap(self._rescaling.target, now)
        for region in self._tasks.regions:
            if region.phase is RegionPhase.RESTARTING and region.restart_at <= now and self._tasks.has_ended(region):
                self._tasks.renew(region, now)
        ready = [r for r in self._tasks.regions if r.phase is RegionPhase.WAITING and r.slots <= self._slots.keys()]
        if ready and self._coordinator.latest_is_settled:
            yield from self._deploy(ready, now)
        missing = len(self._missing_slots())
        if missing != self._requested:
            self._requested = missing
            yield RequestSlots(self.graph.job_id, missing)
        if self.status is JobStatus.RESTARTING and all(r.phase is RegionPhase.STARTED for r in self._tasks.regions):
            self._become(JobStatus.RUNNING, now)
            self._rescaling.complete()

    def _restarts_due(self) -> list[int]:
        """When (ms) what has ended may start again."""
        if self.status not in _LIVE:
            return []
        restarting = self._tasks.in_phase(RegionPhase.RESTARTING)
        ended = [region.restart_at for region in restarting if self._tasks.has_ended(region)]
        if self._rescaling.target is None:
            return ended
        return [max(ended)] if len(ended) == len(self._tasks.regions) else []

    def _stop_for_rescaling(self, now: int) -> Iterator[JobEffect]:
        """Once the checkpoint that a rescaling waits for is complete: end all tasks."""
        if self.status in _LIVE and self._rescaling.stop_tasks():
            yield from self._end_tasks_for_rescaling(now)

    def _end_tasks_for_rescaling(self, now: int) -> Iterator[JobEffect]:
        """Those of the target begin once all have ended."""
        self._farewells.clear()
        self._become(JobStatus.RESTARTING, now)
        yield from self._suspend_checkpoints("the job is being rescaled", now)
        for region in self._tasks.regions:
            if region.phase is not RegionPhase.RESTARTING:
                region.restart(now)
        yield from self._cancel_tasks(self._tasks.executions.values(), now)

    def _swap(self, graph: JobGraph, now: int) -> Iterator[JobEffect]:
        """Nothing runs: what starts next are the tasks of ``graph``."""
        before = self.graph
        self._rescaling.swapped(before)
        self._tasks.rebuild(graph, now)
        self._coordinator.rescaled(graph)
        needed = {index for region in self._tasks.regions for index in region.slots}
        surplus = tuple(slot for index, slot in self._slots.items() if index not in needed)
        self._slots = {index: slot for index, slot in self._slots.items() if index in needed}
        yield StoreJob(graph.job_id, graph)
        yield from self._return_slots(surplus)

    def _missing_slots(self) -> list[int]:
        waiting = self._tasks.in_phase(RegionPhase.WAITING)
        return sorted({index for region in waiting for index in region.slots} - self._slots.keys())

    def _return_slots(self, slots: tuple[Slot, ...]) -> Iterator[JobEffect]:
        if slots:
            yield ReturnSlots(self.graph.job_id, slots)

    def _deploy(self, regions: Iterable[Region], now: int) -> Iterator[JobEffect]:
        checkpoint = self._coordinator.latest
        if checkpoint is not None:
            self._coordinator.tasks_restored(checkpoint, now)
        ids = {subtask: self._tasks.executions[subtask].id for region in regions for subtask in region.subtasks}
        self._recovering = False
        for region in regions:
            region.phase = RegionPhase.STARTED

        def restore(vertex: Vertex, subtask: int) -> TaskRestore | None:
            return None if checkpoint is None else self._restored(vertex, checkpoint, subtask)

        for slot, deployment in task_deployments(self.graph, self._slots, ids, restore):
            execution = self._tasks.executions[deployment.execution.vertex_id, deployment.execution.subtask]
            execution.slot = slot
            execution.advance(ExecutionState.DEPLOYING, now)
            self._task_managers.add(slot.task_manager_id)
            yield DeployTask(slot.task_manager_id, deployment)

    def _restored(self, vertex: Vertex, checkpoint: CompletedCheckpoint, subtask: int) -> TaskRestore:
        """With a checkpoint that was this job's last, all that is left to do is to commit: its user may have started
        another job from it."""
        restore = task_restore(vertex, checkpoint, subtask)
        stopped = checkpoint.metadata.stop and checkpoint.metadata.job_id == self.graph.job_id
        return msgspec.structs.replace(restore, ended=True) if stopped else restore

    def _checkpoints(self, effects: Iterable[CheckpointEffect], now: int) -> Iterator[JobEffect]:
        for effect in list(effects):
            if isinstance(effect, FailJob):
                yield from self._fail_job(effect, now)
                continue
            if isinstance(effect, NotifyCheckpointComplete):
                latest = self._coordinator.latest
                if latest is not None and latest.metadata.stop and latest.id == effect.notice.checkpoint_id:
                    self._farewells[effect.notice.execution] = effect
            yield effect
        self._rescaling.review(self._coordinator.outcome)

    def _suspend_checkpoints(self, reason: str, now: int) -> Iterator[JobEffect]:
        self._all_running = False
        yield from self._checkpoints(self._coordinator.suspend(reason, now), now)

    def _cancel_tasks(self, executions: Iterable[Execution], now: int) -> Iterator[JobEffect]:
        for execution in executions:
            if execution.slot is None:
                execution.advance(ExecutionState.CANCELED, now)
            elif execution.advance(ExecutionState.CANCELING, now):
                yield CancelTask(execution.slot.task_manager_id, execution.id)

    def _cancellation_due(self, execution: Execution) -> int | None:
        if self._cancellation_timeout is None or execution.state is not ExecutionState.CANCELING:
            return None
        return execution.since[ExecutionState.CANCELING] + self._cancellation_timeout

    def _end_if_done(self, now: int) -> Iterator[JobEffect]:
        if self.status in _ENDS_AS and all(e.state.is_terminal for e in self._tasks.executions.values()):
            self._become(_ENDS_AS[self.status], now)
            self._rescaling.fail(f"the job is {self.status.value}")
            yield from self._checkpoints(self._coordinator.job_ended(self.status, now), now)
            yield JobEnded(self.graph.job_id)
