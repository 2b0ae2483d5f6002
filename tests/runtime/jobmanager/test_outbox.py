"""What a TaskManager is told, and what becomes of what it cannot be told."""

from __future__ import annotations

import queue
from typing import Any

from control_plane_jobs import ScriptedExecutor, select_job
from driven_job import DrivenJob

from sqlstream.config.configuration import Configuration
from sqlstream.errors import ClusterError
from sqlstream.runtime.deployment import ExecutionId
from sqlstream.runtime.jobmanager.messages import (
    CheckpointTriggerFailed,
    DeploymentFailed,
    DeployTask,
    NotifyCheckpointComplete,
    TaskAction,
    TaskManagerUnreachable,
    TriggerCheckpoint,
)
from sqlstream.runtime.jobmanager.outbox import Outbox, Undelivered
from sqlstream.runtime.protocol import CheckpointNotice, CheckpointTrigger
from sqlstream.runtime.rpc.unreachable import UnreachableError

PATIENCE = 20.0
EXECUTION = ExecutionId("job", "vertex", 0, 0)


class Unsteady(ScriptedExecutor):
    """Unreachable for the first ``failures`` calls; the others it refuses with ``refusal``, if there is one."""

    def __init__(self, failures: int = 0, refusal: str | None = None) -> None:
        super().__init__(Configuration(), lambda _: None, None)
        self.failures = failures
        self.refusal = refusal
        self.heard: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def deploy(self, deployment: Any) -> None:
        self._hear(deployment)

    def trigger_checkpoint(self, trigger: CheckpointTrigger) -> None:
        self._hear(trigger)

    def checkpoint_complete(self, notice: CheckpointNotice) -> None:
        self._hear(notice)

    def _hear(self, what: object) -> None:
        if self.failures:
            self.failures -= 1
            raise UnreachableError("The TaskManager does not answer.")
        if self.refusal is not None:
            raise ClusterError(self.refusal)
        self.heard.put(what)


def sent(gateway: Unsteady, *actions: TaskAction) -> list[Undelivered]:
    failed: list[Undelivered] = []
    outbox = Outbox("tm", gateway, failed.append)
    for action in actions:
        outbox.put(action)
    outbox.close()
    outbox.join(PATIENCE)
    return failed


def complete(number: int) -> NotifyCheckpointComplete:
    return NotifyCheckpointComplete("tm", CheckpointNotice(EXECUTION, number))


def test_what_does_not_get_through_is_repeated_and_keeps_its_place() -> None:
    gateway = Unsteady(failures=2)
    assert sent(gateway, complete(5), complete(6)) == []
    assert [gateway.heard.get(timeout=PATIENCE).checkpoint_id for _ in range(2)] == [5, 6]


def test_a_task_manager_that_never_answers_is_told_of_once() -> None:
    gateway = Unsteady(failures=100)
    (unreachable,) = sent(gateway, complete(5), complete(6))
    assert unreachable == TaskManagerUnreachable("tm", "The TaskManager does not answer.")
    assert gateway.failures == 97


def test_a_refused_trigger_is_told_of() -> None:
    gateway = Unsteady(refusal="no such task")
    (failed,) = sent(gateway, TriggerCheckpoint("tm", CheckpointTrigger(EXECUTION, 3, 0)))
    assert failed == CheckpointTriggerFailed(EXECUTION, 3, "no such task")


def test_a_refused_deployment_is_told_of() -> None:
    deployment = next(iter(DrivenJob.running(select_job()).deployments.values()))
    gateway = Unsteady(refusal="out of memory")
    assert sent(gateway, DeployTask("tm", deployment)) == [DeploymentFailed(deployment.execution, "out of memory")]
