"""The Dispatcher: takes jobs in, keeps a JobMaster for each, and carries messages between them and the ResourceManager.

A pure state machine, and the whole control plane behind one method: ``handle`` an event at a time (ms), get actions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlstream.plan.jobgraph import JobGraph
from sqlstream.plan.physical import CollectSink
from sqlstream.runtime.deployment import ExecutionState, JobStatus, TaskStateChanged
from sqlstream.runtime.jobmanager.job_master import JobMaster
from sqlstream.runtime.jobmanager.messages import (
    Action,
    CancelJob,
    CancelTask,
    DeploymentFailed,
    DeployTask,
    Event,
    ForgetTaskManager,
    JobEnded,
    RegisterTaskManager,
    ReleaseJob,
    ReleaseResults,
    RequestSlots,
    SlotsDenied,
    SlotsGranted,
    SubmitJob,
    TaskManagerLost,
    Tick,
)
from sqlstream.runtime.jobmanager.resource_manager import ResourceManager
from sqlstream.runtime.jobmanager.views import JobView, TaskManagerView
from sqlstream.runtime.protocol import Deregistration, Heartbeat, HeartbeatReply

Message = Any
"""An effect or a notice on its way to the machine that deals with it."""


def collects(graph: JobGraph) -> bool:
    """Whether a client waits for the rows of this job."""
    return any(isinstance(node.operator, CollectSink) for vertex in graph.vertices for node in vertex.chain)


class Dispatcher:
    """Ended jobs are kept for ``job_expiration`` ms, to be looked at, and so are the results not read yet."""

    def __init__(
        self, *, heartbeat_timeout: int | None, slot_request_timeout: int, job_expiration: int = 3_600_000
    ) -> None:
        self._resources = ResourceManager(heartbeat_timeout, slot_request_timeout)
        self._jobs: dict[str, JobMaster] = {}
        self._ended: dict[str, int] = {}
        self._awaited_results: set[str] = set()
        self._job_expiration = job_expiration
        self._on_event: dict[type, Callable[[Any, int], Iterable[Message]]] = {
            SubmitJob: self._submit,
            CancelJob: self._cancel,
            ReleaseResults: self._release_results,
            RegisterTaskManager: lambda event, now: self._resources.register(event.info, now),
            Heartbeat: self._heartbeat,
            Deregistration: self._deregister,
            DeploymentFailed: self._deployment_failed,
            Tick: self._tick,
        }
        self._on_message: dict[type, Callable[[Any, int], Iterable[Message]]] = {
            RequestSlots: self._resources.request,
            SlotsGranted: self._slots_granted,
            SlotsDenied: lambda notice, now: self._jobs[notice.job_id].slots_denied(notice, now),
            TaskManagerLost: self._task_manager_lost,
            JobEnded: self._job_ended,
        }

    def handle(self, event: Event, now: int) -> list[Action]:
        """What is to be done about ``event``, in order."""
        actions: list[Action] = []
        messages: deque[Message] = deque(self._on_event[type(event)](event, now))
        while messages:
            message = messages.popleft()
            if isinstance(message, DeployTask | CancelTask | ReleaseJob | ForgetTaskManager):
                actions.append(message)
            else:
                messages.extend(self._on_message[type(message)](message, now))
        return actions

    def next_deadline(self) -> int | None:
        """When a Tick is due, unless something happens before."""
        expirations = (ended + self._job_expiration for ended in self._ended.values())
        return min((d for d in (self._resources.next_deadline(), *expirations) if d is not None), default=None)

    def reply_to(self, heartbeat: Heartbeat) -> HeartbeatReply:
        """What the TaskManager should hear back, once its heartbeat has been handled."""
        if not self._resources.knows(heartbeat.task_manager_id):
            return HeartbeatReply(known=False)
        running = (entry.execution for entry in heartbeat.metrics)
        return HeartbeatReply(
            known=True,
            cancel=tuple(
                id_ for id_ in running if id_.job_id not in self._jobs or not self._jobs[id_.job_id].should_run(id_)
            ),
        )

    def job(self, job_id: str) -> JobView | None:
        master = self._jobs.get(job_id)
        return None if master is None else master.view()

    def statuses(self) -> dict[str, JobStatus]:
        """Of every job, by id."""
        return {job_id: master.status for job_id, master in self._jobs.items()}

    def jobs(self) -> list[JobView]:
        """All there are, the latest submitted first."""
        return [master.view() for master in reversed(self._jobs.values())]

    def task_managers(self) -> tuple[TaskManagerView, ...]:
        return self._resources.views()

    def _submit(self, event: SubmitJob, now: int) -> Iterator[Message]:
        if event.graph.job_id not in self._jobs:
            master = self._jobs[event.graph.job_id] = JobMaster(event.graph, now)
            if collects(event.graph):
                self._awaited_results.add(event.graph.job_id)
            yield from master.start(now)

    def _cancel(self, event: CancelJob, now: int) -> Iterator[Message]:
        if event.job_id in self._jobs:
            yield from self._jobs[event.job_id].cancel(now)

    def _heartbeat(self, event: Heartbeat, now: int) -> Iterator[Message]:
        if not self._resources.knows(event.task_manager_id):
            return
        self._resources.heartbeat(event.task_manager_id, now)
        for entry in event.metrics:
            if entry.execution.job_id in self._jobs:
                self._jobs[entry.execution.job_id].metrics_reported(entry.execution, entry.metrics)
        for report in event.reports:
            if isinstance(report, TaskStateChanged):
                yield from self._task_reported(report, now)

    def _task_reported(self, report: TaskStateChanged, now: int) -> Iterator[Message]:
        if report.execution.job_id in self._jobs:
            yield from self._jobs[report.execution.job_id].task_reported(report, now)

    def _deregister(self, event: Deregistration, now: int) -> Iterator[Message]:
        yield from self._resources.remove(event.task_manager_id, event.reason)

    def _deployment_failed(self, event: DeploymentFailed, now: int) -> Iterator[Message]:
        yield from self._task_reported(TaskStateChanged(event.execution, ExecutionState.FAILED, event.error), now)

    def _tick(self, event: Tick, now: int) -> Iterator[Message]:
        yield from self._resources.tick(now)
        for job_id in [job_id for job_id, ended in self._ended.items() if ended + self._job_expiration <= now]:
            yield from self._release(job_id)
            self._awaited_results.discard(job_id)
            del self._ended[job_id], self._jobs[job_id]

    def _slots_granted(self, notice: SlotsGranted, now: int) -> Iterator[Message]:
        yield from self._jobs[notice.job_id].slots_granted(notice, now)

    def _task_manager_lost(self, notice: TaskManagerLost, now: int) -> Iterator[Message]:
        yield ForgetTaskManager(notice.task_manager_id)
        for master in list(self._jobs.values()):
            yield from master.task_manager_lost(notice, now)

    def _job_ended(self, message: JobEnded, now: int) -> Iterator[Message]:
        self._ended[message.job_id] = now
        yield from self._resources.free(message.job_id)
        if message.job_id not in self._awaited_results:
            yield from self._release(message.job_id)

    def _release_results(self, event: ReleaseResults, now: int) -> Iterator[Message]:
        self._awaited_results.discard(event.job_id)
        if event.job_id in self._ended:
            yield from self._release(event.job_id)

    def _release(self, job_id: str) -> Iterator[Message]:
        for task_manager_id in sorted(self._jobs[job_id].task_managers()):
            if self._resources.knows(task_manager_id):
                yield ReleaseJob(task_manager_id, job_id)
