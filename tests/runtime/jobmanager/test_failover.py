"""What becomes of a job when something fails: restarts by region, from the latest checkpoint, until the end."""

from __future__ import annotations

import msgspec
import pytest
from control_plane_jobs import job_id, select_job
from driven_job import LIVE, DrivenJob, exchanging_job, forward_job, with_options

from sqlstream.runtime.deployment import ExecutionState, JobStatus
from sqlstream.runtime.jobmanager.job_master import JobMaster
from sqlstream.runtime.jobmanager.messages import (
    CancelTask,
    DeployTask,
    ForgetJob,
    GiveUpTaskManager,
    JobEffect,
    JobEnded,
    NotifyCheckpointComplete,
    RequestSlots,
    ReturnSlots,
    StopMode,
    TriggerCheckpoint,
    TriggerSnapshot,
)
from sqlstream.runtime.jobmanager.views import JobView
from sqlstream.state.handles import CompletedCheckpoint


def deployed(effects: list[JobEffect]) -> list[tuple[str, int, int]]:
    ids = [effect.deployment.execution for effect in effects if isinstance(effect, DeployTask)]
    return sorted((id_.vertex_id, id_.subtask, id_.attempt) for id_ in ids)


def cancelled(effects: list[JobEffect]) -> list[tuple[str, int]]:
    ids = [effect.execution for effect in effects if isinstance(effect, CancelTask)]
    return sorted((id_.vertex_id, id_.subtask) for id_ in ids)


def restart(job: DrivenJob) -> list[JobEffect]:
    """What is cancelled ends, the delay passes, what is deployed runs; the deployments."""
    job.end_cancelled()
    effects = job.tick(1_000)
    job.run()
    return effects


def errors(view: JobView) -> list[tuple[str, list[str]]]:
    return [(entry.cause.error, [failure.error for failure in entry.concurrent]) for entry in view.exceptions]


def test_a_failed_task_restarts_its_region_and_no_other() -> None:
    job = DrivenJob.running(forward_job())
    assert cancelled(job.fail("source", 0)) == [("sink", 0)]
    assert job.status() is JobStatus.RESTARTING
    assert deployed(restart(job)) == [("sink", 0, 1), ("source", 0, 1)]
    assert job.status() is JobStatus.RUNNING
    assert {attempt for (_, subtask), (attempt, _) in job.states().items() if subtask == 1} == {0}
    assert job.master.view().restarts == 1


def test_a_region_is_not_deployed_before_its_last_task_has_ended() -> None:
    job = DrivenJob.running(exchanging_job())
    job.fail("source", 0)
    assert deployed(job.tick(60_000)) == []
    assert job.master.next_deadline() is None
    for execution in job.executions(ExecutionState.CANCELING)[:-1]:
        assert deployed(job.report(execution, ExecutionState.CANCELED)) == []
    assert len(deployed(job.end_cancelled())) == 4


def test_a_region_is_not_deployed_before_the_delay_is_over() -> None:
    job = DrivenJob.running(exchanging_job())
    job.fail("source", 0)
    job.end_cancelled()
    assert job.master.next_deadline() == 1_000
    assert deployed(job.tick(999)) == []
    assert len(deployed(job.tick(1))) == 4


def test_a_restart_begins_with_the_latest_completed_checkpoint() -> None:
    job = DrivenJob.running(exchanging_job())
    job.checkpoint()
    latest = job.checkpoint()
    job.tick(1_000)
    job.fail("sink", 1)
    restart(job)
    assert {job.restored_from(id_) for id_ in job.executions(*LIVE)} == {latest.id}
    assert all(job.deployments[id_].execution.attempt == 1 for id_ in job.executions(*LIVE))


def test_without_a_checkpoint_a_restart_begins_anew() -> None:
    job = DrivenJob.running(exchanging_job())
    job.fail("sink", 1)
    restart(job)
    assert {job.restored_from(id_) for id_ in job.executions(*LIVE)} == {None}


