"""When checkpoints are taken, what makes them complete, and what becomes of those that are not."""

from __future__ import annotations

import msgspec
import pytest
from control_plane_jobs import job_id, three_step_job
from coordinated_job import (
    CoordinatedJob,
    aborted,
    committed,
    completed,
    job_failures,
    of,
    triggered,
    triggers,
)

from sqlstream.config.options import CheckpointRetention
from sqlstream.plan.jobgraph import JobMode
from sqlstream.runtime.deployment import CheckpointDeclined, ExecutionId, JobStatus
from sqlstream.runtime.jobmanager.checkpoint_settings import CheckpointSettings
from sqlstream.runtime.jobmanager.checkpoint_statistics import CheckpointStatus
from sqlstream.runtime.jobmanager.messages import (
    CheckpointTriggerFailed,
    DiscardCheckpoint,
    ForgetJob,
    NotifyCheckpointComplete,
    StoreCheckpoint,
)
from sqlstream.state.handles import OperatorHandle, SnapshotKind

TOLERANT = CheckpointSettings(interval=100, timeout=1_000, tolerable_failures=10)


def running(settings: CheckpointSettings = TOLERANT) -> CoordinatedJob:
    job = CoordinatedJob(settings)
    job.running()
    return job


def discarded(effects: object) -> list[tuple[int, list[int]]]:
    """Each discarded checkpoint, with those that are kept."""
    assert isinstance(effects, list)
    return [(e.checkpoint.id, [kept.id for kept in e.retained]) for e in of(DiscardCheckpoint, effects)]


def test_a_checkpoint_begins_at_the_sources_an_interval_after_all_tasks_run() -> None:
    job = running()
    assert job.at(99) == []
    (trigger,) = triggers(job.at(100))
    assert (trigger.checkpoint_id, trigger.timestamp) == (1, 100)
    assert trigger.execution == ExecutionId(job_id(), "source", 0, 0)
    assert (trigger.savepoint, trigger.stop, trigger.drain) == (None, False, False)


def test_a_checkpoint_is_stored_once_all_tasks_have_acknowledged_and_complete_once_it_is_stored() -> None:
    job = running()
    job.at(100)
    *others, last = job.executions()
    assert job.acknowledge(1, others) == []
    (order,) = job.acknowledge(1, [last])
    assert isinstance(order, StoreCheckpoint)
    assert (order.metadata.checkpoint_id, order.metadata.kind, order.savepoint) == (1, SnapshotKind.CHECKPOINT, None)
    assert not order.metadata.stop
    assert job.coordinator.latest is None
    effects = job.stored(1)
    assert committed(effects) == set(job.executions())
    assert job.coordinator.latest is not None and job.coordinator.latest.id == 1


def test_metadata_has_every_subtask_of_every_operator_in_order() -> None:
    job = running()
    job.at(100)
    handles = {id_: {f"{id_.vertex_id}-0": OperatorHandle(values={"at": id_.subtask})} for id_ in job.executions()}
    (order,) = of(StoreCheckpoint, job.acknowledge(1, reversed(job.executions()), handles))
    assert [(s.operator_id, [h.values["at"] for h in s.subtasks]) for s in order.metadata.operators] == [
        ("source-0", [0]), ("middle-0", [0, 1]), ("end-0", [0, 1]),
    ]  # fmt: skip


def test_repeated_unknown_and_foreign_acknowledgements_count_for_nothing() -> None:
    job = running()
    job.at(100)
    first, *others = job.executions()
    assert job.acknowledge(1, [first, first, first]) == []
    assert job.acknowledge(1, [msgspec.structs.replace(id_, attempt=7) for id_ in others]) == []
    assert job.acknowledge(1, [msgspec.structs.replace(id_, epoch=1) for id_ in others]) == []
    assert job.acknowledge(2, others) == []
    assert len(job.acknowledge(1, others)) == 1
    assert job.acknowledge(1) == []


def test_an_answer_of_the_storage_counts_once() -> None:
    job = running()
    job.at(100)
    job.complete(1)
    assert job.stored(1) == []
    assert job.not_stored(1) == []
    assert job.coordinator.view().counts.completed == 1


