"""The JobManager: the shell around the Dispatcher that gives it events, time and hands.

Events may come from any thread; each is handled under one lock, and what follows from it is carried out by one outbox
per TaskManager. Those who wait for a change wait on a condition, or leave a listener.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from random import Random
from threading import Condition, Thread

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import (
    CANCELLATION_TIMEOUT,
    EXCEPTION_HISTORY_SIZE,
    HEARTBEAT_INTERVAL,
    HEARTBEAT_TIMEOUT,
    IGNORE_UNCLAIMED_STATE,
    JOB_CAPACITY,
    JOB_EXPIRATION,
    JOBMANAGER_STORAGE,
    SAVEPOINT_DIRECTORY,
    SAVEPOINT_PATH,
    SLOT_REQUEST_TIMEOUT,
)
from sqlstream.errors import ClusterError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.checkpoint_settings import CheckpointSettings
from sqlstream.runtime.jobmanager.checkpoint_statistics import RequestStatus, RequestView
from sqlstream.runtime.jobmanager.checkpoint_store import CheckpointStore
from sqlstream.runtime.jobmanager.clock import now_ms
from sqlstream.runtime.jobmanager.dispatcher import Dispatcher
from sqlstream.runtime.jobmanager.job_defaults import with_cluster_defaults
from sqlstream.runtime.jobmanager.job_master import collects
from sqlstream.runtime.jobmanager.job_store import ForgetfulJobStore, JobStore, job_store
from sqlstream.runtime.jobmanager.job_validation import validate
from sqlstream.runtime.jobmanager.messages import (
    Action,
    CancelJob,
    ClientHeartbeat,
    Event,
    ForgetTaskManager,
    RegisterTaskManager,
    ReleaseResults,
    RescaleJob,
    StopMode,
    StorageAction,
    SubmitJob,
    SuspendJobs,
    TaskAction,
    Tick,
    TriggerSnapshot,
)
from sqlstream.runtime.jobmanager.outbox import Outbox, TaskGateway
from sqlstream.runtime.jobmanager.restart_strategy import restart_strategy
from sqlstream.runtime.jobmanager.savepoint_matching import check
from sqlstream.runtime.jobmanager.views import JobView, TaskManagerView
from sqlstream.runtime.protocol import Deregistration, Heartbeat, HeartbeatReply, Registration, TaskManagerInfo
from sqlstream.state.checkpoint_files import read_checkpoint
from sqlstream.state.checkpoint_locations import savepoint_location
from sqlstream.state.handles import CompletedCheckpoint

_LOG = logging.getLogger(__name__)

Listener = Callable[[], None]

CLOSE_SECONDS = 2.0
"""How long ``close`` waits for cancelled tasks to end, and for the storage."""


class JobManager:
    """``connect`` makes the gateway to a TaskManager that registered. With ``embedded`` none can be lost, and the jobs
    end with this process; otherwise ``jobmanager.storage``, where there is one, lets a later JobManager go on.
    ``store`` is what that option asks for, if not given."""

    def __init__(
        self,
        configuration: Configuration,
        connect: Callable[[TaskManagerInfo], TaskGateway],
        *,
        embedded: bool = False,
        store: JobStore | None = None,
    ) -> None:
        self.configuration = configuration
        self._connect = connect
        self._registration = Registration(
            heartbeat_interval=configuration.option(HEARTBEAT_INTERVAL),
            heartbeat_timeout=configuration.option(HEARTBEAT_TIMEOUT),
        )
        self._jobs_outlive_me = not embedded and configuration.optional(JOBMANAGER_STORAGE) is not None
        self._job_store = ForgetfulJobStore() if embedded else store or job_store(configuration)
        epoch, recovered = self._job_store.recover()
        self._dispatcher = Dispatcher(
            heartbeat_timeout=None if embedded else self._registration.heartbeat_timeout,
            heartbeat_interval=None if embedded else self._registration.heartbeat_interval,
            slot_request_timeout=configuration.option(SLOT_REQUEST_TIMEOUT),
            job_expiration=configuration.option(JOB_EXPIRATION),
            job_capacity=configuration.option(JOB_CAPACITY),
            cancellation_timeout=None if embedded else configuration.option(CANCELLATION_TIMEOUT) or None,
            exception_history_size=configuration.option(EXCEPTION_HISTORY_SIZE),
            epoch=epoch,
        )
        self._checkpoint_store = CheckpointStore(self._job_store, self._handle)
        self._submitting: set[str] = set()
        self._outboxes: dict[str, Outbox] = {}
        self._listeners: set[Listener] = set()
        self._closed = False
        self._changed = Condition()
        self._timer = Thread(target=self._watch_deadlines, name="jobmanager-timer", daemon=True)
        for job in recovered:
            _LOG.info("recovering job '%s' (%s)", job.graph.name, job.graph.job_id)
            self._checkpoint_store.register(job.graph)
            self._handle(job)
        self._timer.start()

    def submit(self, graph: JobGraph) -> None:
        """Raises ClusterError when the graph cannot run, or its id is taken; ConfigError when an option of it is out of
        range; StateError when it does not fit the savepoint that it is to start from, or cannot be remembered."""
        validate(graph)
        graph = with_cluster_defaults(graph, self.configuration)
        CheckpointSettings.of(graph)
        restart_strategy(graph, Random(0))
        with self._changed:
            if graph.job_id in self._submitting or self._dispatcher.status(graph.job_id) is not None:
                raise ClusterError(f"Job {graph.job_id} has been submitted already.", hint="Give it another id.")
            self._submitting.add(graph.job_id)
        try:
            savepoint = _savepoint(graph)
            if not collects(graph):
                self._job_store.put_job(graph)
            self._checkpoint_store.register(graph)
            self._handle(SubmitJob(graph, savepoint))
        finally:
            with self._changed:
                self._submitting.discard(graph.job_id)

    def cancel(self, job_id: str) -> None:
        """Ask the job to stop. ClusterError when there is none, or it has ended otherwise."""
        with self._changed:
            status = self.job(job_id).status
            if status.is_terminal and status is not JobStatus.CANCELED:
                raise ClusterError(
                    f"Job {job_id} cannot be cancelled: it has already reached the terminal state {status.value}."
                )
            self._handle(CancelJob(job_id))

    def client_heartbeat(self, job_id: str, expires: int) -> None:
        """The client of the job is there; at ``expires`` (ms) the job is cancelled if this is not said again before."""
        with self._changed:
            self._handle(ClientHeartbeat(job_id, expires))

    def trigger_checkpoint(self, job_id: str, request_id: str | None = None) -> str:
        """Ask for a checkpoint now. Returns the id of the request (see :meth:`await_snapshot`); with one that is given,
        asking again changes nothing. ClusterError when there is no such job."""
        return self._trigger(job_id, request_id, None, None)

    def trigger_savepoint(
        self, job_id: str, target: str | None = None, stop: StopMode | None = None, request_id: str | None = None
    ) -> str:
        """Ask for a savepoint in a new directory below ``target`` (a path or URI), by default the configured one; with
        ``stop`` the job ends with it. Returns the id of the request, as :meth:`trigger_checkpoint` does. ClusterError
        when there is no such job or target."""
        target = target or Configuration(self.job(job_id).graph.configuration).optional(SAVEPOINT_DIRECTORY)
        if target is None:
            raise ClusterError(
                f"There is no directory for a savepoint of job {job_id}.",
                hint=f"Give a path, or set '{SAVEPOINT_DIRECTORY.key}'.",
            )
        return self._trigger(job_id, request_id, savepoint_location(target, job_id), stop)

    def await_snapshot(self, job_id: str, request_id: str, timeout: float | None = None) -> RequestView:
        """The request as it is once it has an outcome, or ``timeout`` seconds have passed. ClusterError when there is
        no such request."""

        def request(job: JobView) -> RequestView:
            if request_id not in job.checkpoints.requests:
                raise ClusterError(f"Job {job_id} has no request {request_id} for a snapshot.")
            return job.checkpoints.requests[request_id]

        return request(
            self.await_job(job_id, lambda job: request(job).status is not RequestStatus.IN_PROGRESS, timeout)
        )

    def rescale(
        self, graph: JobGraph, bounds: Mapping[str, tuple[int, int]] | None = None, request_id: str | None = None
    ) -> str:
        """Let the job with the id of ``graph`` go on as ``graph``, which differs from what it is in the parallelism of
        its vertices; ``bounds`` (by vertex) are what was asked for. The outcome is in its view, by the id that is
        returned. ClusterError when there is no such job, or too few slots for it."""
        validate(graph)
        request_id = request_id or secrets.token_hex(16)
        with self._changed:
            missing = _width(graph) - self.slots_for(graph.job_id)
            if missing > 0:
                raise ClusterError(
                    f"There are too few slots to rescale job {graph.job_id}: {_width(graph)} are needed, and {missing} "
                    "are missing.",
                    hint="Start more TaskManagers, or raise taskmanager.numberOfTaskSlots.",
                )
            self._handle(RescaleJob(graph.job_id, request_id, graph, bounds))
        return request_id

    def slots_for(self, job_id: str) -> int:
        """How many slots the job could have now: those it has, and those that are free. ClusterError when there is no
        such job."""
        with self._changed:
            self.job(job_id)
            managers = self._dispatcher.task_managers()
        return sum(manager.free_slots + manager.allocated.count(job_id) for manager in managers)

    def release_results(self, job_id: str) -> None:
        """What is left of a job's result is not wanted: it goes as soon as the job has ended."""
        with self._changed:
            self._handle(ReleaseResults(job_id))

    def register(self, info: TaskManagerInfo) -> Registration:
        """A TaskManager introduces itself."""
        with self._changed:
            if info.id not in self._outboxes:
                _LOG.info("TaskManager %s registered from %s with %d slot(s)", info.id, info.address, info.slots)
                self._outboxes[info.id] = Outbox(info.id, self._connect(info), self._handle)
            self._handle(RegisterTaskManager(info))
        return self._registration

    def heartbeat(self, heartbeat: Heartbeat) -> HeartbeatReply:
        with self._changed:
            self._handle(heartbeat)
            return self._dispatcher.reply_to(heartbeat)

    def deregister(self, deregistration: Deregistration) -> None:
        with self._changed:
            self._handle(deregistration)

    def job(self, job_id: str) -> JobView:
        """ClusterError when there is no such job."""
        with self._changed:
            view = self._dispatcher.job(job_id)
        if view is None:
            raise ClusterError(f"There is no job {job_id}.", hint="'sqlstream list -a' shows all jobs.")
        return view

    def jobs(self) -> list[JobView]:
        with self._changed:
            return self._dispatcher.jobs()

    def statuses(self) -> dict[str, JobStatus]:
        """Of every job, by id."""
        with self._changed:
            return self._dispatcher.statuses()

    def task_managers(self) -> tuple[TaskManagerView, ...]:
        with self._changed:
            return self._dispatcher.task_managers()

    def missing_slots(self) -> int:
        """How many more it would take for every job that waits for slots."""
        with self._changed:
            return self._dispatcher.missing_slots()

    def await_job(self, job_id: str, until: Callable[[JobView], bool], timeout: float | None = None) -> JobView:
        """The job as it is once ``until`` holds, or ``timeout`` seconds have passed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or until(self.job(job_id)), timeout)
            return self.job(job_id)

    def add_listener(self, listener: Listener) -> None:
        """``listener`` is called after every event, on whatever thread; it must return at once."""
        with self._changed:
            self._listeners.add(listener)

    def remove_listener(self, listener: Listener) -> None:
        with self._changed:
            self._listeners.discard(listener)

    def close(self) -> None:
        """End all tasks, as far as their TaskManagers can be told, and stop. Jobs that a later JobManager can recover
        are suspended, others are cancelled."""
        with self._changed:
            if self._jobs_outlive_me:
                self._handle(SuspendJobs())
            else:
                for job_id in self._dispatcher.live_statuses():
                    self._handle(CancelJob(job_id))
                self._changed.wait_for(lambda: not self._dispatcher.live_statuses(), CLOSE_SECONDS)
            self._closed = True
            outboxes = list(self._outboxes.values())
            self._changed.notify_all()
        self._checkpoint_store.close(CLOSE_SECONDS)
        for outbox in outboxes:
            outbox.close()
        for outbox in outboxes:
            outbox.join(timeout=1)
        self._timer.join()

    def _trigger(self, job_id: str, request_id: str | None, savepoint: str | None, stop: StopMode | None) -> str:
        request_id = request_id or secrets.token_hex(16)
        with self._changed:
            if request_id not in self.job(job_id).checkpoints.requests:
                self._handle(TriggerSnapshot(job_id, request_id, savepoint, stop))
        return request_id

    def _handle(self, event: Event) -> None:
        with self._changed:
            before = self._dispatcher.live_statuses()
            for action in self._dispatcher.handle(event, now_ms()):
                self._carry_out(action)
            self._log_changes(before)
            self._changed.notify_all()
            for listener in self._listeners:
                listener()

    def _log_changes(self, before: dict[str, JobStatus]) -> None:
        for job_id in {**before, **self._dispatcher.live_statuses()}:
            status = self._dispatcher.status(job_id)
            if status is not None and status is not before.get(job_id):
                view = self.job(job_id)
                _LOG.info("job '%s' (%s) is %s", view.graph.name, job_id, status.value)
                if status is JobStatus.FAILED:
                    _LOG.error("%s", view.failure_message)
                elif status is JobStatus.RESTARTING and view.cause is not None:
                    _LOG.warning("%s: %s", view.cause.task or "the job", view.cause.error)

    def _carry_out(self, action: Action) -> None:
        if isinstance(action, ForgetTaskManager):
            _LOG.warning("TaskManager %s is gone", action.task_manager_id)
            outbox = self._outboxes.pop(action.task_manager_id, None)
            if outbox is not None:
                outbox.close()
        elif isinstance(action, TaskAction) and action.task_manager_id in self._outboxes:
            self._outboxes[action.task_manager_id].put(action)
        elif isinstance(action, StorageAction):
            self._checkpoint_store.put(action)

    def _watch_deadlines(self) -> None:
        with self._changed:
            while not self._closed:
                deadline = self._dispatcher.next_deadline()
                if deadline is not None and deadline <= now_ms():
                    self._handle(Tick())
                else:
                    self._changed.wait(None if deadline is None else (deadline - now_ms()) / 1000)


def _width(graph: JobGraph) -> int:
    """The slots that it needs."""
    return max(vertex.parallelism for vertex in graph.vertices)


def _savepoint(graph: JobGraph) -> CompletedCheckpoint | None:
    """What ``graph`` is to start from, if anything. StateError when it cannot be read, or does not fit."""
    options = Configuration(graph.configuration)
    path = options.optional(SAVEPOINT_PATH)
    if path is None:
        return None
    savepoint = read_checkpoint(path)
    check(savepoint.metadata, graph, options.option(IGNORE_UNCLAIMED_STATE))
    return savepoint