def test_checkpoints_go_on_once_all_tasks_run_again() -> None:
    job = DrivenJob.running(forward_job())
    job.fail("source", 0)
    job.end_cancelled()
    job.tick(1_000)
    assert not [effect for effect in job.tick(5_000) if isinstance(effect, TriggerCheckpoint)]
    job.run()
    checkpoint = job.checkpoint()
    assert [subtask.values["attempt"] for subtask in checkpoint.metadata.operators[0].subtasks] == [1, 0]


def test_more_failures_while_a_region_restarts_are_one_and_are_remembered_with_it() -> None:
    job = DrivenJob.running(exchanging_job(restart_strategy__fixed_delay__attempts="1"))
    job.fail("source", 0, "first")
    job.fail("sink", 1, "second")
    restart(job)
    view = job.master.view()
    assert (view.status, view.restarts) == (JobStatus.RUNNING, 1)
    assert errors(view) == [("first", ["second"])]


def test_when_no_restart_is_left_the_job_fails_with_the_last_cause() -> None:
    job = DrivenJob.running(exchanging_job(restart_strategy__fixed_delay__attempts="1"))
    job.fail("source", 0, "first")
    restart(job)
    job.fail("source", 0, "second")
    assert job.status() is JobStatus.FAILING
    effects = job.end_cancelled()
    assert [type(effect) for effect in effects[-2:]] == [ForgetJob, JobEnded]
    view = job.master.view()
    assert view.status is JobStatus.FAILED
    assert view.failure_message.endswith("failed: second")
    assert errors(view) == [("first", []), ("second", [])]


def test_a_job_without_checkpoints_fails_at_its_first_failure_unless_told_otherwise() -> None:
    job = DrivenJob.running(with_options(exchanging_job()))
    job.fail("source", 0)
    assert job.status() is JobStatus.FAILING
    job = DrivenJob.running(with_options(exchanging_job(), restart_strategy__type="fixed-delay"))
    job.fail("source", 0)
    assert job.status() is JobStatus.RESTARTING


def test_a_job_whose_rows_a_client_reads_never_restarts() -> None:
    job = DrivenJob.running(with_options(select_job(), restart_strategy__type="fixed-delay"))
    job.fail("values", 0)
    assert job.status() is JobStatus.FAILING


def test_tasks_that_had_finished_are_restarted_with_their_region() -> None:
    job = DrivenJob.running(with_options(forward_job(), restart_strategy__type="fixed-delay"))
    job.report(job.execution("source", 0), ExecutionState.FINISHED)
    job.report(job.execution("source", 1), ExecutionState.FINISHED)
    job.fail("sink", 0)
    assert deployed(restart(job)) == [("sink", 0, 1), ("source", 0, 1)]
    assert job.states()["source", 1] == (0, ExecutionState.FINISHED)


def test_a_lost_task_manager_is_one_failure_however_many_tasks_it_ran() -> None:
    job = DrivenJob(JobMaster(forward_job(3, restart_strategy__fixed_delay__attempts="1"), 0))
    job.do(job.master.start(0))
    job.grant("tm-0", "tm-0", "tm-1")
    job.run()
    assert job.lose("tm-0") == []
    assert job.lose("tm-0") == []
    assert job.master.view().restarts == 1
    assert job.tick(1_000) == [RequestSlots(job_id(), 2)]
    moved = job.grant("tm-1", "tm-2")
    assert deployed(moved) == [("sink", 0, 1), ("sink", 1, 1), ("source", 0, 1), ("source", 1, 1)]
    assert {e.task_manager_id for e in moved if isinstance(e, DeployTask)} == {"tm-1", "tm-2"}


def test_slots_that_live_on_are_kept() -> None:
    job = DrivenJob.running(exchanging_job())
    job.lose("tm-1")
    job.end_cancelled()
    assert job.tick(1_000) == [RequestSlots(job_id(), 1)]
    moved = job.grant("tm-9")
    places = {(e.deployment.execution.subtask, e.task_manager_id) for e in moved if isinstance(e, DeployTask)}
    assert places == {(0, "tm-0"), (1, "tm-9")}
    addresses = {
        address for e in moved if isinstance(e, DeployTask) for o in e.deployment.outputs for address in o.addresses
    }
    assert addresses == {"tm-0:1", "tm-9:1"}


