"""Checkpoints and savepoints that users ask for, and stopping a job with a savepoint."""

from __future__ import annotations

import pytest
from control_plane_jobs import job_id
from coordinated_job import CoordinatedJob, aborted, committed, completed, job_failures, of, triggered, triggers

from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.checkpoint_settings import CheckpointSettings
from sqlstream.runtime.jobmanager.checkpoint_statistics import RequestStatus
from sqlstream.runtime.jobmanager.messages import DiscardCheckpoint, StopMode, StoreCheckpoint
from sqlstream.state.handles import SnapshotKind

NEVER = CheckpointSettings()
OFTEN = CheckpointSettings(interval=100, tolerable_failures=10)


def running(settings: CheckpointSettings = NEVER) -> CoordinatedJob:
    job = CoordinatedJob(settings)
    job.running()
    return job


def test_a_savepoint_goes_to_its_directory_and_its_requester_hears_where_it_is() -> None:
    job = running()
    assert job.ask(savepoint="file:/s") == 1
    assert [(t.savepoint, t.stop, t.drain) for t in triggers(job.log)] == [("file:/s", False, False)]
    assert job.outcome().status is RequestStatus.IN_PROGRESS
    (order,) = of(StoreCheckpoint, job.acknowledge(1))
    assert (order.savepoint, order.metadata.kind, order.metadata.stop) == ("file:/s", SnapshotKind.SAVEPOINT, False)
    job.stored(1)
    outcome = job.outcome()
    assert (outcome.status, outcome.checkpoint_id, outcome.location) == (RequestStatus.COMPLETED, 1, "file:/s")
    view = job.coordinator.view()
    assert view.latest_savepoint is not None and view.latest_savepoint.location == "file:/s"
    assert view.latest_completed is None


def test_a_savepoint_that_the_job_runs_on_after_commits_nothing_and_is_not_restored_from() -> None:
    job = running(OFTEN)
    job.at(100)
    job.complete(1)
    job.ask(savepoint="file:/s")
    effects = job.complete(2)
    assert committed(effects) == set()
    assert of(DiscardCheckpoint, effects) == []
    assert job.coordinator.latest is not None and job.coordinator.latest.id == 1


def test_a_checkpoint_asked_for_is_one_like_the_others() -> None:
    job = running()
    assert job.ask() == 1
    assert committed(job.complete(1)) == set(job.executions())
    assert job.outcome().location == "mem:/chk-1"
    assert job.coordinator.latest is not None and job.coordinator.latest.id == 1


def test_a_request_waits_for_its_turn_and_comes_before_periodic_ones() -> None:
    job = running(OFTEN)
    job.at(250)
    assert job.ask("a", "file:/a") is None
    assert job.ask("b", "file:/b") is None
    assert triggered(job.complete(1)) == [2]
    assert triggers(job.log)[-1].savepoint == "file:/a"
    assert triggered(job.complete(2)) == [3]
    assert triggered(job.complete(3)) == [4]
    assert triggers(job.log)[-1].savepoint is None


def test_the_same_request_twice_is_one() -> None:
    job = running()
    assert job.ask("a") == 1
    assert job.ask("a") is None
    job.complete(1)
    assert job.ask("a") is None
    assert job.coordinator.view().counts.total == 1


def test_a_savepoint_that_fails_tells_its_requester_and_does_not_fail_the_job() -> None:
    job = running(CheckpointSettings(interval=1_000))
    job.ask(savepoint="file:/full")
    effects = job.decline(1)
    assert aborted(effects) == {1: set(job.executions())}
    assert job_failures(effects) == []
    assert (job.outcome().status, job.outcome().error) == (RequestStatus.FAILED, "the disk is full")


def test_a_request_is_refused_while_tasks_do_not_run() -> None:
    job = CoordinatedJob(NEVER)
    assert job.ask() is None
    assert job.outcome().error == "not all tasks of the job are running"


def test_requests_under_way_and_waiting_end_with_the_failure_of_a_task() -> None:
    job = running()
    job.ask("a")
    job.ask("b")
    job.suspend("division by zero")
    assert [job.outcome(r).error for r in "ab"] == ["division by zero"] * 2


def test_a_savepoint_that_is_being_stored_survives_the_failure_of_a_task() -> None:
    job = running()
    job.ask(savepoint="file:/s")
    job.acknowledge(1)
    job.suspend()
    job.stored(1)
    assert job.outcome().status is RequestStatus.COMPLETED


@pytest.mark.parametrize(("mode", "drain"), [(StopMode.SUSPEND, False), (StopMode.DRAIN, True)])
def test_stopping_with_a_savepoint_commits_and_completes_when_the_job_has_ended(mode: StopMode, drain: bool) -> None:
    job = running(OFTEN)
    job.ask("stop", "file:/s", mode)
    assert [(t.stop, t.drain) for t in triggers(job.log)] == [(True, drain)]
    assert job.at(10_000) == [], "nothing periodic comes in between"
    (order,) = of(StoreCheckpoint, job.acknowledge(1))
    assert order.metadata.stop
    assert committed(job.stored(1)) == set(job.executions())
    assert job.coordinator.latest is not None and job.coordinator.latest.id == 1
    assert job.outcome("stop").status is RequestStatus.IN_PROGRESS
    job.suspend("source (1/1) has finished")
    assert job.coordinator.concerns_all
    job.end(JobStatus.FINISHED)
    assert (job.outcome("stop").status, job.outcome("stop").location) == (RequestStatus.COMPLETED, "file:/s")


