"""The CheckpointCoordinator: one job's checkpoints and savepoints, from the trigger to their disposal.

A pure state machine like the JobMaster that owns it: reports and the time (ms) come in; triggers, notifications and
orders to the storage come out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import CheckpointAcknowledged, CheckpointDeclined, ExecutionId, JobStatus
from sqlstream.runtime.jobmanager.checkpoint_settings import CheckpointSettings
from sqlstream.runtime.jobmanager.checkpoint_statistics import CheckpointsView
from sqlstream.runtime.jobmanager.messages import (
    CheckpointEffect,
    CheckpointNotStored,
    CheckpointStored,
    CheckpointTriggerFailed,
    TriggerSnapshot,
)
from sqlstream.state.handles import CompletedCheckpoint


@dataclass(frozen=True)
class TaskLocation:
    task_manager_id: str
    execution: ExecutionId


class CheckpointCoordinator:
    """Of ``graph``. ``restored`` are the retained checkpoints that an earlier JobManager left, oldest first;
    ``savepoint`` is what the job starts from, which stays the user's own."""

    def __init__(
        self,
        graph: JobGraph,
        settings: CheckpointSettings,
        now: int,
        *,
        restored: Sequence[CompletedCheckpoint] = (),
        savepoint: CompletedCheckpoint | None = None,
    ) -> None:
        raise NotImplementedError

    @property
    def latest(self) -> CompletedCheckpoint | None:
        """What the job's tasks begin with when they are started now."""
        raise NotImplementedError

    @property
    def concerns_all(self) -> bool:
        """Whether a task that fails now takes every other task with it, whatever its region: the job is being drained,
        or a checkpoint with ``stop`` has completed, so that tasks have finished or are about to. All of them start
        again from :attr:`latest` then. To be asked before :meth:`suspend`."""
        raise NotImplementedError

    def tasks_restored(self, checkpoint: CompletedCheckpoint, now: int) -> None:
        """Tasks are being deployed with the state of ``checkpoint`` (once for a restart, for the statistics)."""
        raise NotImplementedError

    def tasks_running(self, tasks: Mapping[tuple[str, int], TaskLocation], now: int) -> Iterator[CheckpointEffect]:
        """Every task of the job, by vertex and subtask, is RUNNING: checkpoints may be triggered (again)."""
        raise NotImplementedError

    def suspend(self, reason: str, now: int) -> Iterator[CheckpointEffect]:
        """A task has failed or finished, or the job is cancelled: what is pending is given up, and nothing is triggered
        until all tasks run. A checkpoint that is being stored already may complete all the same."""
        raise NotImplementedError

    def trigger(self, request: TriggerSnapshot, now: int) -> Iterator[CheckpointEffect]:
        """A user's wish; its outcome is in :meth:`view`."""
        raise NotImplementedError

    def input_ended(self, execution: ExecutionId, now: int) -> Iterator[CheckpointEffect]:
        """A task has processed all of its input. Once all have, a last checkpoint lets them end."""
        raise NotImplementedError

    def acknowledged(self, ack: CheckpointAcknowledged, now: int) -> Iterator[CheckpointEffect]:
        """A task's share is stored."""
        raise NotImplementedError

    def declined(self, declined: CheckpointDeclined, now: int) -> Iterator[CheckpointEffect]:
        """A task cannot store its share."""
        raise NotImplementedError

    def trigger_failed(self, failed: CheckpointTriggerFailed, now: int) -> Iterator[CheckpointEffect]:
        """A source could not be told to begin."""
        raise NotImplementedError

    def stored(self, stored: CheckpointStored, now: int) -> Iterator[CheckpointEffect]:
        """A checkpoint is complete: tasks commit what it covers, and those it replaces are discarded."""
        raise NotImplementedError

    def not_stored(self, not_stored: CheckpointNotStored, now: int) -> Iterator[CheckpointEffect]:
        """A checkpoint has failed at its very end."""
        raise NotImplementedError

    def tick(self, now: int) -> Iterator[CheckpointEffect]:
        """Trigger what is due, give up what takes too long."""
        raise NotImplementedError

    def next_deadline(self) -> int | None:
        """When :meth:`tick` is due (ms), unless something happens before."""
        raise NotImplementedError

    def unreadable(self, checkpoint_id: int, now: int) -> Iterator[CheckpointEffect]:
        """The state of a checkpoint could not be read: :attr:`latest` is the one before now, if there is one."""
        raise NotImplementedError

    def job_ended(self, status: JobStatus, now: int) -> Iterator[CheckpointEffect]:
        """The job's end is final: discard the checkpoints that are not to outlive it."""
        raise NotImplementedError

    def view(self) -> CheckpointsView:
        raise NotImplementedError