def test_a_lost_task_manager_ends_what_was_being_cancelled_there() -> None:
    job = DrivenJob.running(exchanging_job())
    job.fail("source", 0, "The connection to the TaskManager at tm-1:1 was lost.")
    job.tick(1_000)
    job.report(job.execution("sink", 0), ExecutionState.CANCELED)
    assert job.lose("tm-1")[-1] == RequestSlots(job_id(), 1)
    view = job.master.view()
    assert view.restarts == 1
    assert view.cause is not None
    assert view.cause.error == "TaskManager tm-1 was lost"


def test_no_slots_is_a_failure_and_the_job_asks_again() -> None:
    job = DrivenJob.running(exchanging_job(restart_strategy__fixed_delay__attempts="2"))
    job.lose("tm-1")
    restart(job)
    effects = job.deny()
    assert [type(effect) for effect in effects] == [ReturnSlots]
    assert job.tick(1_000) == [RequestSlots(job_id(), 2)]
    assert job.deny()[-1] == JobEnded(job_id())
    assert job.status() is JobStatus.FAILED


def test_a_task_manager_that_joins_is_used_at_once() -> None:
    job = DrivenJob.running(exchanging_job())
    job.lose("tm-1")
    restart(job)
    job.deny()
    assert job.do(job.master.task_manager_joined(job.now + 1)) == [RequestSlots(job_id(), 2)]
    assert len(deployed(job.grant())) == 4


def test_a_task_manager_that_joins_does_not_shorten_the_pause_after_another_failure() -> None:
    job = DrivenJob.running(exchanging_job())
    job.fail("source", 0)
    job.end_cancelled()
    assert job.do(job.master.task_manager_joined(job.now + 1)) == []


def test_slots_that_come_too_late_go_back() -> None:
    job = DrivenJob.running(exchanging_job())
    job.lose("tm-1")
    restart(job)
    job.deny()
    effects = job.grant("tm-8")
    assert [len(effect.slots) for effect in effects if isinstance(effect, ReturnSlots)] == [1]


@pytest.mark.parametrize("moment", ["cancelling", "waiting", "without slots"])
def test_a_job_can_be_cancelled_at_any_moment_of_a_restart(moment: str) -> None:
    job = DrivenJob.running(exchanging_job())
    job.lose("tm-1")
    if moment != "cancelling":
        job.end_cancelled()
    if moment == "without slots":
        job.tick(1_000)
    job.do(job.master.cancel(job.now))
    job.end_cancelled()
    assert job.status() is JobStatus.CANCELED
    assert isinstance(job.effects[-1], JobEnded)
    assert job.tick(10_000) == []
    assert job.master.next_deadline() is None


def test_reports_of_earlier_attempts_change_nothing() -> None:
    job = DrivenJob.running(exchanging_job())
    old = job.execution("source", 0)
    job.fail("source", 0)
    restart(job)
    before = job.master.view()
    for state in (ExecutionState.FAILED, ExecutionState.CANCELED, ExecutionState.FINISHED):
        assert job.report(old, state, "late") == []
    assert job.master.view() == before
    assert not job.master.should_run(old)
    assert job.master.should_run(job.execution("source", 0))


def test_an_unreadable_checkpoint_is_forgotten_and_the_one_before_it_is_used_at_once() -> None:
    job = DrivenJob.running(exchanging_job(restart_strategy__fixed_delay__attempts="1"))
    first, second = job.checkpoint(), job.checkpoint()
    job.fail("source", 0)
    job.end_cancelled()
    job.tick(1_000)
    assert {job.restored_from(id_) for id_ in job.executions(*LIVE)} == {second.id}
    job.fail("sink", 0, "State of operator 'sink' cannot be read: chunk.arrow", unreadable=second.id)
    job.end_cancelled()
    assert {job.restored_from(id_) for id_ in job.executions(*LIVE)} == {first.id}
    job.run()
    assert job.status() is JobStatus.RUNNING
    assert errors(job.master.view())[-1][0] == "State of operator 'sink' cannot be read: chunk.arrow"


