"""Carries actions out to one TaskManager, in order and off the control plane's own thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Protocol

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from sqlstream.errors import SqlStreamError
from sqlstream.runtime.deployment import ExecutionId, TaskDeployment
from sqlstream.runtime.jobmanager.messages import (
    CancelTask,
    CheckpointTriggerFailed,
    DeploymentFailed,
    DeployTask,
    NotifyCheckpointAborted,
    NotifyCheckpointComplete,
    ReleaseJob,
    TaskAction,
    TaskManagerUnreachable,
    TriggerCheckpoint,
)
from sqlstream.runtime.protocol import CheckpointNotice, CheckpointTrigger
from sqlstream.runtime.rpc.unreachable import UnreachableError

_LOG = logging.getLogger(__name__)

_ATTEMPTS = 3
_PAUSE = 0.3
"""Seconds between them."""


class TaskGateway(Protocol):
    """How a TaskManager is reached: its TaskExecutor itself, or a connection to it."""

    def deploy(self, deployment: TaskDeployment) -> None: ...

    def cancel(self, execution: ExecutionId) -> None: ...

    def release(self, job_id: str) -> None: ...

    def trigger_checkpoint(self, trigger: CheckpointTrigger) -> None: ...

    def checkpoint_complete(self, notice: CheckpointNotice) -> None: ...

    def checkpoint_aborted(self, notice: CheckpointNotice) -> None: ...

    def close(self) -> None: ...


Undelivered = DeploymentFailed | CheckpointTriggerFailed | TaskManagerUnreachable


class Outbox:
    """``on_failure`` hears, on the outbox's thread, of deployments and triggers that were refused, and that nobody
    answers: then the outbox gives up. A cancellation that was refused is repeated by the answer to the next heartbeat.
    """

    def __init__(self, task_manager_id: str, gateway: TaskGateway, on_failure: Callable[[Undelivered], None]) -> None:
        self._task_manager_id = task_manager_id
        self._gateway = gateway
        self._on_failure = on_failure
        self._queue: SimpleQueue[TaskAction | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name=f"outbox-{task_manager_id}", daemon=True)
        self._thread.start()

    def put(self, action: TaskAction) -> None:
        self._queue.put(action)

    def close(self) -> None:
        """Carry out what is queued, then close the gateway; does not wait for it."""
        self._queue.put(None)

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def _run(self) -> None:
        while (action := self._queue.get()) is not None:
            try:
                self._persistently(action)
            except UnreachableError as error:
                _LOG.warning("TaskManager %s is not reachable: %s", self._task_manager_id, error.message)
                self._on_failure(TaskManagerUnreachable(self._task_manager_id, error.message))
                break
            except Exception as error:
                self._failed(action, error)
        self._gateway.close()

    def _persistently(self, action: TaskAction) -> None:
        """Every message may arrive twice without harm."""
        Retrying(
            retry=retry_if_exception_type(UnreachableError),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_fixed(_PAUSE),
            reraise=True,
        )(self._carry_out, action)

    def _carry_out(self, action: TaskAction) -> None:
        match action:
            case DeployTask():
                self._gateway.deploy(action.deployment)
            case CancelTask():
                self._gateway.cancel(action.execution)
            case ReleaseJob():
                self._gateway.release(action.job_id)
            case TriggerCheckpoint():
                self._gateway.trigger_checkpoint(action.trigger)
            case NotifyCheckpointComplete():
                self._gateway.checkpoint_complete(action.notice)
            case NotifyCheckpointAborted():
                self._gateway.checkpoint_aborted(action.notice)

    def _failed(self, action: TaskAction, error: Exception) -> None:
        reason = error.message if isinstance(error, SqlStreamError) else f"{type(error).__name__}: {error}"
        _LOG.warning("%s for %s failed: %s", type(action).__name__, action.task_manager_id, reason)
        if isinstance(action, DeployTask):
            self._on_failure(DeploymentFailed(action.deployment.execution, reason))
        elif isinstance(action, TriggerCheckpoint):
            trigger = action.trigger
            self._on_failure(CheckpointTriggerFailed(trigger.execution, trigger.checkpoint_id, reason))
