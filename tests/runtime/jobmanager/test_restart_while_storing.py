"""A job that is restarted while a checkpoint is being stored waits to know whether to begin with it."""

from __future__ import annotations

import msgspec
from control_plane_jobs import job_id, three_step_job

from sqlstream.runtime.deployment import CheckpointAcknowledged, ExecutionId, ExecutionState, TaskStateChanged
from sqlstream.runtime.jobmanager.job_master import JobMaster
from sqlstream.runtime.jobmanager.messages import (
    CheckpointNotStored,
    CheckpointStored,
    DeployTask,
    JobEffect,
    Slot,
    SlotsGranted,
    StoreCheckpoint,
    TriggerCheckpoint,
)
from sqlstream.state.handles import CheckpointMetadata, CompletedCheckpoint, OperatorHandle

_GRAPH = msgspec.structs.replace(
    three_step_job(parallelism=1),
    configuration={
        "execution.checkpointing.interval": "1 s",
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "9",
        "restart-strategy.fixed-delay.delay": "100 ms",
    },
)


def _deployed(effects: list[JobEffect]) -> dict[ExecutionId, int | None]:
    """Each task that was deployed, and the checkpoint that it begins with."""
    deployments = [effect.deployment for effect in effects if isinstance(effect, DeployTask)]
    return {d.execution: None if d.restore is None else d.restore.checkpoint_id for d in deployments}


def _failed_while_storing() -> tuple[JobMaster, CheckpointMetadata]:
    """A job whose source failed while its first checkpoint was on its way to the storage, and whose delay is over."""
    master = JobMaster(_GRAPH, 0)
    list(master.start(0))
    tasks = _deployed(list(master.slots_granted(SlotsGranted(job_id(), (Slot("tm", "host:1", 0),)), 0)))
    for task in tasks:
        list(master.task_reported(TaskStateChanged(task, ExecutionState.RUNNING), 0))
    (trigger,) = (effect.trigger for effect in master.tick(1_000) if isinstance(effect, TriggerCheckpoint))
    effects: list[JobEffect] = []
    for task in tasks:
        state = {f"{task.vertex_id}-0": OperatorHandle(values={"n": 1})}
        effects += master.task_reported(CheckpointAcknowledged(task, trigger.checkpoint_id, state), 1_001)
    (store,) = (effect for effect in effects if isinstance(effect, StoreCheckpoint))
    for task in tasks:
        state_then = ExecutionState.FAILED if task.vertex_id == "source" else ExecutionState.CANCELED
        list(master.task_reported(TaskStateChanged(task, state_then, "oops"), 1_002))
    assert _deployed(list(master.tick(5_000))) == {}
    return master, store.metadata


def test_it_begins_with_the_checkpoint_once_that_is_stored() -> None:
    master, metadata = _failed_while_storing()
    checkpoint = CompletedCheckpoint("chk", "shared", metadata)
    deployed = _deployed(list(master.checkpoint_stored(CheckpointStored(job_id(), checkpoint), 6_000)))
    assert {task.attempt for task in deployed} == {1}
    assert set(deployed.values()) == {metadata.checkpoint_id}


def test_it_begins_without_the_checkpoint_once_that_could_not_be_stored() -> None:
    master, metadata = _failed_while_storing()
    answer = CheckpointNotStored(job_id(), metadata.checkpoint_id, "the disk is full")
    deployed = _deployed(list(master.checkpoint_not_stored(answer, 6_000)))
    assert {task.attempt for task in deployed} == {1}
    assert set(deployed.values()) == {None}


def test_it_does_not_ask_to_be_called_at_once_while_it_waits() -> None:
    master, _ = _failed_while_storing()
    deadline = master.next_deadline()
    assert deadline is None or deadline > 5_000