def test_a_checkpoint_that_takes_too_long_is_given_up_and_later_acknowledgements_change_nothing() -> None:
    job = running()
    job.at(100)
    job.acknowledge(1, job.executions()[:2])
    effects = job.at(1_100)
    assert aborted(effects) == {1: set(job.executions())}
    assert job.acknowledge(1) == []
    (failed,) = [view for view in job.coordinator.view().history if view.id == 1]
    assert (failed.status, failed.error) == (CheckpointStatus.FAILED, "it was not complete after 1 s")
    assert failed.acknowledged == 2


def test_a_checkpoint_on_its_way_to_the_storage_does_not_expire() -> None:
    job = running()
    job.at(100)
    job.acknowledge(1)
    assert job.at(50_000) == []
    assert committed(job.stored(1)) == set(job.executions())


def test_a_declined_checkpoint_is_aborted_everywhere_and_the_next_one_comes_as_usual() -> None:
    job = running()
    job.at(100)
    assert aborted(job.decline(1)) == {1: set(job.executions())}
    assert triggered(job.at(200)) == [2]
    assert job.coordinator.view().counts.failed == 1


def test_a_source_that_cannot_be_told_fails_the_checkpoint_but_not_the_job() -> None:
    job = running(CheckpointSettings(interval=100))
    job.at(100)
    failed = CheckpointTriggerFailed(job.executions()[0], 1, "connection refused")
    effects = job.do(job.coordinator.trigger_failed(failed, 101))
    assert aborted(effects) == {1: set(job.executions())}
    assert job_failures(effects) == []


def test_more_failures_in_a_row_than_are_tolerated_fail_the_job() -> None:
    job = running(CheckpointSettings(interval=100, timeout=50, tolerable_failures=1))
    assert job_failures(job.at(190)) == []
    job.at(200)
    (error,) = job_failures(job.decline(2))
    assert error == "Checkpoint 2 failed, and no more failures are tolerated: the disk is full"


def test_a_success_between_failures_makes_them_count_anew() -> None:
    job = running(CheckpointSettings(interval=100, tolerable_failures=1))
    for number, fails in ((1, True), (2, False), (3, True), (4, False), (5, True)):
        job.at(number * 100)
        assert job_failures(job.decline(number) if fails else job.complete(number)) == []


def test_a_checkpoint_that_cannot_be_stored_counts_as_failed() -> None:
    job = running(CheckpointSettings(interval=100))
    job.at(100)
    job.acknowledge(1)
    effects = job.not_stored(1)
    assert aborted(effects) == {1: set(job.executions())}
    assert len(job_failures(effects)) == 1


def test_no_more_checkpoints_are_under_way_than_allowed() -> None:
    job = running()
    assert triggered(job.at(450)) == [1]
    job.acknowledge(1)
    assert triggered(job.stored(1)) == [2]
    job = running(CheckpointSettings(interval=100, max_concurrent=3))
    assert triggered(job.at(700)) == [1, 2, 3]


def test_between_the_end_of_a_checkpoint_and_the_next_one_there_is_a_pause() -> None:
    job = running(CheckpointSettings(interval=100, min_pause=300, tolerable_failures=1))
    job.at(150)
    job.complete(1)
    assert triggered(job.at(449)) == []
    assert triggered(job.at(450)) == [2]


def test_a_completed_checkpoint_overtakes_those_before_it() -> None:
    job = running(CheckpointSettings(interval=100, max_concurrent=3))
    job.at(300)
    effects = job.complete(2)
    assert aborted(effects) == {1: set(job.executions())}
    assert job_failures(effects) == []
    assert committed(job.complete(3)) == set(job.executions())


def test_a_checkpoint_is_not_stored_after_one_that_is_newer() -> None:
    job = running(CheckpointSettings(interval=100, max_concurrent=2))
    job.at(200)
    job.acknowledge(2)
    assert aborted(job.acknowledge(1)) == {1: set(job.executions())}
    assert [o.metadata.checkpoint_id for o in of(StoreCheckpoint, job.log)] == [2]


def test_as_many_completed_checkpoints_are_kept_as_asked_for() -> None:
    job = running(CheckpointSettings(interval=100, num_retained=2))
    for number in (1, 2):
        job.at(number * 100)
        assert discarded(job.complete(number)) == []
    job.at(300)
    effects = job.complete(3)
    assert discarded(effects) == [(1, [2, 3])]
    kinds = [type(effect) for effect in effects]
    assert kinds.index(NotifyCheckpointComplete) < kinds.index(DiscardCheckpoint)
    assert [view.id for view in job.coordinator.view().history if view.discarded] == [1]


