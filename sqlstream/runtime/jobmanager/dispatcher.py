"""The Dispatcher: takes jobs in, keeps a JobMaster for each, and carries messages between them and the ResourceManager.

A pure state machine, and the whole control plane behind one method: ``handle`` an event at a time (ms), get actions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import ExecutionState, JobStatus, TaskReport, TaskStateChanged
from sqlstream.runtime.jobmanager.job_master import JobMaster, collects
from sqlstream.runtime.jobmanager.messages import (
    Action,
    CancelJob,
    CheckpointNotStored,
    CheckpointStored,
    CheckpointTriggerFailed,
    ClientHeartbeat,
    DeploymentFailed,
    Event,
    ForgetTaskManager,
    GiveUpTaskManager,
    JobEnded,
    RecoverJob,
    RegisterTaskManager,
    ReleaseJob,
    ReleaseResults,
    RequestSlots,
    RescaleJob,
    ReturnSlots,
    SlotsDenied,
    SlotsGranted,
    SubmitJob,
    SuspendJobs,
    TaskManagerJoined,
    TaskManagerLost,
    TaskManagerUnreachable,
    Tick,
    TriggerSnapshot,
)
from sqlstream.runtime.jobmanager.resource_manager import ResourceManager
from sqlstream.runtime.jobmanager.views import JobView, TaskManagerView
from sqlstream.runtime.protocol import Deregistration, Heartbeat, HeartbeatReply
from sqlstream.state.handles import CompletedCheckpoint

Message = Any
"""An effect or a notice on its way to the machine that deals with it."""


@dataclass(frozen=True)
class _TickJobs:
    """The jobs' turn, after they have heard what the ResourceManager makes of the time."""


