"""The JobManager's shell in the simulated world: the real Dispatcher, with model hands, clock and storage threads."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.dispatcher import Dispatcher
from sqlstream.runtime.jobmanager.messages import (
    Action,
    CancelTask,
    CheckpointNotStored,
    CheckpointStored,
    CheckpointTriggerFailed,
    DeploymentFailed,
    DeployTask,
    DiscardCheckpoint,
    Event,
    ForgetJob,
    ForgetTaskManager,
    NotifyCheckpointAborted,
    NotifyCheckpointComplete,
    RecoverJob,
    RegisterTaskManager,
    ReleaseJob,
    StorageAction,
    StoreCheckpoint,
    StoreJob,
    SubmitJob,
    TaskAction,
    TaskManagerUnreachable,
    Tick,
    TriggerCheckpoint,
)
from sqlstream.runtime.protocol import Deregistration, Heartbeat, HeartbeatReply, Registration, TaskManagerInfo
from sqlstream.state.handles import CompletedCheckpoint, SnapshotKind
from tests.simulation.auditor import commits, taken
from tests.simulation.storage import RememberedJob, UnreadableError, checkpoint_location, shared_directory
from tests.simulation.task_manager import JOB_MANAGER, ModelTaskManager
from tests.simulation.timeline import Process
from tests.simulation.trace import brief
from tests.simulation.violations import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World

_ATTEMPTS = 3
_PAUSE = 300


class ModelJobManager(Process):
    def __init__(self, world: World) -> None:
        world.storage.epoch += 1
        self.epoch = world.storage.epoch
        super().__init__(world.timeline, f"jobmanager {self.epoch}")
        self.world = world
        settings = world.settings
        self.dispatcher = Dispatcher(
            heartbeat_timeout=settings.heartbeat_timeout,
            heartbeat_interval=settings.heartbeat_interval,
            slot_request_timeout=settings.slot_request_timeout,
            cancellation_timeout=settings.cancellation_timeout,
            epoch=self.epoch,
        )
        self._registration = Registration(settings.heartbeat_interval, settings.heartbeat_timeout)
        self._outboxes: dict[str, _Outbox] = {}
        self._storages: dict[str, _JobStorage] = {}
        self._clock = 0
        self._timer: int | None = None
        world.auditor.job_manager_started(self)
        for job_id in sorted(world.storage.jobs):
            self._recover(job_id)

    def now(self) -> int:
        """Its clock jumps forward when the machine was suspended; another start has another clock."""
        return self.timeline.now + self._clock

    def jump(self, by: int) -> None:
        self.timeline.tell(f"the clock of {self.name} jumps by {by} ms")
        self._clock += by
        self._timer = None
        self._set_timer()

    def submit(self, graph: JobGraph, savepoint: str | None) -> None:
        self.world.storage.jobs[graph.job_id] = RememberedJob(graph, savepoint)
        self._storages[graph.job_id] = _JobStorage(self, graph.job_id)
        checkpoint = None if savepoint is None else self.world.storage.read_metadata(savepoint)
        self.handle(SubmitJob(graph, checkpoint))

    def register(self, info: TaskManagerInfo) -> Registration:
        if info.id not in self._outboxes:
            self._outboxes[info.id] = _Outbox(self, info.id, info.address)
        self.handle(RegisterTaskManager(info))
        return self._registration

    def heartbeat(self, heartbeat: Heartbeat) -> HeartbeatReply:
        self.handle(heartbeat)
        return self.dispatcher.reply_to(heartbeat)

    def deregister(self, deregistration: Deregistration) -> None:
        self.handle(deregistration)

    def statuses(self) -> dict[str, JobStatus]:
        return self.dispatcher.statuses()

    def handle(self, event: Event) -> None:
        if not self.alive:
            return
        auditor = self.world.auditor
        auditor.before(event)
        try:
            actions = self.dispatcher.handle(event, self.now())
        except Exception as error:
            raise Violation("no-errors", f"{type(event).__name__}: {error!r}") from error
        if self.timeline.trace is not None and (actions or not isinstance(event, Heartbeat | Tick)):
            self.timeline.tell(f"{self.name} <- {brief(event)}")
        for action in actions:
            if self.world.crash_now():
                self.world.kill_job_manager()
                return
            if self.timeline.trace is not None:
                self.timeline.tell(f"{self.name} -> {brief(action)}")
            auditor.carried_out(action)
            self._carry_out(action)
        auditor.after(self.dispatcher.statuses())
        if isinstance(event, Tick):
            deadline = self.dispatcher.next_deadline()
            if deadline is not None and deadline <= self.now():
                raise Violation("deadlines", f"after a Tick at {self.now()} the next is due at {deadline}")
        self._set_timer()

    def _carry_out(self, action: Action) -> None:
        if isinstance(action, ForgetTaskManager):
            self._outboxes.pop(action.task_manager_id, None)
        elif isinstance(action, TaskAction):
            if action.task_manager_id in self._outboxes:
                self._outboxes[action.task_manager_id].put(action)
        elif action.job_id in self._storages:
            self._storages[action.job_id].put(action)
        else:
            raise Violation("no-errors", f"{type(action).__name__} for a job that has been forgotten")
        if isinstance(action, ForgetJob):
            del self._storages[action.job_id]

    def _set_timer(self) -> None:
        """A timer for the next deadline; one that is set for an earlier time looks again."""
        deadline = self.dispatcher.next_deadline()
        if deadline is None:
            return
        due = max(0, deadline - self._clock, self.timeline.now)
        if self._timer is None or due < self._timer:
            self._timer = due
            self.after(due - self.timeline.now, lambda: self._look(due))

    def _look(self, due: int) -> None:
        if self._timer != due:
            return
        self._timer = None
        deadline = self.dispatcher.next_deadline()
        if deadline is not None and deadline <= self.now():
            self.handle(Tick())
        else:
            self._set_timer()

    def _recover(self, job_id: str) -> None:
        storage, job = self.world.storage, self.world.storage.jobs[job_id]
        found, unreadable = [], False
        for location in job.pointers:
            try:
                found.append(storage.read_metadata(location))
            except UnreadableError:
                unreadable = True
        savepoint = error = None
        highest = max((storage.metadata[location].id for location in job.pointers), default=0)
        if not found and unreadable:
            error = "none of its checkpoints can be read"
        elif not found and job.savepoint is not None:
            try:
                savepoint = storage.read_metadata(job.savepoint)
            except UnreadableError as problem:
                error = f"{problem} cannot be read"
        if not unreadable:
            storage.sweep(shared_directory(job_id), tuple(found), None)
        self._storages[job_id] = _JobStorage(self, job_id)
        self.handle(RecoverJob(job.graph, tuple(found), savepoint, error, highest))


class _Outbox:
    """What one TaskManager is told, a call at a time, in order, and persistently; one that never answers is lost."""

    def __init__(self, job_manager: ModelJobManager, task_manager_id: str, address: str) -> None:
        self._job_manager = job_manager
        self._world = job_manager.world
        self._task_manager_id = task_manager_id
        self._address = address
        self._queue: deque[TaskAction] = deque()
        self._busy = False
        self._given_up = False

    def put(self, action: TaskAction) -> None:
        self._queue.append(action)
        if not self._busy and not self._given_up:
            self._next()

    def _next(self) -> None:
        self._busy = bool(self._queue)
        if self._busy:
            self._call(self._queue.popleft(), _ATTEMPTS)

    def _call(self, action: TaskAction, attempts: int) -> None:
        def unanswered(error: str) -> None:
            if attempts > 1:
                self._job_manager.after(_PAUSE, lambda: self._call(action, attempts - 1))
            else:
                self._given_up = True
                self._job_manager.handle(TaskManagerUnreachable(self._task_manager_id, error))

        may_be_refused = isinstance(action, DeployTask | TriggerCheckpoint)
        if may_be_refused and self._world.random.random() < self._world.network.weather.refused:
            self._job_manager.after(1, lambda: self._refused(action))
        else:
            self._world.network.call(
                self._job_manager,
                JOB_MANAGER,
                self._address,
                lambda manager: _tell(manager, action),
                lambda _: self._next(),
                unanswered,
            )

    def _refused(self, action: TaskAction) -> None:
        """The other end has answered with an error."""
        if isinstance(action, DeployTask):
            self._job_manager.handle(DeploymentFailed(action.deployment.execution, "it cannot be"))
        elif isinstance(action, TriggerCheckpoint):
            trigger = action.trigger
            self._job_manager.handle(CheckpointTriggerFailed(trigger.execution, trigger.checkpoint_id, "it cannot be"))
        self._next()


def _tell(manager: ModelTaskManager, action: TaskAction) -> None:
    match action:
        case DeployTask():
            manager.deploy(action.deployment)
        case CancelTask():
            manager.cancel(action.execution)
        case ReleaseJob():
            manager.release(action.job_id)
        case TriggerCheckpoint():
            manager.trigger_checkpoint(action.trigger)
        case NotifyCheckpointComplete():
            manager.checkpoint_complete(action.notice)
        case NotifyCheckpointAborted():
            manager.checkpoint_aborted(action.notice)


class _JobStorage:
    """One job's storage thread: its orders are carried out in order, and end with the process."""

    def __init__(self, job_manager: ModelJobManager, job_id: str) -> None:
        self._job_manager = job_manager
        self._world = job_manager.world
        self._storage = job_manager.world.storage
        self._job_id = job_id
        self._queue: deque[StorageAction] = deque()
        self._busy = False

    def put(self, action: StorageAction) -> None:
        self._queue.append(action)
        if not self._busy:
            self._next()

    def _next(self) -> None:
        self._busy = bool(self._queue)
        if self._busy:
            action = self._queue.popleft()
            match action:
                case StoreCheckpoint():
                    self._after_a_moment(lambda: self._write_metadata(action))
                case StoreJob():
                    self._after_a_moment(lambda: self._write_graph(action))
                case DiscardCheckpoint():
                    self._after_a_moment(lambda: self._discard(action))
                case ForgetJob():
                    self._after_a_moment(lambda: self._forget(action))

    def _after_a_moment(self, callback: object) -> None:
        random = self._world.timeline.random
        slow = random.random() < self._world.slow_uploads
        self._job_manager.after(random.randint(100, 3_000) if slow else random.randint(0, 15), callback)  # type: ignore[arg-type]

    def _write_metadata(self, action: StoreCheckpoint) -> None:
        metadata = action.metadata
        savepoint = metadata.kind is SnapshotKind.SAVEPOINT
        location = action.savepoint or checkpoint_location(self._job_id, metadata.checkpoint_id)
        directory = location if savepoint else shared_directory(self._job_id)
        checkpoint = CompletedCheckpoint(location, directory, metadata)
        if self._storage.full:
            self._not_stored(action)
            return
        self._storage.metadata[location] = checkpoint
        self._after_a_moment(lambda: self._write_pointer(action, checkpoint))

    def _write_pointer(self, action: StoreCheckpoint, checkpoint: CompletedCheckpoint) -> None:
        if self._storage.full:
            self._not_stored(action)
            return
        if commits(checkpoint):
            self._storage.jobs[self._job_id].pointers.append(checkpoint.location)
        self._world.auditor.completed(checkpoint)
        self._after_a_moment(lambda: self._answer(CheckpointStored(self._job_id, checkpoint)))

    def _not_stored(self, action: StoreCheckpoint) -> None:
        number = action.metadata.checkpoint_id
        self._answer(CheckpointNotStored(self._job_id, number, "no space left on device"))

    def _answer(self, event: CheckpointStored | CheckpointNotStored) -> None:
        self._job_manager.handle(event)
        self._next()

    def _write_graph(self, action: StoreJob) -> None:
        if not self._storage.full:
            self._storage.jobs[self._job_id].graph = action.graph
        self._next()

    def _discard(self, action: DiscardCheckpoint) -> None:
        job = self._storage.jobs[self._job_id]
        checkpoint = action.checkpoint
        job.pointers = [location for location in job.pointers if location != checkpoint.location]

        def remove() -> None:
            if checkpoint.metadata.kind is SnapshotKind.CHECKPOINT:
                self._storage.discard(checkpoint, action.retained)
                if action.retained and self._world.random.random() < 0.5:
                    self._storage.sweep(shared_directory(self._job_id), action.retained, taken(action.retained[-1]))
            self._next()

        self._after_a_moment(remove)

    def _forget(self, action: ForgetJob) -> None:
        del self._storage.jobs[self._job_id]

        def remove() -> None:
            for checkpoint in action.discarded:
                self._storage.discard(checkpoint, action.retained)
            self._storage.sweep(shared_directory(self._job_id), action.retained, None)
            self._next()

        self._after_a_moment(remove)
