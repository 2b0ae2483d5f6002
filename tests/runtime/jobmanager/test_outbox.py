"""What a TaskManager is told, and what becomes of what it cannot be told."""

from __future__ import annotations

import queue
from typing import Any

from control_plane_jobs import ScriptedExecutor, select_job
from driven_job import DrivenJob

from sqlstream.config.configuration import Configuration
from sqlstream.runtime.deployment import ExecutionId
from sqlstream.runtime.jobmanager.messages import (
    CheckpointTriggerFailed,
    DeploymentFailed,
    DeployTask,
    NotifyCheckpointComplete,
    TaskAction,
    TriggerCheckpoint,
)
from sqlstream.runtime.jobmanager.outbox import Outbox
from sqlstream.runtime.protocol import CheckpointNotice, CheckpointTrigger
from sqlstream.runtime.rpc.unreachable import UnreachableError

PATIENCE = 20.0
EXECUTION = ExecutionId("job", "vertex", 0, 0)
NOTICE = CheckpointNotice(EXECUTION, 5)


class Unsteady(ScriptedExecutor):
    """Unreachable for the first ``failures`` calls."""

    def __init__(self, failures: int) -> None:
        super().__init__(Configuration(), lambda _: None, None)
        self.failures = failures
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
        self.heard.put(what)


def sent(gateway: Unsteady, *actions: TaskAction) -> list[DeploymentFailed | CheckpointTriggerFailed]:
    failed: list[DeploymentFailed | CheckpointTriggerFailed] = []
    outbox = Outbox("tm", gateway, failed.append)
    for action in actions:
        outbox.put(action)
    outbox.close()
    outbox.join(PATIENCE)
    return failed


def test_a_notice_is_repeated_until_it_gets_through() -> None:
    gateway = Unsteady(failures=2)
    assert sent(gateway, NotifyCheckpointComplete("tm", NOTICE)) == []
    assert gateway.heard.get(timeout=PATIENCE) == NOTICE


def test_a_task_manager_that_never_answers_does_not_hold_up_what_follows_for_ever() -> None:
    gateway = Unsteady(failures=3)
    sent(
        gateway, NotifyCheckpointComplete("tm", NOTICE), NotifyCheckpointComplete("tm", CheckpointNotice(EXECUTION, 6))
    )
    assert gateway.heard.get(timeout=PATIENCE).checkpoint_id == 6


def test_a_trigger_that_does_not_get_through_is_told_of() -> None:
    (failed,) = sent(Unsteady(failures=1), TriggerCheckpoint("tm", CheckpointTrigger(EXECUTION, 3, 0)))
    assert isinstance(failed, CheckpointTriggerFailed)
    assert (failed.execution, failed.checkpoint_id) == (EXECUTION, 3)
    assert "does not answer" in failed.error


def test_a_deployment_that_does_not_get_through_is_told_of() -> None:
    deployment = next(iter(DrivenJob.running(select_job()).deployments.values()))
    (failed,) = sent(Unsteady(failures=1), DeployTask("tm", deployment))
    assert failed == DeploymentFailed(deployment.execution, "The TaskManager does not answer.")
