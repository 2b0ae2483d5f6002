"""A TaskManager's conversation with its JobManager: register, report, keep in touch, and start over when lost."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from threading import Condition
from typing import Protocol

from sqlstream.errors import ClusterError
from sqlstream.runtime.deployment import ExecutionId, TaskDeployment, TaskMetrics, TaskReport, TaskStateChanged
from sqlstream.runtime.protocol import (
    Deregistration,
    ExecutionMetrics,
    Heartbeat,
    HeartbeatReply,
    Registration,
    TaskManagerInfo,
)

_LOG = logging.getLogger(__name__)

_RETRY_SECONDS = 0.5


class JobManagerGateway(Protocol):
    """How the JobManager is reached. Every method raises UnreachableError when it is not."""

    def register(self, info: TaskManagerInfo) -> Registration: ...

    def heartbeat(self, heartbeat: Heartbeat) -> HeartbeatReply: ...

    def deregister(self, deregistration: Deregistration) -> None: ...


class Tasks(Protocol):
    """What the session needs of the TaskExecutor."""

    def deploy(self, deployment: TaskDeployment) -> None: ...

    def cancel(self, execution: ExecutionId) -> None: ...

    def metrics(self) -> dict[ExecutionId, TaskMetrics]: ...

    def release(self, job_id: str) -> None: ...


class JobManagerSession:
    """``run`` holds the conversation on the caller's thread until ``stop``; the other methods may be called from any.

    A report is repeated until a heartbeat with it has been answered, so none is lost and none is out of order.
    """

    def __init__(
        self,
        gateway: JobManagerGateway,
        identify: Callable[[str], TaskManagerInfo],
        tasks: Callable[[], Tasks],
        registration_timeout: float,
    ) -> None:
        """``identify`` makes the introduction for a fresh random suffix; ``registration_timeout`` is in seconds."""
        self._gateway = gateway
        self._identify = identify
        self._tasks = tasks
        self._registration_timeout = registration_timeout
        self._condition = Condition()
        self._reports: list[TaskReport] = []
        self._deployed: dict[ExecutionId, bool] = {}
        """Every execution ever deployed and not yet released, and whether it still runs."""
        self._stopping = False
        self._id = ""

    def run(self, on_registered: Callable[[TaskManagerInfo], None]) -> None:
        """Raises ClusterError when the JobManager cannot be found within the registration timeout."""
        while not self._stopping:
            info = self._identify(secrets.token_hex(3))
            registration = self._register(info)
            if registration is not None:
                _LOG.info("registered at the JobManager as %s", info.id)
                self._id = info.id
                on_registered(info)
                self._converse(registration)

    def stop(self) -> None:
        """End ``run``; the JobManager is told, if it can be."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()

    def report(self, report: TaskReport) -> None:
        """Something became of a task or of its share of a checkpoint: the JobManager hears of it at once."""
        with self._condition:
            self._reports.append(report)
            ended = isinstance(report, TaskStateChanged) and report.state.is_terminal
            if ended and report.execution in self._deployed:
                self._deployed[report.execution] = False
            self._condition.notify_all()

    def deploy(self, deployment: TaskDeployment) -> None:
        """Start a task, unless this is an echo of an earlier request."""
        with self._condition:
            if deployment.execution in self._deployed:
                return
            self._deployed[deployment.execution] = True
        self._tasks().deploy(deployment)

    def cancel(self, execution: ExecutionId) -> None:
        self._tasks().cancel(execution)

    def release(self, job_id: str) -> None:
        """Forget an ended job."""
        self._tasks().release(job_id)
        with self._condition:
            self._deployed = {id_: running for id_, running in self._deployed.items() if id_.job_id != job_id}

    def _register(self, info: TaskManagerInfo) -> Registration | None:
        deadline = time.monotonic() + self._registration_timeout
        while not self._stopping:
            try:
                return self._gateway.register(info)
            except ClusterError as error:  # unreachable, or not ready yet
                if time.monotonic() >= deadline:
                    raise ClusterError(
                        f"{error.message} Gave up after {self._registration_timeout:g} s.",
                        hint="Start it with 'sqlstream jobmanager start', or set jobmanager.rpc.address and "
                        "jobmanager.rpc.port to where it is.",
                    ) from None
                _LOG.info("%s Trying again.", error.message)
            self._pause(_RETRY_SECONDS)
        return None

    def _converse(self, registration: Registration) -> None:
        """Heartbeats until stopped, or until one of the two has given the other up."""
        interval = registration.heartbeat_interval / 1000
        patience = registration.heartbeat_timeout / 1000
        last_answer = time.monotonic()
        while not self._stopping:
            heartbeat = self._heartbeat()
            try:
                reply = self._gateway.heartbeat(heartbeat)
            except ClusterError as error:
                _LOG.warning("%s", error.message)
                if time.monotonic() - last_answer > patience:
                    self._start_over(f"no answer from the JobManager for {patience:g} s")
                    return
                self._pause(min(interval, _RETRY_SECONDS))
                continue
            last_answer = time.monotonic()
            if not reply.known:
                self._start_over("the JobManager does not know this TaskManager")
                return
            for execution in reply.cancel:
                self._tasks().cancel(execution)
            with self._condition:
                del self._reports[: len(heartbeat.reports)]
                self._condition.wait_for(lambda: self._reports or self._stopping, interval)
        self._say_goodbye()

    def _heartbeat(self) -> Heartbeat:
        with self._condition:
            reports = tuple(self._reports)
            running = {id_ for id_, is_running in self._deployed.items() if is_running}
        metrics = self._tasks().metrics()
        return Heartbeat(
            self._id,
            reports,
            tuple(ExecutionMetrics(id_, metrics.get(id_, TaskMetrics())) for id_ in running),
        )

    def _start_over(self, reason: str) -> None:
        _LOG.warning("cancelling all tasks and registering anew: %s", reason)
        with self._condition:
            running = [id_ for id_, is_running in self._deployed.items() if is_running]
        for execution in running:
            self._tasks().cancel(execution)
        with self._condition:
            self._condition.wait_for(
                lambda: self._stopping or not any(self._deployed[id_] for id_ in running if id_ in self._deployed),
                timeout=10,
            )
            self._reports.clear()
        for job_id in {id_.job_id for id_ in list(self._deployed)}:
            self.release(job_id)

    def _say_goodbye(self) -> None:
        try:
            self._gateway.deregister(Deregistration(self._id, "it was stopped"))
        except ClusterError as error:
            _LOG.warning("%s", error.message)

    def _pause(self, seconds: float) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self._stopping, seconds)
