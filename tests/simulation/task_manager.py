"""A model of a TaskManager: its conversation with the JobManager, its tasks, and the upload of their snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlstream.columnar.elements import Barrier
from sqlstream.runtime.deployment import (
    ChannelId,
    CheckpointAcknowledged,
    CheckpointDeclined,
    ExecutionId,
    TaskDeployment,
    TaskMetrics,
    TaskReport,
)
from sqlstream.runtime.protocol import (
    CheckpointNotice,
    CheckpointTrigger,
    Deregistration,
    ExecutionMetrics,
    Heartbeat,
    HeartbeatReply,
    Registration,
    TaskManagerInfo,
)
from sqlstream.state.handles import ChunkHandle, OperatorHandle
from tests.simulation.channels import Channel
from tests.simulation.operators import Prepared
from tests.simulation.storage import shared_directory
from tests.simulation.task import ModelTask
from tests.simulation.timeline import Process

if TYPE_CHECKING:
    from tests.simulation.world import World

JOB_MANAGER = "jobmanager"
_RETRY = 500
_LONGEST_GOODBYE = 10_000
_METRICS = TaskMetrics()


class ModelTaskManager(Process):
    def __init__(self, world: World, address: str, slots: int) -> None:
        super().__init__(world.timeline, address)
        self.world = world
        self.address = address
        self.slots = slots
        self.channels: dict[ChannelId, Channel] = {}
        self._tasks: dict[ExecutionId, ModelTask] = {}
        self._ending: list[ModelTask] = []
        self._reports: list[TaskReport] = []
        self._stored: dict[str, set[tuple[str, str]]] = {}
        self._id = ""
        self._registered = False
        self._calling = False
        self._last_answer = 0
        self._interval = 0
        self._patience = 0
        self._beat = 0
        """Only the latest timer counts."""
        self.after(0, self._register)

    def deploy(self, deployment: TaskDeployment) -> None:
        if deployment.execution not in self._tasks:
            task = self._tasks[deployment.execution] = ModelTask(self, deployment)
            task.start()

    def cancel(self, execution: ExecutionId) -> None:
        if execution in self._tasks:
            self._tasks[execution].cancel()

    def trigger_checkpoint(self, trigger: CheckpointTrigger) -> None:
        if trigger.execution in self._tasks:
            self._tasks[trigger.execution].trigger(trigger)

    def checkpoint_complete(self, notice: CheckpointNotice) -> None:
        if notice.execution in self._tasks:
            self._tasks[notice.execution].complete(notice.checkpoint_id)

    def checkpoint_aborted(self, notice: CheckpointNotice) -> None:
        if notice.execution in self._tasks:
            self._tasks[notice.execution].aborted(notice.checkpoint_id)

    def release(self, job_id: str) -> None:
        for execution in [id_ for id_ in self._tasks if id_.job_id == job_id]:
            task = self._tasks.pop(execution)
            if not task.state.is_terminal:
                self._ending.append(task)
        self._stored.pop(job_id, None)

    def report(self, report: TaskReport) -> None:
        self._reports.append(report)
        self.after(0, self._heartbeat)

    def ended(self, task: ModelTask) -> None:
        self.timeline.tell(f"{self.name}: {task.identity} is {task.state.value}")

    def running(self) -> list[ModelTask]:
        return [task for task in self._tasks.values() if not task.state.is_terminal and not task.over]

    def say_goodbye(self) -> None:
        goodbye = Deregistration(self._id, "it was stopped")
        self.world.network.call(
            self,
            self.address,
            JOB_MANAGER,
            lambda job_manager: job_manager.deregister(goodbye),
            lambda _: None,
            lambda _: None,
        )

    def kill(self) -> None:
        super().kill()
        for task in [*self._tasks.values(), *self._ending]:
            if not task.state.is_terminal:
                task.killed()

    def stored(self, job_id: str, directory: str, handle: ChunkHandle) -> None:
        """A chunk is known to be there: it is only referred to from now on."""
        self._stored.setdefault(job_id, set()).add((directory, handle.id))

    def upload(
        self, execution: ExecutionId, barrier: Barrier, operators: dict[str, tuple[OperatorHandle, Prepared]]
    ) -> None:
        """Off the task's thread: stores what is not there yet, then tells the JobManager."""
        slow = self.timeline.random.random() < self.world.slow_uploads
        delay = self.timeline.random.randint(500, 6_000) if slow else self.timeline.random.randint(1, 60)
        self.after(delay, lambda: self._store(execution, barrier, operators))

    def _store(
        self, execution: ExecutionId, barrier: Barrier, operators: dict[str, tuple[OperatorHandle, Prepared]]
    ) -> None:
        storage = self.world.storage
        directory = barrier.savepoint or shared_directory(execution.job_id)
        known = self._stored.setdefault(execution.job_id, set())
        for handle, chunk in (entry for _, prepared in operators.values() for entry in prepared):
            if (directory, handle.id) not in known:
                if storage.full:
                    self.report(CheckpointDeclined(execution, barrier.checkpoint_id, "no space left on device"))
                    return
                storage.write_chunk(directory, handle, chunk, self.timeline.now)
                known.add((directory, handle.id))
        handles = {id_: handle for id_, (handle, _) in operators.items()}
        self.report(CheckpointAcknowledged(execution, barrier.checkpoint_id, handles))

    def _register(self) -> None:
        session = self.world.fresh()
        self._id = f"{self.address}-{session}"
        info = TaskManagerInfo(self._id, self.address, self.slots)
        self.world.network.call(
            self,
            self.address,
            JOB_MANAGER,
            lambda job_manager: job_manager.register(info),
            self._on_registered,
            lambda error: self.after(_RETRY, self._register),
        )

    def _on_registered(self, registration: Registration) -> None:
        self._interval = registration.heartbeat_interval
        self._patience = registration.heartbeat_timeout
        self._registered = True
        self._calling = False
        self._last_answer = self.timeline.now
        self._heartbeat()

    def _heartbeat(self) -> None:
        if not self._registered or self._calling:
            return
        self._calling = True
        self._beat += 1
        running = tuple(
            ExecutionMetrics(id_, _METRICS) for id_, task in self._tasks.items() if not task.state.is_terminal
        )
        heartbeat = Heartbeat(self._id, tuple(self._reports), running)
        self.world.network.call(
            self,
            self.address,
            JOB_MANAGER,
            lambda job_manager: job_manager.heartbeat(heartbeat),
            lambda reply: self._answered(heartbeat, reply),
            self._unanswered,
        )

    def _answered(self, heartbeat: Heartbeat, reply: HeartbeatReply) -> None:
        self._calling = False
        self._last_answer = self.timeline.now
        if not reply.known:
            self._start_over("is not known to the JobManager")
            return
        for execution in reply.cancel:
            self.cancel(execution)
        del self._reports[: len(heartbeat.reports)]
        if self._reports:
            self._heartbeat()
        else:
            self._beat_after(self._interval)

    def _unanswered(self, error: str) -> None:
        self._calling = False
        if self.timeline.now - self._last_answer > self._patience:
            self._start_over("had no answer from the JobManager")
        else:
            self._beat_after(min(self._interval, _RETRY))

    def _beat_after(self, delay: int) -> None:
        self._beat += 1
        beat = self._beat
        self.after(delay, lambda: self._heartbeat() if beat == self._beat else None)

    def _start_over(self, reason: str) -> None:
        self.timeline.tell(f"{self._id} {reason}: cancels all, and registers anew")
        self._registered = False
        for task in list(self._tasks.values()):
            task.cancel()
        self._await_end(self.timeline.now + _LONGEST_GOODBYE)

    def _await_end(self, deadline: int) -> None:
        if self.timeline.now < deadline and any(not task.state.is_terminal for task in self._tasks.values()):
            self.after(50, lambda: self._await_end(deadline))
            return
        self._reports.clear()
        for job_id in {id_.job_id: None for id_ in self._tasks}:
            self.release(job_id)
        self._register()