def test_a_checkpoint_is_forgotten_though_another_effect_of_its_damage_is_heard_of_first() -> None:
    job = DrivenJob.running(exchanging_job())
    first, second = job.checkpoint(), job.checkpoint()
    job.fail("source", 0)
    job.end_cancelled()
    job.tick(1_000)
    job.fail("source", 0, "The connection to the TaskManager at tm-1:1 was lost.")
    job.fail("sink", 1, "chunk.arrow is damaged", unreadable=second.id)
    restart(job)
    assert {job.restored_from(id_) for id_ in job.executions(*LIVE)} == {first.id}
    job.fail("source", 0, "The connection to the TaskManager at tm-1:1 was lost.")
    job.fail("sink", 1, "chunk.arrow is damaged too", unreadable=first.id)
    job.end_cancelled()
    assert job.status() is JobStatus.FAILED
    assert "chunk.arrow is damaged too" in job.master.view().failure_message


def test_a_job_never_starts_from_nothing_when_it_had_state() -> None:
    job = DrivenJob.running(exchanging_job())
    only = job.checkpoint()
    job.fail("source", 0)
    job.end_cancelled()
    job.tick(1_000)
    job.fail("sink", 0, "chunk.arrow is damaged", unreadable=only.id)
    job.end_cancelled()
    assert job.status() is JobStatus.FAILED
    assert "chunk.arrow is damaged" in job.master.view().failure_message


def test_too_many_failed_checkpoints_restart_all_regions() -> None:
    job = DrivenJob.running(forward_job(execution__checkpointing__timeout="2 s"))
    effects = [*job.tick(1_000), *job.tick(2_000)]
    assert len(cancelled(effects)) == 4
    assert job.status() is JobStatus.RESTARTING
    cause = job.master.view().cause
    assert cause is not None
    assert cause.task is None
    assert len(deployed(restart(job))) == 4


def test_a_bounded_job_ends_with_a_last_checkpoint() -> None:
    job = DrivenJob.running(forward_job())
    effects = job.end_input()
    triggers = [effect.trigger for effect in effects if isinstance(effect, TriggerCheckpoint)]
    assert [trigger.stop for trigger in triggers] == [True, True]
    job.store(job.acknowledge_all(effects))
    for execution in job.executions(ExecutionState.RUNNING):
        job.report(execution, ExecutionState.FINISHED)
    assert job.status() is JobStatus.FINISHED


def last_checkpoint(job: DrivenJob) -> CompletedCheckpoint:
    return job.store(job.acknowledge_all(job.end_input()))


def test_a_failure_after_the_last_checkpoint_restarts_all_tasks_only_to_commit() -> None:
    job = DrivenJob.running(forward_job())
    last = last_checkpoint(job)
    job.report(job.execution("source", 0), ExecutionState.FINISHED)
    job.fail("sink", 1)
    restart(job)
    restores = [job.deployments[id_].restore for id_ in job.executions(ExecutionState.RUNNING)]
    assert len(restores) == 4
    assert all(restore is not None and restore.ended and restore.checkpoint_id == last.id for restore in restores)
    last_checkpoint(job)
    for execution in job.executions(ExecutionState.RUNNING):
        job.report(execution, ExecutionState.FINISHED)
    assert job.status() is JobStatus.FINISHED


def test_a_failure_after_a_savepoint_that_stops_the_job_does_not_bring_its_rows_back() -> None:
    job = DrivenJob.running(exchanging_job())
    savepoint = job.store(job.trigger(TriggerSnapshot(job_id(), "request", "file:///sp", StopMode.SUSPEND)))
    job.fail("sink", 1)
    restart(job)
    restores = [job.deployments[id_].restore for id_ in job.executions(ExecutionState.RUNNING)]
    assert all(restore is not None and restore.ended and restore.checkpoint_id == savepoint.id for restore in restores)


def test_another_job_started_from_that_savepoint_goes_on() -> None:
    job = DrivenJob.running(exchanging_job())
    savepoint = job.store(job.trigger(TriggerSnapshot(job_id(), "request", "file:///sp", StopMode.SUSPEND)))
    graph = msgspec.structs.replace(exchanging_job(), job_id=job_id(2))
    other = DrivenJob(JobMaster(graph, 0, savepoint=savepoint))
    other.do(other.master.start(0))
    other.grant()
    restores = [deployment.restore for deployment in other.deployments.values()]
    assert all(restore is not None and not restore.ended for restore in restores)


