"""The TaskManager's side of the conversation, with a JobManager that fails on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from control_plane_jobs import job_id, select_job

from sqlstream.errors import ClusterError
from sqlstream.runtime.deployment import (
    CheckpointAcknowledged,
    ExecutionId,
    ExecutionState,
    TaskDeployment,
    TaskMetrics,
    TaskStateChanged,
)
from sqlstream.runtime.jobmanager.messages import Slot
from sqlstream.runtime.jobmanager.task_deployments import all_executions, task_deployments
from sqlstream.runtime.protocol import Deregistration, Heartbeat, HeartbeatReply, Registration, TaskManagerInfo
from sqlstream.runtime.rpc.unreachable import UnreachableError
from sqlstream.runtime.taskmanager.session import JobManagerSession

DEPLOYMENT: TaskDeployment = next(
    task_deployments(select_job(), (Slot("tm", "host:1", 0),), all_executions(select_job()))
)[1]
RUNNING = TaskStateChanged(DEPLOYMENT.execution, ExecutionState.RUNNING)
FINISHED = TaskStateChanged(DEPLOYMENT.execution, ExecutionState.FINISHED)


class ScriptedJobManager:
    """Answers each heartbeat by the next of ``answers``, then with all well; remembers everything."""

    def __init__(self, *answers: Callable[[], HeartbeatReply]) -> None:
        self.answers = list(answers)
        self.registered: list[str] = []
        self.reports: list[TaskStateChanged] = []
        self.heartbeats = 0
        self.goodbye: Deregistration | None = None
        self.changed = threading.Condition()

    def register(self, info: TaskManagerInfo) -> Registration:
        with self.changed:
            self.registered.append(info.id)
            self.changed.notify_all()
        return Registration(heartbeat_interval=1, heartbeat_timeout=60_000)

    def heartbeat(self, heartbeat: Heartbeat) -> HeartbeatReply:
        with self.changed:
            self.heartbeats += 1
            answer = self.answers.pop(0) if self.answers else well
            reply = answer()
            self.reports.extend(heartbeat.reports)
            self.changed.notify_all()
            return reply

    def deregister(self, deregistration: Deregistration) -> None:
        self.goodbye = deregistration

    def await_(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, timeout=10)


class Tasks:
    def __init__(self) -> None:
        self.deployed: list[ExecutionId] = []
        self.cancelled: list[ExecutionId] = []
        self.released: list[str] = []
        self.on_cancel: Callable[[ExecutionId], None] = lambda _: None

    def deploy(self, deployment: TaskDeployment) -> None:
        self.deployed.append(deployment.execution)

    def cancel(self, execution: ExecutionId) -> None:
        self.cancelled.append(execution)
        self.on_cancel(execution)

    def metrics(self) -> dict[ExecutionId, TaskMetrics]:
        return {}

    def release(self, job_id: str) -> None:
        self.released.append(job_id)


def well() -> HeartbeatReply:
    return HeartbeatReply(known=True)


def unreachable() -> HeartbeatReply:
    raise UnreachableError("The JobManager does not answer.")


def unknown() -> HeartbeatReply:
    return HeartbeatReply(known=False)


class Conversation:
    """A session that runs in a thread until the block is left."""

    def __init__(self, manager: ScriptedJobManager) -> None:
        self.manager = manager
        self.tasks = Tasks()
        self.session = JobManagerSession(
            manager, lambda suffix: TaskManagerInfo(f"host:1-{suffix}", "host:1", 1), lambda: self.tasks, 10
        )
        self.tasks.on_cancel = lambda id_: self.session.report(TaskStateChanged(id_, ExecutionState.CANCELED))
        self.thread = threading.Thread(target=self.session.run, args=(lambda _: None,))

    def __enter__(self) -> Conversation:
        self.thread.start()
        self.manager.await_(lambda: self.manager.heartbeats > 0)
        return self

    def __exit__(self, *_: object) -> None:
        self.session.stop()
        self.thread.join(10)
        assert not self.thread.is_alive()


def test_reports_arrive_once_and_in_order() -> None:
    manager = ScriptedJobManager()
    with Conversation(manager) as talk:
        talk.session.report(RUNNING)
        talk.session.report(FINISHED)
        manager.await_(lambda: len(manager.reports) >= 2)
        seen = manager.heartbeats
        manager.await_(lambda: manager.heartbeats > seen + 1)
    assert manager.reports == [RUNNING, FINISHED]


def test_a_report_is_repeated_until_it_has_been_answered() -> None:
    manager = ScriptedJobManager(well, unreachable, unreachable)
    with Conversation(manager) as talk:
        talk.session.report(RUNNING)
        manager.await_(lambda: RUNNING in manager.reports)
    assert manager.reports == [RUNNING]


def test_a_task_deployed_twice_runs_once() -> None:
    with Conversation(ScriptedJobManager()) as talk:
        talk.session.deploy(DEPLOYMENT)
        talk.session.deploy(DEPLOYMENT)
        assert talk.tasks.deployed == [DEPLOYMENT.execution]


def test_a_forgotten_task_manager_cancels_everything_and_registers_under_another_id() -> None:
    manager = ScriptedJobManager()
    with Conversation(manager) as talk:
        talk.session.deploy(DEPLOYMENT)
        with manager.changed:
            manager.answers.append(unknown)
        manager.await_(lambda: len(manager.registered) == 2)
        assert talk.tasks.cancelled == [DEPLOYMENT.execution]
        assert talk.tasks.released == [job_id()]
    assert len(set(manager.registered)) == 2


def test_executions_the_jobmanager_does_not_want_are_cancelled() -> None:
    manager = ScriptedJobManager(lambda: HeartbeatReply(known=True, cancel=(DEPLOYMENT.execution,)))
    with Conversation(manager) as talk:
        manager.await_(lambda: manager.heartbeats > 1)
        assert talk.tasks.cancelled == [DEPLOYMENT.execution]


def test_a_task_manager_that_stops_says_goodbye() -> None:
    manager = ScriptedJobManager()
    with Conversation(manager):
        pass
    assert manager.goodbye == Deregistration(manager.registered[0], "it was stopped")


def test_a_jobmanager_that_is_not_ready_yet_is_asked_again() -> None:
    class Starting(ScriptedJobManager):
        def register(self, info: TaskManagerInfo) -> Registration:
            if not self.registered:
                self.registered.append("refused")
                raise ClusterError("The JobManager refused 'register'.")
            return super().register(info)

    manager = Starting()
    with Conversation(manager):
        assert len(manager.registered) == 2


def test_reports_of_what_was_given_up_are_not_told_to_the_next_jobmanager() -> None:
    def crash() -> HeartbeatReply:
        talk.session.report(CheckpointAcknowledged(DEPLOYMENT.execution, 1, {}))
        return HeartbeatReply(known=False)

    manager = ScriptedJobManager()
    with Conversation(manager) as talk:
        talk.session.deploy(DEPLOYMENT)
        with manager.changed:
            manager.answers.append(crash)
        manager.await_(lambda: len(manager.registered) == 2)
        seen = manager.heartbeats
        manager.await_(lambda: manager.heartbeats > seen + 1)
    assert manager.reports == []


def test_without_a_jobmanager_registration_gives_up_with_a_hint() -> None:
    class Nobody(ScriptedJobManager):
        def register(self, info: TaskManagerInfo) -> Registration:
            raise UnreachableError("The JobManager at host:6123 does not answer.")

    session = JobManagerSession(Nobody(), lambda suffix: TaskManagerInfo(suffix, "host:1", 1), Tasks, 0)
    with pytest.raises(ClusterError, match=r"host:6123 does not answer. Gave up after 0 s") as caught:
        session.run(lambda _: None)
    assert "sqlstream jobmanager start" in (caught.value.hint or "")
