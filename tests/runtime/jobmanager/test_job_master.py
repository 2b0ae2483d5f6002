"""What a job does when its tasks report, in Flink's terms."""

from __future__ import annotations

from collections.abc import Iterable

from control_plane_jobs import job_id, three_step_job

from sqlstream.runtime.deployment import ExecutionId, ExecutionState, JobStatus, TaskMetrics, TaskStateChanged
from sqlstream.runtime.jobmanager.job_master import JobMaster
from sqlstream.runtime.jobmanager.messages import (
    CancelTask,
    DeployTask,
    ForgetJob,
    JobEffect,
    JobEnded,
    RequestSlots,
    Slot,
    SlotsDenied,
    SlotsGranted,
    TaskManagerLost,
)

SLOTS = (Slot("tm-1", "host:1", 0), Slot("tm-2", "host:2", 0))
SOURCE = ExecutionId(job_id(), "source", 0, 0)
MIDDLE = ExecutionId(job_id(), "middle", 1, 0)


def running_job() -> tuple[JobMaster, list[ExecutionId]]:
    master = JobMaster(three_step_job(), now=0)
    list(master.start(1))
    effects = master.slots_granted(SlotsGranted(job_id(), SLOTS), 2)
    return master, [effect.deployment.execution for effect in effects if isinstance(effect, DeployTask)]


def report(
    master: JobMaster, execution: ExecutionId, state: ExecutionState, error: str | None = None
) -> list[JobEffect]:
    return list(master.task_reported(TaskStateChanged(execution, state, error), 10))


def end_all(master: JobMaster, executions: Iterable[ExecutionId], state: ExecutionState) -> list[JobEffect]:
    return [effect for execution in executions for effect in report(master, execution, state)]


def test_a_job_asks_for_as_many_slots_as_its_widest_vertex_has_subtasks() -> None:
    assert list(JobMaster(three_step_job(parallelism=3), 0).start(1)) == [RequestSlots(job_id(), 3)]


def test_every_task_is_deployed_once_and_consumers_before_their_producers() -> None:
    _, deployed = running_job()
    assert [(id_.vertex_id, id_.subtask) for id_ in deployed] == [
        ("end", 0), ("end", 1), ("middle", 0), ("middle", 1), ("source", 0),
    ]  # fmt: skip


def test_a_job_whose_tasks_have_all_finished_is_finished() -> None:
    master, deployed = running_job()
    assert end_all(master, deployed, ExecutionState.FINISHED) == [
        ForgetJob(job_id(), JobStatus.FINISHED, (), ()),
        JobEnded(job_id()),
    ]
    assert master.status is JobStatus.FINISHED


def test_a_failed_task_fails_the_job_cancels_the_others_and_is_its_cause() -> None:
    master, deployed = running_job()
    effects = report(master, SOURCE, ExecutionState.FAILED, "division by zero")
    others = [id_ for id_ in deployed if id_ != SOURCE]
    assert {effect.execution for effect in effects if isinstance(effect, CancelTask)} == set(others)
    assert master.status is JobStatus.FAILING
    end_all(master, others, ExecutionState.CANCELED)
    view = master.view()
    assert view.status is JobStatus.FAILED
    assert view.cause is not None
    assert (view.cause.error, view.cause.task) == ("division by zero", "source (1/1)")
    assert view.failure_message == f"Job 'job-1' ({job_id()}) failed: division by zero"


def test_later_failures_do_not_replace_the_cause() -> None:
    master, _ = running_job()
    report(master, SOURCE, ExecutionState.FAILED, "first")
    report(master, MIDDLE, ExecutionState.FAILED, "second")
    view = master.view()
    assert view.cause is not None
    assert view.cause.error == "first"
    assert [failure.error for failure in view.failures] == ["first", "second"]


def test_cancelling_a_running_job_ends_it_canceled_once_its_tasks_have_stopped() -> None:
    master, deployed = running_job()
    assert len(list(master.cancel(5))) == len(deployed)
    assert master.status is JobStatus.CANCELLING
    assert list(master.cancel(6)) == []
    end_all(master, deployed, ExecutionState.CANCELED)
    assert master.status is JobStatus.CANCELED


def test_a_job_cancelled_while_it_waits_for_slots_is_canceled_at_once() -> None:
    master = JobMaster(three_step_job(), 0)
    list(master.start(1))
    assert list(master.cancel(2)) == [ForgetJob(job_id(), JobStatus.CANCELED, (), ()), JobEnded(job_id())]
    assert master.status is JobStatus.CANCELED
    assert list(master.slots_granted(SlotsGranted(job_id(), SLOTS), 3)) == []


def test_a_job_that_gets_no_slots_fails_and_says_so() -> None:
    master = JobMaster(three_step_job(), 0)
    list(master.start(1))
    assert list(master.slots_denied(SlotsDenied(job_id(), "no free slots"), 9)) == [
        ForgetJob(job_id(), JobStatus.FAILED, (), ()),
        JobEnded(job_id()),
    ]
    assert master.status is JobStatus.FAILED
    assert "no free slots" in master.view().failure_message


def test_a_lost_task_manager_fails_its_tasks_and_the_others_are_cancelled() -> None:
    master, _ = running_job()
    lost = TaskManagerLost("tm-2", "host:2", "TaskManager tm-2 (host:2) was lost: no heartbeat for 3 s")
    effects = list(master.task_manager_lost(lost, 9))
    assert {effect.task_manager_id for effect in effects if isinstance(effect, CancelTask)} >= {"tm-1"}
    assert master.view().cause is not None
    assert "no heartbeat for 3 s" in master.view().failure_message


def test_a_lost_task_manager_explains_the_broken_connection_heard_of_before() -> None:
    master, _ = running_job()
    report(master, SOURCE, ExecutionState.FAILED, "The connection to the TaskManager at host:2 was lost.")
    list(master.task_manager_lost(TaskManagerLost("tm-2", "host:2", "TaskManager tm-2 was lost"), 9))
    assert "TaskManager tm-2 was lost" in master.view().failure_message


def test_a_lost_task_manager_does_not_hide_another_cause() -> None:
    master, _ = running_job()
    report(master, SOURCE, ExecutionState.FAILED, "division by zero")
    list(master.task_manager_lost(TaskManagerLost("tm-2", "host:2", "TaskManager tm-2 was lost"), 9))
    assert "division by zero" in master.view().failure_message


def test_repeated_and_late_reports_change_nothing() -> None:
    master, _ = running_job()
    report(master, SOURCE, ExecutionState.RUNNING)
    report(master, SOURCE, ExecutionState.FINISHED)
    before = master.view()
    for state in (ExecutionState.RUNNING, ExecutionState.FAILED, ExecutionState.FINISHED):
        assert report(master, SOURCE, state, "late") == []
    assert master.view() == before


def test_reports_of_another_attempt_are_ignored() -> None:
    master, _ = running_job()
    assert report(master, ExecutionId(job_id(), "source", 0, 7), ExecutionState.FAILED, "old") == []
    assert master.status is JobStatus.RUNNING


def test_the_metrics_of_the_last_report_stay() -> None:
    master, _ = running_job()
    list(master.still_runs(SOURCE, TaskMetrics(records_out=1), 0))
    final = TaskStateChanged(SOURCE, ExecutionState.FINISHED, metrics=TaskMetrics(records_out=9))
    list(master.task_reported(final, 10))
    list(master.still_runs(SOURCE, TaskMetrics(records_out=1), 0))
    assert master.view().vertices[0].tasks[0].metrics.records_out == 9
