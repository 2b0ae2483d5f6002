"""The JobManager: the shell around the Dispatcher that gives it events, time and hands.

Events may come from any thread; each is handled under one lock, and what follows from it is carried out by one outbox
per TaskManager. Those who wait for a change wait on a condition, or leave a listener.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Condition, Thread

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import HEARTBEAT_INTERVAL, HEARTBEAT_TIMEOUT, JOB_EXPIRATION, SLOT_REQUEST_TIMEOUT
from sqlstream.errors import ClusterError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.clock import now_ms
from sqlstream.runtime.jobmanager.dispatcher import Dispatcher
from sqlstream.runtime.jobmanager.job_validation import validate
from sqlstream.runtime.jobmanager.messages import (
    Action,
    CancelJob,
    Event,
    ForgetTaskManager,
    RegisterTaskManager,
    ReleaseResults,
    SubmitJob,
    TaskAction,
    Tick,
)
from sqlstream.runtime.jobmanager.outbox import Outbox, TaskGateway
from sqlstream.runtime.jobmanager.views import JobView, TaskManagerView
from sqlstream.runtime.protocol import Deregistration, Heartbeat, HeartbeatReply, Registration, TaskManagerInfo

_LOG = logging.getLogger(__name__)

Listener = Callable[[], None]


class JobManager:
    """``connect`` makes the gateway to a TaskManager that registered. With ``embedded`` none can be lost."""

    def __init__(
        self, configuration: Configuration, connect: Callable[[TaskManagerInfo], TaskGateway], *, embedded: bool = False
    ) -> None:
        self.configuration = configuration
        self._connect = connect
        self._registration = Registration(
            heartbeat_interval=configuration.option(HEARTBEAT_INTERVAL),
            heartbeat_timeout=configuration.option(HEARTBEAT_TIMEOUT),
        )
        self._dispatcher = Dispatcher(
            heartbeat_timeout=None if embedded else self._registration.heartbeat_timeout,
            slot_request_timeout=configuration.option(SLOT_REQUEST_TIMEOUT),
            job_expiration=configuration.option(JOB_EXPIRATION),
        )
        self._outboxes: dict[str, Outbox] = {}
        self._listeners: set[Listener] = set()
        self._closed = False
        self._changed = Condition()
        self._timer = Thread(target=self._watch_deadlines, name="jobmanager-timer", daemon=True)
        self._timer.start()

    def submit(self, graph: JobGraph) -> None:
        """Raises ClusterError when the graph cannot run, or its id is taken."""
        validate(graph)
        with self._changed:
            if self._dispatcher.job(graph.job_id) is not None:
                raise ClusterError(f"Job {graph.job_id} has been submitted already.", hint="Give it another id.")
            self._handle(SubmitJob(graph))

    def cancel(self, job_id: str) -> None:
        """Ask the job to stop. ClusterError when there is none, or it has ended otherwise."""
        with self._changed:
            status = self.job(job_id).status
            if status.is_terminal and status is not JobStatus.CANCELED:
                raise ClusterError(
                    f"Job {job_id} cannot be cancelled: it has already reached the terminal state {status.value}."
                )
            self._handle(CancelJob(job_id))

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

    def task_managers(self) -> tuple[TaskManagerView, ...]:
        with self._changed:
            return self._dispatcher.task_managers()

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
        """Cancel all jobs, as far as their TaskManagers can be told, and stop."""
        with self._changed:
            for view in self._dispatcher.jobs():
                self._handle(CancelJob(view.graph.job_id))
            self._closed = True
            outboxes = list(self._outboxes.values())
            self._changed.notify_all()
        for outbox in outboxes:
            outbox.close()
        for outbox in outboxes:
            outbox.join(timeout=1)
        self._timer.join()

    def _handle(self, event: Event) -> None:
        with self._changed:
            before = self._dispatcher.statuses()
            for action in self._dispatcher.handle(event, now_ms()):
                self._carry_out(action)
            self._log_changes(before)
            self._changed.notify_all()
            for listener in self._listeners:
                listener()

    def _log_changes(self, before: dict[str, JobStatus]) -> None:
        for job_id, status in self._dispatcher.statuses().items():
            if status is not before.get(job_id):
                view = self.job(job_id)
                _LOG.info("job '%s' (%s) is %s", view.graph.name, job_id, status.value)
                if status is JobStatus.FAILED:
                    _LOG.error("%s", view.failure_message)

    def _carry_out(self, action: Action) -> None:
        if isinstance(action, ForgetTaskManager):
            _LOG.warning("TaskManager %s is gone", action.task_manager_id)
            outbox = self._outboxes.pop(action.task_manager_id, None)
            if outbox is not None:
                outbox.close()
        elif isinstance(action, TaskAction) and action.task_manager_id in self._outboxes:
            self._outboxes[action.task_manager_id].put(action)

    def _watch_deadlines(self) -> None:
        with self._changed:
            while not self._closed:
                deadline = self._dispatcher.next_deadline()
                if deadline is not None and deadline <= now_ms():
                    self._handle(Tick())
                else:
                    self._changed.wait(None if deadline is None else (deadline - now_ms()) / 1000)