def test_a_task_that_has_not_heard_of_the_last_checkpoint_is_told_with_its_heartbeat() -> None:
    job = DrivenJob.running(exchanging_job())
    last = last_checkpoint(job)
    sink = job.execution("sink", 0)
    metrics = job.master.view().vertices[1].tasks[0].metrics
    (notice,) = job.do(job.master.still_runs(sink, metrics, 0))
    assert isinstance(notice, NotifyCheckpointComplete)
    assert (notice.task_manager_id, notice.notice.execution, notice.notice.checkpoint_id) == ("tm-0", sink, last.id)
    job.report(sink, ExecutionState.FINISHED)
    assert job.do(job.master.still_runs(sink, metrics, 0)) == []


def test_a_job_of_an_earlier_job_manager_goes_on_with_its_checkpoints_in_an_epoch_of_its_own() -> None:
    earlier = DrivenJob.running(exchanging_job())
    checkpoints = (earlier.checkpoint(), earlier.checkpoint())
    job = DrivenJob(JobMaster(exchanging_job(), 0, restored=checkpoints, recovered=True, epoch=7))
    job.do(job.master.start(0))
    job.grant()
    assert {(id_.epoch, job.restored_from(id_)) for id_ in job.deployments} == {(7, checkpoints[-1].id)}
    channels = {c.epoch for d in job.deployments.values() for o in d.outputs for c in o.channels}
    assert channels == {7}
    job.run()
    assert job.checkpoint().id > checkpoints[-1].id
    assert not job.master.should_run(earlier.execution("source", 0))


def test_a_recovered_job_waits_for_its_task_managers_as_long_as_it_takes() -> None:
    job = DrivenJob(JobMaster(with_options(exchanging_job()), 0, recovered=True))
    job.do(job.master.start(0))
    for _ in range(5):
        assert job.deny() == [RequestSlots(job_id(), 2)]
    job.grant()
    job.run()
    assert job.status() is JobStatus.RUNNING


def test_a_job_that_cannot_be_recovered_has_failed_and_says_why() -> None:
    job = DrivenJob(JobMaster(exchanging_job(), 0, recovered=True))
    job.do(job.master.start(0, "the savepoint is gone"))
    assert job.status() is JobStatus.FAILED
    assert job.master.view().failure_message.endswith("failed: the savepoint is gone")


def test_a_suspended_job_ends_its_tasks_but_not_itself() -> None:
    job = DrivenJob.running(exchanging_job())
    assert len(cancelled(job.do(job.master.suspend(5)))) == 4
    effects = job.end_cancelled()
    assert job.status() is JobStatus.SUSPENDED
    assert not [effect for effect in effects if isinstance(effect, ForgetJob | JobEnded)]


def test_a_task_that_does_not_stop_costs_its_task_manager() -> None:
    job = DrivenJob(JobMaster(exchanging_job(), 0, cancellation_timeout=30_000))
    job.do(job.master.start(0))
    job.grant()
    job.run()
    job.fail("source", 0)
    job.report(job.execution("sink", 0), ExecutionState.CANCELED)
    assert job.master.next_deadline() == 30_000
    assert job.tick(29_999) == []
    (given_up,) = job.tick(1)
    assert isinstance(given_up, GiveUpTaskManager)
    assert given_up.task_manager_id == "tm-1"
    assert job.lose("tm-1") == [RequestSlots(job_id(), 1)]


def test_the_exception_history_is_bounded() -> None:
    job = DrivenJob(JobMaster(forward_job(), 0, exception_history_size=3))
    job.do(job.master.start(0))
    job.grant()
    job.run()
    for number in range(5):
        job.fail("source", 0, f"failure {number}")
        restart(job)
    assert errors(job.master.view()) == [(f"failure {number}", []) for number in (2, 3, 4)]
    assert job.master.view().restarts == 5
