"""The simulator finds what it is there for: each of these mistakes in the control plane violates an invariant soon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from sqlstream.runtime.deployment import CheckpointAcknowledged
from sqlstream.runtime.jobmanager.checkpoint_coordinator import CheckpointCoordinator
from sqlstream.runtime.jobmanager.checkpoint_retention import RetainedCheckpoints
from sqlstream.runtime.jobmanager.execution_graph import ExecutionGraph
from sqlstream.runtime.jobmanager.job_master import JobMaster
from sqlstream.runtime.jobmanager.messages import (
    CheckpointEffect,
    DiscardCheckpoint,
    NotifyCheckpointAborted,
    NotifyCheckpointComplete,
    StoreCheckpoint,
)
from sqlstream.runtime.jobmanager.pending_checkpoint import PendingCheckpoint
from sqlstream.runtime.jobmanager.resource_manager import ResourceManager
from sqlstream.runtime.jobmanager.snapshot_requests import SnapshotRequests
from sqlstream.runtime.protocol import CheckpointNotice
from sqlstream.state.handles import CompletedCheckpoint
from tests.simulation.schedule import run_schedule

PATIENCE = 3_000
"""Schedules within which a mistake must be noticed. Most are within ten; what takes a zombie's report that is just late
enough takes some hundreds."""

Mutate = Callable[[pytest.MonkeyPatch], None]


def tasks_commit_before_the_checkpoint_is_stored(patch: pytest.MonkeyPatch) -> None:
    original = CheckpointCoordinator.acknowledged

    def acknowledged(self: Any, ack: CheckpointAcknowledged, now: int) -> Iterator[CheckpointEffect]:
        for effect in original(self, ack, now):
            yield effect
            if isinstance(effect, StoreCheckpoint):
                for location in self._tasks.values():
                    notice = CheckpointNotice(location.execution, effect.metadata.checkpoint_id)
                    yield NotifyCheckpointComplete(location.task_manager_id, notice)

    patch.setattr(CheckpointCoordinator, "acknowledged", acknowledged)


def acknowledgements_of_other_attempts_count(patch: pytest.MonkeyPatch) -> None:
    original = JobMaster.task_reported

    def task_reported(self: Any, report: Any, now: int) -> Any:
        if isinstance(report, CheckpointAcknowledged):
            current = self._tasks.executions.get((report.execution.vertex_id, report.execution.subtask))
            if current is not None:
                report = msgspec.structs.replace(report, execution=current.id)
        return original(self, report, now)

    patch.setattr(JobMaster, "task_reported", task_reported)


def pending_checkpoints_outlive_a_failure(patch: pytest.MonkeyPatch) -> None:
    def suspend(self: Any, reason: str, now: int) -> Iterator[CheckpointEffect]:
        self._tasks = {}
        self._requests.fail_waiting(reason)
        return iter(())

    patch.setattr(CheckpointCoordinator, "suspend", suspend)


def one_acknowledgement_is_not_waited_for(patch: pytest.MonkeyPatch) -> None:
    def is_complete(self: Any) -> bool:
        return len(self._acknowledged) >= max(1, len(self.tasks) - 1)

    patch.setattr(PendingCheckpoint, "is_complete", property(is_complete))
    metadata = PendingCheckpoint.metadata

    def padded(self: Any) -> Any:
        for execution in self.tasks:
            self._acknowledged.setdefault(execution, (CheckpointAcknowledged(execution, self.id, {}), 0))
        return metadata(self)

    patch.setattr(PendingCheckpoint, "metadata", padded)


def restarts_begin_with_the_oldest_retained_checkpoint(patch: pytest.MonkeyPatch) -> None:
    def latest(self: Any) -> CompletedCheckpoint | None:
        return self._completed[0] if self._completed else self._start

    patch.setattr(RetainedCheckpoints, "latest", property(latest))


def restarts_do_not_wait_for_the_storage(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CheckpointCoordinator, "latest_is_settled", property(lambda self: True))


def nobody_hears_of_aborted_checkpoints(patch: pytest.MonkeyPatch) -> None:
    original = CheckpointCoordinator._give_up

    def give_up(self: Any, *args: Any) -> Iterator[CheckpointEffect]:
        return (effect for effect in original(self, *args) if not isinstance(effect, NotifyCheckpointAborted))

    patch.setattr(CheckpointCoordinator, "_give_up", give_up)


def chunks_of_retained_checkpoints_are_discarded(patch: pytest.MonkeyPatch) -> None:
    original = RetainedCheckpoints.add

    def add(self: Any, checkpoint: CompletedCheckpoint) -> Iterator[DiscardCheckpoint]:
        return (DiscardCheckpoint(d.job_id, d.checkpoint, ()) for d in original(self, checkpoint))

    patch.setattr(RetainedCheckpoints, "add", add)


def tasks_restart_before_their_earlier_attempts_have_ended(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ExecutionGraph, "has_ended", lambda self, region: True)


def tasks_that_the_job_is_rid_of_may_go_on(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(JobMaster, "should_run", lambda self, execution: True)
    patch.setattr(JobMaster, "_cancel_tasks", lambda self, executions, now: iter(()))


def slots_are_given_twice(patch: pytest.MonkeyPatch) -> None:
    original = ResourceManager._take

    def take(self: Any, request: Any) -> Any:
        slots = list(original(self, request))
        for member in self._members.values():
            member.allocated.clear()
        return slots

    patch.setattr(ResourceManager, "_take", take)


def silence_is_no_reason_to_give_up(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ResourceManager, "tick", lambda self, now: iter(()))


def refused_requests_are_not_answered(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SnapshotRequests, "fail", lambda self, request, error: None)


def ids_begin_anew_with_each_jobmanager(patch: pytest.MonkeyPatch) -> None:
    original = CheckpointCoordinator.__init__

    def init(self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        self._next_id = 1

    patch.setattr(CheckpointCoordinator, "__init__", init)


def a_checkpoint_is_waited_for_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CheckpointCoordinator, "tick", lambda self, now: iter(()))


def nothing_follows_the_end_of_all_input(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CheckpointCoordinator, "_all_input_ended", lambda self: False)


def what_had_been_stopped_goes_on_after_a_restart(patch: pytest.MonkeyPatch) -> None:
    metadata = PendingCheckpoint.metadata

    def never_stops(self: Any) -> Any:
        return msgspec.structs.replace(metadata(self), stop=False)

    patch.setattr(PendingCheckpoint, "metadata", never_stops)


MUTANTS: dict[Mutate, set[str]] = {
    tasks_commit_before_the_checkpoint_is_stored: {"one-order"},
    acknowledgements_of_other_attempts_count: {"complete-checkpoints"},
    pending_checkpoints_outlive_a_failure: {"complete-checkpoints"},
    one_acknowledgement_is_not_waited_for: {"complete-checkpoints"},
    restarts_begin_with_the_oldest_retained_checkpoint: {"latest-restored"},
    restarts_do_not_wait_for_the_storage: {"complete-checkpoints"},
    nobody_hears_of_aborted_checkpoints: {"liveness"},
    chunks_of_retained_checkpoints_are_discarded: {"files", "complete-checkpoints"},
    tasks_restart_before_their_earlier_attempts_have_ended: {"no-task-twice"},
    tasks_that_the_job_is_rid_of_may_go_on: {"liveness"},
    slots_are_given_twice: {"slots"},
    silence_is_no_reason_to_give_up: {"deadlines"},
    refused_requests_are_not_answered: {"answers"},
    ids_begin_anew_with_each_jobmanager: {"one-order"},
    a_checkpoint_is_waited_for_for_ever: {"deadlines"},
    nothing_follows_the_end_of_all_input: {"liveness"},
    what_had_been_stopped_goes_on_after_a_restart: {"exactly-once", "latest-restored"},
}
"""With the invariants that each of them violates first."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("mutate", MUTANTS, ids=lambda mutate: mutate.__name__)
def test_a_mistake_is_found(mutate: Mutate, monkeypatch: pytest.MonkeyPatch) -> None:
    mutate(monkeypatch)
    violations = filter(None, map(run_schedule, range(1, PATIENCE + 1)))
    violation = next(violations, None)
    assert violation is not None, f"not found in {PATIENCE} schedules"
    assert violation.invariant in MUTANTS[mutate], violation