def test_nothing_is_triggered_while_tasks_are_not_running() -> None:
    job = CoordinatedJob(TOLERANT)
    assert job.at(10_000) == []
    job.running()
    job.at(10_100)
    effects = job.suspend()
    assert aborted(effects) == {1: set(job.executions())}
    assert job_failures(effects) == []
    assert job.at(20_000) == []
    job.running()
    assert triggered(job.at(20_100)) == [2]


def test_a_checkpoint_that_completes_while_tasks_are_down_is_what_they_restart_from() -> None:
    job = running()
    job.at(100)
    job.acknowledge(1)
    assert not job.coordinator.latest_is_settled
    job.suspend()
    assert not job.coordinator.latest_is_settled, "tasks must not be restored before it is known from what"
    assert committed(job.stored(1)) == set()
    assert job.coordinator.latest_is_settled
    assert job.coordinator.latest is not None and job.coordinator.latest.id == 1


def test_ids_go_on_where_the_restored_checkpoints_end() -> None:
    job = CoordinatedJob(TOLERANT, restored=[completed(4, job_id()), completed(7, job_id())])
    assert job.coordinator.latest is not None and job.coordinator.latest.id == 7
    job.running()
    assert triggered(job.at(100)) == [8]
    assert discarded(job.complete(8)) == [(4, [8]), (7, [8])]


def test_the_snapshot_a_job_starts_from_counts_until_the_first_checkpoint_and_is_never_discarded() -> None:
    start = completed(5, job_id(2), savepoint=True)
    job = CoordinatedJob(TOLERANT, savepoint=start)
    assert job.coordinator.latest == start
    job.running()
    assert triggered(job.at(100)) == [6]
    assert discarded(job.complete(6)) == []
    job.coordinator.unreadable(6, job.now)
    assert discarded(job.end(JobStatus.FINISHED)) == []


def test_an_unreadable_checkpoint_is_never_restored_from_again_and_goes_with_the_next_completed_one() -> None:
    settings = CheckpointSettings(interval=100, num_retained=3)
    job = CoordinatedJob(settings, restored=[completed(1, job_id()), completed(2, job_id())])
    job.do(job.coordinator.unreadable(2, 0))
    assert job.coordinator.latest is not None and job.coordinator.latest.id == 1
    job.running()
    assert triggered(job.at(100)) == [3]
    assert discarded(job.complete(3)) == [(2, [1, 3])]
    job.do(job.coordinator.unreadable(1, 0))
    job.do(job.coordinator.unreadable(3, 0))
    assert job.coordinator.latest is None


def test_when_all_input_has_ended_a_last_checkpoint_follows_at_once_and_ends_the_tasks() -> None:
    job = running()
    job.now = 20
    (trigger,) = triggers(job.all_input_ended())
    assert (trigger.stop, trigger.drain, trigger.timestamp) == (True, False, 20)
    (order,) = of(StoreCheckpoint, job.acknowledge(1))
    assert order.metadata.stop
    assert committed(job.stored(1)) == set(job.executions())
    assert job.coordinator.concerns_all, "a task that fails now restarts those that have finished, too"
    assert job.at(100_000) == []


def test_the_last_checkpoint_does_not_wait_for_its_turn() -> None:
    job = running()
    job.at(100)
    assert triggered(job.all_input_ended()) == [2]
    assert aborted(job.complete(2)) == {1: set(job.executions())}


def test_a_last_checkpoint_that_fails_is_tried_again() -> None:
    job = running()
    job.all_input_ended()
    effects = job.decline(1)
    assert aborted(effects) == {1: set(job.executions())}
    assert triggered(job.at(100)) == [2]
    assert triggers(job.log)[-1].stop


def test_tasks_whose_input_ended_before_all_ran_end_with_a_last_checkpoint() -> None:
    job = CoordinatedJob(TOLERANT)
    job.running()
    job.suspend()
    job.attempt += 1
    job.tasks = {
        key: type(location)("tm", msgspec.structs.replace(location.execution, attempt=job.attempt))
        for key, location in job.tasks.items()
    }
    assert job.all_input_ended() == []
    assert [trigger.stop for trigger in triggers(job.tasks_running())] == [True]


def test_ended_inputs_of_earlier_attempts_count_for_nothing() -> None:
    job = running()
    for execution in job.executions()[1:]:
        job.do(job.coordinator.input_ended(execution, job.now))
    job.suspend()
    job.running()
    assert job.do(job.coordinator.input_ended(job.executions()[0], job.now)) == []


