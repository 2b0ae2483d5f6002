"""The control plane with its shell: submissions, waiting, embedded clusters."""

from __future__ import annotations

import threading

import pytest
from control_plane_jobs import ScriptedExecutor, job_id, scripted, select_job, three_step_job

from sqlstream.config.configuration import Configuration
from sqlstream.errors import ClusterError
from sqlstream.runtime.deployment import ExecutionState, JobStatus, TaskDeployment
from sqlstream.runtime.jobmanager.dispatcher import Dispatcher
from sqlstream.runtime.jobmanager.messages import SubmitJob, Tick
from sqlstream.runtime.minicluster import MiniCluster


def cluster(**options: object) -> tuple[MiniCluster, ScriptedExecutor]:
    made, factory = scripted(**options)
    mini = MiniCluster(Configuration(), factory)
    return mini, made[0]


def test_a_job_runs_to_its_end_and_is_then_forgotten_by_its_task_manager() -> None:
    mini, executor = cluster(finish=True)
    mini.job_manager.submit(three_step_job())
    view = mini.job_manager.await_job(job_id(), lambda job: job.status.is_terminal, timeout=10)
    assert view.status is JobStatus.FINISHED
    assert len(executor.deployed) == 5
    assert executor.release_called.wait(10)
    mini.close()
    assert executor.closed


def test_rows_not_read_yet_are_kept_until_they_are_released() -> None:
    mini, executor = cluster(finish=True)
    mini.job_manager.submit(select_job())
    mini.job_manager.await_job(job_id(), lambda job: job.status.is_terminal, timeout=10)
    assert executor.released == []
    mini.job_manager.release_results(job_id())
    assert executor.release_called.wait(10)
    mini.close()


def test_rows_nobody_wants_any_more_go_with_their_job() -> None:
    mini, executor = cluster(expected=2)
    mini.job_manager.submit(select_job())
    assert executor.all_deployed.wait(10)
    mini.job_manager.release_results(job_id())
    assert executor.released == []
    mini.job_manager.cancel(job_id())
    assert executor.release_called.wait(10)
    mini.close()


def test_an_ended_job_is_forgotten_after_its_time() -> None:
    dispatcher = Dispatcher(heartbeat_timeout=None, slot_request_timeout=10, job_expiration=1_000)
    dispatcher.handle(SubmitJob(three_step_job()), 0)
    dispatcher.handle(Tick(), 10)
    assert dispatcher.next_deadline() == 1_010
    assert dispatcher.job(job_id()) is not None
    dispatcher.handle(Tick(), 1_010)
    assert dispatcher.job(job_id()) is None


def test_a_task_manager_that_refuses_a_task_fails_the_job_with_its_reason() -> None:
    class Refusing(ScriptedExecutor):
        def deploy(self, deployment: TaskDeployment) -> None:
            raise ClusterError("out of memory")

    mini = MiniCluster(Configuration(), Refusing)
    mini.job_manager.submit(three_step_job())
    view = mini.job_manager.await_job(job_id(), lambda job: job.status.is_terminal, timeout=10)
    assert view.failure_message.endswith("out of memory")
    mini.close()


def test_two_jobs_may_not_have_the_same_id() -> None:
    mini, _ = cluster()
    mini.job_manager.submit(three_step_job())
    with pytest.raises(ClusterError, match="submitted already"):
        mini.job_manager.submit(three_step_job())
    mini.close()


def test_a_running_job_can_be_cancelled_and_an_ended_one_cannot() -> None:
    mini, _ = cluster()
    mini.job_manager.submit(three_step_job())
    mini.job_manager.cancel(job_id())
    view = mini.job_manager.await_job(job_id(), lambda job: job.status.is_terminal, timeout=10)
    assert view.status is JobStatus.CANCELED
    mini.job_manager.cancel(job_id())
    mini.close()
    mini, _ = cluster(finish=True)
    mini.job_manager.submit(three_step_job())
    mini.job_manager.await_job(job_id(), lambda job: job.status.is_terminal, timeout=10)
    with pytest.raises(ClusterError, match="terminal state FINISHED"):
        mini.job_manager.cancel(job_id())
    mini.close()


def test_an_unknown_job_is_said_to_be_unknown() -> None:
    mini, _ = cluster()
    with pytest.raises(ClusterError, match="There is no job"):
        mini.job_manager.job(job_id())
    mini.close()


def test_waiting_gives_up_after_its_timeout() -> None:
    mini, _ = cluster()
    mini.job_manager.submit(three_step_job())
    assert mini.job_manager.await_job(job_id(), lambda _: False, timeout=0).status is JobStatus.RUNNING
    mini.close()


def test_a_listener_hears_of_changes_until_it_is_removed() -> None:
    mini, _ = cluster()
    heard = threading.Event()
    mini.job_manager.add_listener(heard.set)
    mini.job_manager.submit(three_step_job())
    assert heard.is_set()
    mini.job_manager.remove_listener(heard.set)
    mini.close()


def test_the_cause_of_a_failure_reaches_those_who_wait() -> None:
    mini, executor = cluster()
    mini.job_manager.submit(three_step_job())
    mini.job_manager.await_job(job_id(), lambda _: len(executor.deployed) == 5, timeout=10)
    executor.end(next(iter(executor.deployed)), ExecutionState.FAILED, "boom")
    view = mini.job_manager.await_job(job_id(), lambda job: job.status.is_terminal, timeout=10)
    assert view.failure_message.endswith("failed: boom")
    mini.close()