class Dispatcher:
    """Ended jobs are kept for ``job_expiration`` ms, to be looked at, and so are the results not read yet. Of more than
    ``job_capacity`` ended jobs the oldest go before that, unless their result is waited for. ``epoch`` says which start
    of the JobManager this is. All times are in ms; see the ResourceManager for the heartbeats."""

    def __init__(
        self,
        *,
        heartbeat_timeout: int | None,
        slot_request_timeout: int,
        heartbeat_interval: int | None = None,
        job_expiration: int = 3_600_000,
        job_capacity: int = 1_000,
        cancellation_timeout: int | None = None,
        exception_history_size: int = 16,
        epoch: int = 0,
    ) -> None:
        self._resources = ResourceManager(heartbeat_timeout, slot_request_timeout, heartbeat_interval)
        self._jobs: dict[str, JobMaster] = {}
        self._live: dict[str, JobMaster] = {}
        self._ended: dict[str, int] = {}
        self._awaited_results: set[str] = set()
        self._attended: dict[str, int] = {}
        """When (ms) live jobs end unless their clients report again."""
        self._job_expiration = job_expiration
        self._job_capacity = job_capacity
        self._cancellation_timeout = cancellation_timeout
        self._exception_history_size = exception_history_size
        self._epoch = epoch
        self._on_event: dict[type, Callable[[Any, int], Iterable[Message]]] = {
            SubmitJob: self._submit,
            RecoverJob: self._recover,
            CancelJob: self._to_job(lambda master, event, now: master.cancel(now)),
            ClientHeartbeat: self._client_heartbeat,
            SuspendJobs: self._suspend,
            TriggerSnapshot: self._to_job(JobMaster.trigger),
            RescaleJob: self._to_job(JobMaster.rescale),
            ReleaseResults: self._release_results,
            RegisterTaskManager: lambda event, now: self._resources.register(event.info, now),
            Heartbeat: self._heartbeat,
            Deregistration: lambda event, now: self._resources.remove(event.task_manager_id, event.reason),
            DeploymentFailed: self._deployment_failed,
            TaskManagerUnreachable: lambda event, now: self._resources.remove(event.task_manager_id, event.error),
            CheckpointTriggerFailed: self._trigger_failed,
            CheckpointStored: self._to_job(JobMaster.checkpoint_stored),
            CheckpointNotStored: self._to_job(JobMaster.checkpoint_not_stored),
            Tick: self._tick,
        }
        self._on_message: dict[type, Callable[[Any, int], Iterable[Message]]] = {
            RequestSlots: self._resources.request,
            ReturnSlots: lambda message, now: self._resources.take_back(message),
            GiveUpTaskManager: lambda message, now: self._resources.remove(message.task_manager_id, message.reason),
            SlotsGranted: self._to_job(JobMaster.slots_granted),
            SlotsDenied: self._to_job(JobMaster.slots_denied),
            TaskManagerJoined: self._task_manager_joined,
            TaskManagerLost: self._task_manager_lost,
            JobEnded: self._job_ended,
            _TickJobs: self._tick_jobs,
        }

    def handle(self, event: Event, now: int) -> list[Action]:
        """What is to be done about ``event``, in order."""
        self._resources.observe(now)
        actions: list[Action] = []
        messages: deque[Message] = deque(self._on_event[type(event)](event, now))
        while messages:
            message = messages.popleft()
            if type(message) in self._on_message:
                messages.extend(self._on_message[type(message)](message, now))
            else:
                actions.append(message)
        return actions

    def next_deadline(self) -> int | None:
        """When a Tick is due, unless something happens before."""
        first_ended = next(iter(self._ended.values()), None)
        expiration = None if first_ended is None else first_ended + self._job_expiration
        jobs = (master.next_deadline() for master in self._live.values())
        deadlines = (self._resources.next_deadline(), *jobs, expiration, *self._attended.values())
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

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

    def status(self, job_id: str) -> JobStatus | None:
        """None when there is no such job."""
        master = self._jobs.get(job_id)
        return None if master is None else master.status

    def statuses(self) -> dict[str, JobStatus]:
        """Of every job, by id."""
        return {job_id: master.status for job_id, master in self._jobs.items()}

    def live_statuses(self) -> dict[str, JobStatus]:
        """Of every job that has not ended, by id."""
        return {job_id: master.status for job_id, master in self._live.items()}

    def jobs(self) -> list[JobView]:
        """All there are, the latest submitted first."""
        return [master.view() for master in reversed(self._jobs.values())]

    def task_managers(self) -> tuple[TaskManagerView, ...]:
        return self._resources.views()

    def missing_slots(self) -> int:
        """How many more it would take for every job that waits for slots."""
        return self._resources.missing_slots()

    def _to_job(
        self, handle: Callable[[JobMaster, Any, int], Iterable[Message]]
    ) -> Callable[[Any, int], Iterable[Message]]:
        """Passes a message on to the job that it names, if there is one."""

        def pass_on(message: Any, now: int) -> Iterable[Message]:
            master = self._jobs.get(message.job_id)
            return () if master is None else handle(master, message, now)

        return pass_on

    def _submit(self, event: SubmitJob, now: int) -> Iterator[Message]:
        if event.graph.job_id not in self._jobs:
            if collects(event.graph):
                self._awaited_results.add(event.graph.job_id)
            yield from self._add(event.graph, now, savepoint=event.savepoint).start(now)

    def _recover(self, event: RecoverJob, now: int) -> Iterator[Message]:
        if event.graph.job_id not in self._jobs:
            master = self._add(
                event.graph,
                now,
                savepoint=event.savepoint,
                restored=event.checkpoints,
                highest_checkpoint=event.highest_checkpoint,
                recovered=True,
            )
            yield from master.start(now, event.error)

    def _add(
        self,
        graph: JobGraph,
        now: int,
        *,
        savepoint: CompletedCheckpoint | None,
        restored: tuple[CompletedCheckpoint, ...] = (),
        highest_checkpoint: int = 0,
        recovered: bool = False,
    ) -> JobMaster:
        master = self._jobs[graph.job_id] = self._live[graph.job_id] = JobMaster(
            graph,
            now,
            savepoint=savepoint,
            restored=restored,
            highest_checkpoint=highest_checkpoint,
            recovered=recovered,
            epoch=self._epoch,
            cancellation_timeout=self._cancellation_timeout,
            exception_history_size=self._exception_history_size,
        )
        return master

    def _client_heartbeat(self, event: ClientHeartbeat, now: int) -> Iterator[Message]:
        if event.job_id in self._live:
            self._attended[event.job_id] = event.expires
        yield from ()

    def _suspend(self, event: SuspendJobs, now: int) -> Iterator[Message]:
        for master in self._jobs.values():
            yield from master.suspend(now)

    def _heartbeat(self, event: Heartbeat, now: int) -> Iterator[Message]:
        if not self._resources.knows(event.task_manager_id):
            return
        self._resources.heartbeat(event.task_manager_id, now)
        for report in event.reports:
            yield from self._task_reported(report, now)
        for entry in event.metrics:
            if entry.execution.job_id in self._jobs:
                yield from self._jobs[entry.execution.job_id].still_runs(entry.execution, entry.metrics, now)

    def _task_reported(self, report: TaskReport, now: int) -> Iterator[Message]:
        if report.execution.job_id in self._jobs:
            yield from self._jobs[report.execution.job_id].task_reported(report, now)

    def _deployment_failed(self, event: DeploymentFailed, now: int) -> Iterator[Message]:
        yield from self._task_reported(TaskStateChanged(event.execution, ExecutionState.FAILED, event.error), now)

    def _trigger_failed(self, event: CheckpointTriggerFailed, now: int) -> Iterator[Message]:
        if event.execution.job_id in self._jobs:
            yield from self._jobs[event.execution.job_id].trigger_failed(event, now)

    def _tick(self, event: Tick, now: int) -> Iterator[Message]:
        yield from self._resources.tick(now)
        yield _TickJobs()

    def _tick_jobs(self, message: _TickJobs, now: int) -> Iterator[Message]:
        for job_id in [job_id for job_id, expires in self._attended.items() if expires <= now]:
            del self._attended[job_id]
            yield from self._live[job_id].cancel(now)
        for master in self._live.values():
            yield from master.tick(now)
        for job_id in [job_id for job_id, ended in self._ended.items() if ended + self._job_expiration <= now]:
            yield from self._release(job_id)
            self._awaited_results.discard(job_id)
            del self._ended[job_id], self._jobs[job_id]

    def _task_manager_joined(self, notice: TaskManagerJoined, now: int) -> Iterator[Message]:
        for master in self._jobs.values():
            yield from master.task_manager_joined(now)

    def _task_manager_lost(self, notice: TaskManagerLost, now: int) -> Iterator[Message]:
        yield ForgetTaskManager(notice.task_manager_id)
        for master in self._jobs.values():
            yield from master.task_manager_lost(notice, now)

    def _job_ended(self, message: JobEnded, now: int) -> Iterator[Message]:
        self._ended[message.job_id] = now
        del self._live[message.job_id]
        self._attended.pop(message.job_id, None)
        yield from self._resources.free(message.job_id)
        if message.job_id not in self._awaited_results:
            yield from self._release(message.job_id)
        self._forget_surplus()

    def _release_results(self, event: ReleaseResults, now: int) -> Iterator[Message]:
        self._awaited_results.discard(event.job_id)
        if event.job_id in self._ended:
            yield from self._release(event.job_id)
            self._forget_surplus()

    def _forget_surplus(self) -> None:
        """Of the ended jobs whose results nobody waits for, the oldest go."""
        surplus = len(self._ended) - self._job_capacity
        if surplus > 0:
            released = (job_id for job_id in self._ended if job_id not in self._awaited_results)
            for job_id in list(islice(released, surplus)):
                del self._ended[job_id], self._jobs[job_id]

    def _release(self, job_id: str) -> Iterator[Message]:
        for task_manager_id in sorted(self._jobs[job_id].task_managers()):
            if self._resources.knows(task_manager_id):
                yield ReleaseJob(task_manager_id, job_id)