def test_without_an_interval_nothing_happens_by_itself() -> None:
    job = running(CheckpointSettings())
    assert job.all_input_ended() == []
    assert job.coordinator.next_deadline() is None


@pytest.mark.parametrize(
    ("retention", "status", "kept"),
    [
        (CheckpointRetention.NO_EXTERNALIZED_CHECKPOINTS, JobStatus.FAILED, False),
        (CheckpointRetention.NO_EXTERNALIZED_CHECKPOINTS, JobStatus.CANCELED, False),
        (CheckpointRetention.DELETE_ON_CANCELLATION, JobStatus.FAILED, True),
        (CheckpointRetention.DELETE_ON_CANCELLATION, JobStatus.CANCELED, False),
        (CheckpointRetention.RETAIN_ON_CANCELLATION, JobStatus.FAILED, True),
        (CheckpointRetention.RETAIN_ON_CANCELLATION, JobStatus.CANCELED, True),
        (CheckpointRetention.RETAIN_ON_CANCELLATION, JobStatus.FINISHED, False),
    ],
)
def test_checkpoints_outlive_their_job_as_the_retention_says(
    retention: CheckpointRetention, status: JobStatus, kept: bool
) -> None:
    job = running(CheckpointSettings(interval=100, retention=retention))
    job.at(100)
    job.complete(1)
    (forget,) = of(ForgetJob, job.end(status))
    assert [c.id for c in forget.retained] == ([1] if kept else [])
    assert [c.id for c in forget.discarded] == ([] if kept else [1])
    assert job.end(status) == []


def test_what_is_stored_only_after_the_end_of_the_job_is_not_one_of_its_checkpoints() -> None:
    job = running()
    job.at(100)
    job.acknowledge(1)
    (forget,) = of(ForgetJob, job.end(JobStatus.CANCELED))
    assert (forget.discarded, forget.retained) == ((), ())
    assert job.stored(1) == []
    assert job.coordinator.view().counts.completed == 0


def test_the_view_counts_remembers_and_sums_up() -> None:
    job = running(CheckpointSettings(interval=100, tolerable_failures=20))
    for number in range(1, 13):
        job.at(number * 100)
        job.now += number
        job.acknowledge(number, stored_bytes=number)
        job.stored(number)
    job.at(1_300)
    job.decline(13)
    job.at(1_400)
    view = job.coordinator.view()
    counts = (view.counts.total, view.counts.in_progress, view.counts.completed, view.counts.failed)
    assert counts == (14, 1, 12, 1)
    assert [c.id for c in view.history] == [14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4]
    assert view.latest_completed is not None and view.latest_failed is not None
    assert (view.latest_completed.id, view.latest_completed.duration, view.latest_completed.stored_bytes) == (
        12,
        12,
        60,
    )
    assert view.latest_failed.id == 13
    assert (view.duration.minimum, view.duration.maximum, view.duration.average) == (1, 12, 6)
    source = view.latest_completed.vertices[0]
    assert source.vertex_id == "source"
    assert source.subtasks[0] is not None and source.subtasks[0].duration == 12


def test_the_view_says_what_the_job_was_restored_from() -> None:
    job = CoordinatedJob(TOLERANT, restored=[completed(3, job_id())])
    job.running()
    restored = job.coordinator.view().latest_restored
    assert restored is not None
    assert (restored.id, restored.location, job.coordinator.view().counts.restored) == (3, "mem:/chk-3", 1)


def test_a_decline_after_the_last_acknowledgement_does_not_undo_it() -> None:
    job = running()
    job.at(100)
    job.acknowledge(1)
    declined = CheckpointDeclined(job.executions()[0], 1, "late")
    assert job.do(job.coordinator.declined(declined, job.now)) == []
    assert committed(job.stored(1)) == set(job.executions())


def test_a_batch_job_has_no_checkpoints() -> None:
    graph = msgspec.structs.replace(
        three_step_job(), mode=JobMode.BATCH, configuration={"execution.checkpointing.interval": "1 s"}
    )
    job = CoordinatedJob(CheckpointSettings.of(graph), graph=graph)
    job.running()
    assert job.at(100_000) == []
    assert job.ask() is None
    assert job.outcome().error == "a batch job has no checkpoints"