def test_while_a_job_is_being_stopped_other_requests_are_refused_and_waiting_ones_end_with_it() -> None:
    job = running()
    job.ask("before")
    job.ask("stop", "file:/s", StopMode.SUSPEND)
    job.ask("waiting")
    assert triggered(job.complete(1)) == [2]
    job.ask("refused")
    assert job.outcome("refused").error == "the job is being stopped"
    assert job.outcome("waiting").status is RequestStatus.IN_PROGRESS
    job.complete(2)
    assert job.outcome("waiting").error == "the job ends with savepoint 2"


def test_a_job_whose_stopping_savepoint_fails_goes_on() -> None:
    job = running(OFTEN)
    job.ask("stop", "file:/s", StopMode.SUSPEND)
    effects = job.decline(1)
    assert aborted(effects) == {1: set(job.executions())}
    assert job_failures(effects) == []
    assert not job.coordinator.concerns_all
    assert triggered(job.at(100)) == [2]
    assert job.outcome("stop").status is RequestStatus.FAILED


def test_a_job_that_cannot_be_drained_because_a_task_finished_first_fails_instead_of_waiting_for_ever() -> None:
    job = running()
    job.ask("stop", "file:/s", StopMode.DRAIN)
    effects = job.do(job.coordinator.task_finished("Source: a (1/2)", job.now))
    assert aborted(effects) == {1: set(job.executions())}
    (error,) = job_failures(effects)
    assert error == "Savepoint 1, which the job was to be drained with, failed: Source: a (1/2) has finished"
    assert job.outcome("stop").status is RequestStatus.FAILED


def test_a_job_whose_draining_fails_starts_again() -> None:
    job = running(OFTEN)
    job.ask("stop", "file:/s", StopMode.DRAIN)
    assert job.coordinator.concerns_all
    (error,) = job_failures(job.decline(1))
    assert error == "Savepoint 1, which the job was to be drained with, failed: the disk is full"


def test_a_failed_task_ends_a_stop_that_is_not_decided_yet() -> None:
    job = running()
    job.ask("stop", "file:/s", StopMode.SUSPEND)
    assert not job.coordinator.concerns_all
    assert aborted(job.suspend("no heartbeat")) == {1: set(job.executions())}
    assert job.outcome("stop").error == "no heartbeat"


def test_a_stop_that_is_decided_while_a_task_fails_is_carried_out_by_the_restart() -> None:
    job = running(OFTEN)
    job.ask("stop", "file:/s", StopMode.SUSPEND)
    job.acknowledge(1)
    assert job.coordinator.concerns_all
    job.suspend()
    assert job.stored(1) == []
    latest = job.coordinator.latest
    assert latest is not None and latest.metadata.stop
    assert job_failures(job.running()) == []
    assert [t.stop for t in triggers(job.all_input_ended())] == [True]
    job.complete(2)
    job.end(JobStatus.FINISHED)
    assert (job.outcome("stop").status, job.outcome("stop").location) == (RequestStatus.COMPLETED, "file:/s")


def test_a_savepoint_that_decided_a_stop_is_forgotten_when_a_checkpoint_replaces_it() -> None:
    job = CoordinatedJob(OFTEN, restored=[completed(1, job_id()), completed(2, job_id(), savepoint=True, stop=True)])
    job.running()
    job.all_input_ended()
    effects = job.complete(3)
    assert [d.checkpoint.id for d in of(DiscardCheckpoint, effects)] == [1, 2]


def test_who_stops_a_job_that_is_cancelled_meanwhile_hears_where_the_savepoint_is() -> None:
    job = running()
    job.ask("stop", "file:/s", StopMode.SUSPEND)
    job.acknowledge(1)
    job.suspend("the job was cancelled")
    job.end(JobStatus.CANCELED)
    job.stored(1)
    assert job.outcome("stop").error == "the savepoint 'file:/s' is complete, but the job is CANCELED"


def test_a_job_started_from_the_savepoint_another_one_stopped_with_runs_on() -> None:
    job = CoordinatedJob(OFTEN, savepoint=completed(9, job_id(2), savepoint=True, stop=True))
    assert job_failures(job.running()) == []
    assert triggered(job.at(100)) == [10]


def test_the_last_checkpoint_comes_after_a_savepoint_that_is_under_way() -> None:
    job = running(OFTEN)
    job.ask(savepoint="file:/s")
    assert job.all_input_ended() == []
    assert [t.stop for t in triggers(job.complete(1))] == [True]


def test_only_the_latest_outcomes_are_remembered() -> None:
    job = CoordinatedJob(NEVER)
    for number in range(150):
        job.ask(str(number))
    assert list(job.coordinator.view().requests) == [str(number) for number in range(50, 150)]
