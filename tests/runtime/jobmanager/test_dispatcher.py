"""The control plane behind its one method: who is heard, who is told to stop, and what outlives a failure."""

from __future__ import annotations

import msgspec
from control_plane_jobs import job_id, select_job, three_step_job
from coordinated_job import completed
from driven_job import exchanging_job, with_options

from sqlstream.runtime.deployment import ExecutionId, ExecutionState, JobStatus, TaskMetrics, TaskStateChanged
from sqlstream.runtime.jobmanager.dispatcher import Dispatcher
from sqlstream.runtime.jobmanager.messages import (
    Action,
    CancelJob,
    CancelTask,
    ClientHeartbeat,
    DeployTask,
    Event,
    ForgetTaskManager,
    RecoverJob,
    RegisterTaskManager,
    ReleaseResults,
    SubmitJob,
    SuspendJobs,
    TaskManagerUnreachable,
    Tick,
    TriggerCheckpoint,
)
from sqlstream.runtime.protocol import Deregistration, ExecutionMetrics, Heartbeat, HeartbeatReply, TaskManagerInfo


class Cluster:
    """A Dispatcher, its TaskManagers' voices, and a clock that moves by hand."""

    def __init__(self, epoch: int = 0) -> None:
        self.now = 0
        self.dispatcher = Dispatcher(
            heartbeat_timeout=3_000, slot_request_timeout=10_000, cancellation_timeout=20_000, epoch=epoch
        )

    def send(self, event: Event) -> list[Action]:
        return self.dispatcher.handle(event, self.now)

    def register(self, number: int, slots: int = 2) -> list[ExecutionId]:
        return _deployed(self.send(RegisterTaskManager(TaskManagerInfo(f"tm-{number}", f"host:{number}", slots))))

    def heartbeat(
        self, number: int, *reports: TaskStateChanged, running: tuple[ExecutionId, ...] = ()
    ) -> HeartbeatReply:
        metrics = tuple(ExecutionMetrics(id_, TaskMetrics()) for id_ in running)
        beat = Heartbeat(f"tm-{number}", reports, metrics)
        self.send(beat)
        return self.dispatcher.reply_to(beat)

    def status(self) -> JobStatus:
        return self.dispatcher.statuses()[job_id()]

    def restarts(self) -> int:
        view = self.dispatcher.job(job_id())
        assert view is not None
        return view.restarts

    def advance(self, milliseconds: int) -> list[Action]:
        self.now += milliseconds
        return self.send(Tick())


def _deployed(actions: list[Action]) -> list[ExecutionId]:
    return [action.deployment.execution for action in actions if isinstance(action, DeployTask)]


def _cancelled(actions: list[Action]) -> list[ExecutionId]:
    return [action.execution for action in actions if isinstance(action, CancelTask)]


def _is(state: ExecutionState, *executions: ExecutionId) -> tuple[TaskStateChanged, ...]:
    return tuple(TaskStateChanged(id_, state) for id_ in executions)


def running_job() -> tuple[Cluster, list[ExecutionId], list[ExecutionId]]:
    """Its tasks on tm-1 and on tm-2, one slot each."""
    cluster = Cluster()
    for number in (1, 2):
        cluster.register(number, slots=1)
    actions = cluster.send(SubmitJob(exchanging_job()))
    on = {
        number: [
            action.deployment.execution
            for action in actions
            if isinstance(action, DeployTask) and action.task_manager_id == f"tm-{number}"
        ]
        for number in (1, 2)
    }
    for number in (1, 2):
        cluster.heartbeat(number, *_is(ExecutionState.RUNNING, *on[number]))
    return cluster, on[1], on[2]


def test_a_task_manager_nobody_knows_is_told_so_and_its_reports_are_not_heard() -> None:
    cluster, first, _ = running_job()
    reply = cluster.heartbeat(9, *_is(ExecutionState.FAILED, *first), running=tuple(first))
    assert reply == HeartbeatReply(known=False)
    assert cluster.status() is JobStatus.RUNNING


def test_what_runs_and_should_not_is_cancelled_with_the_answer() -> None:
    cluster, first, _ = running_job()
    own = first[0]
    zombies = (
        ExecutionId(own.job_id, own.vertex_id, own.subtask, attempt=7),
        ExecutionId(own.job_id, own.vertex_id, own.subtask, own.attempt, epoch=3),
        ExecutionId("another job", own.vertex_id, own.subtask, own.attempt),
    )
    assert cluster.heartbeat(1, running=(own, *zombies)) == HeartbeatReply(known=True, cancel=zombies)


def test_a_task_that_has_not_heard_of_its_cancellation_hears_of_it_with_the_answer() -> None:
    cluster, first, second = running_job()
    cluster.heartbeat(1, *_is(ExecutionState.FAILED, first[0]))
    assert cluster.heartbeat(2, running=tuple(second)).cancel == tuple(second)


def test_a_new_task_manager_takes_the_place_of_a_lost_one() -> None:
    cluster, first, _ = running_job()
    lost = cluster.send(Deregistration("tm-2", "it was stopped"))
    assert ForgetTaskManager("tm-2") in lost
    assert set(_cancelled(lost)) == set(first)
    cluster.heartbeat(1, *_is(ExecutionState.CANCELED, *first))
    assert _deployed(cluster.advance(1_000)) == []
    cluster.heartbeat(1)
    assert len(cluster.register(3, slots=1)) == 4
    assert cluster.status() is JobStatus.RUNNING
    assert cluster.restarts() == 1


def test_a_task_manager_that_starts_over_is_lost_and_used_again() -> None:
    cluster, first, _ = running_job()
    cluster.send(RegisterTaskManager(TaskManagerInfo("tm-2-anew", "host:2", 1)))
    cluster.send(RegisterTaskManager(TaskManagerInfo("tm-2-anew", "host:2", 1)))
    assert cluster.restarts() == 1
    cluster.heartbeat(1, *_is(ExecutionState.CANCELED, *first))
    actions = cluster.advance(1_000)
    assert {action.task_manager_id for action in actions if isinstance(action, DeployTask)} == {"tm-1", "tm-2-anew"}


def test_a_task_manager_that_does_not_answer_is_lost_before_its_heartbeat_is_missed() -> None:
    cluster, first, _ = running_job()
    actions = cluster.send(TaskManagerUnreachable("tm-2", "The TaskManager does not answer."))
    assert ForgetTaskManager("tm-2") in actions
    assert set(_cancelled(actions)) == set(first)
    assert cluster.send(TaskManagerUnreachable("tm-2", "The TaskManager does not answer.")) == []


def test_a_task_manager_whose_tasks_do_not_stop_is_given_up() -> None:
    cluster, first, second = running_job()
    cluster.heartbeat(1, *_is(ExecutionState.FAILED, first[0]))
    cluster.heartbeat(1, *_is(ExecutionState.CANCELED, first[1]))
    actions: list[Action] = []
    for _ in range(20):
        actions += cluster.advance(1_000)
        cluster.heartbeat(1)
        known = cluster.heartbeat(2, running=tuple(second)).known
    assert ForgetTaskManager("tm-2") in actions
    assert not known


def test_ticks_are_never_due_in_the_past() -> None:
    cluster, first, second = running_job()
    cluster.heartbeat(1, *_is(ExecutionState.FAILED, first[0]))
    cluster.heartbeat(1, *_is(ExecutionState.CANCELED, first[1]))
    for step in range(60):
        deadline = cluster.dispatcher.next_deadline()
        assert deadline is None or deadline > cluster.now - 1
        cluster.advance(0 if deadline is None else deadline - cluster.now)
        after = cluster.dispatcher.next_deadline()
        assert after is None or after > cluster.now
        if step % 3 == 0:
            cluster.heartbeat(1)
            cluster.heartbeat(2, running=tuple(second))


def test_a_recovered_job_is_deployed_as_soon_as_task_managers_register() -> None:
    cluster = Cluster(epoch=4)
    cluster.send(RecoverJob(exchanging_job(), ()))
    cluster.advance(60_000)
    assert cluster.register(1, slots=1) == []
    executions = cluster.register(2, slots=1)
    assert len(executions) == 4
    assert {id_.epoch for id_ in executions} == {4}


def test_the_id_of_a_checkpoint_that_could_not_be_read_is_not_given_to_another_one() -> None:
    cluster = Cluster(epoch=4)
    graph = with_options(exchanging_job(), **{"execution.checkpointing.interval": "1 s"})
    cluster.send(RecoverJob(graph, (completed(8, graph.job_id),), highest_checkpoint=10))
    executions = cluster.register(1)
    cluster.heartbeat(1, *_is(ExecutionState.RUNNING, *executions))
    triggers = [action.trigger for action in cluster.advance(1_000) if isinstance(action, TriggerCheckpoint)]
    assert {trigger.checkpoint_id for trigger in triggers} == {11}


def test_suspended_jobs_stop_and_stay() -> None:
    cluster, first, second = running_job()
    assert sorted(map(str, _cancelled(cluster.send(SuspendJobs())))) == sorted(map(str, first + second))
    cluster.heartbeat(1, *_is(ExecutionState.CANCELED, *first))
    assert cluster.status() is JobStatus.SUSPENDED
    assert cluster.register(3) == []


def test_of_many_ended_jobs_the_oldest_are_forgotten_but_no_result_that_is_waited_for() -> None:
    dispatcher = Dispatcher(heartbeat_timeout=3_000, slot_request_timeout=10_000, job_capacity=2)
    inserts = [msgspec.structs.replace(three_step_job(), job_id=f"{number:032x}") for number in range(3)]
    select = msgspec.structs.replace(select_job(rows=1), job_id=f"{9:032x}")
    for now, graph in enumerate([select, *inserts]):
        dispatcher.handle(SubmitJob(graph), now)
        dispatcher.handle(CancelJob(graph.job_id), now)
    assert set(dispatcher.statuses()) == {select.job_id, inserts[2].job_id}
    dispatcher.handle(ReleaseResults(select.job_id), 5)
    dispatcher.handle(SubmitJob(inserts[0]), 6)
    dispatcher.handle(CancelJob(inserts[0].job_id), 6)
    assert set(dispatcher.statuses()) == {inserts[2].job_id, inserts[0].job_id}
    assert dispatcher.live_statuses() == {}


def test_a_job_is_cancelled_when_its_client_says_nothing_any_more() -> None:
    cluster = Cluster()
    cluster.register(1)
    executions = _deployed(cluster.send(SubmitJob(three_step_job())))
    cluster.send(ClientHeartbeat(job_id(), 1_000))
    assert cluster.dispatcher.next_deadline() == 1_000
    cluster.now = 900
    cluster.send(ClientHeartbeat(job_id(), 2_000))
    assert _cancelled(cluster.advance(200)) == []
    assert set(_cancelled(cluster.advance(900))) == set(executions)
    assert cluster.status() is JobStatus.CANCELLING


def test_a_client_of_a_job_that_has_ended_is_not_waited_for() -> None:
    cluster = Cluster()
    cluster.register(1)
    executions = _deployed(cluster.send(SubmitJob(three_step_job())))
    cluster.send(ClientHeartbeat(job_id(), 1_000))
    cluster.heartbeat(1, *_is(ExecutionState.FINISHED, *executions))
    assert cluster.status() is JobStatus.FINISHED
    cluster.send(ClientHeartbeat(job_id(), 1_500))
    cluster.send(ClientHeartbeat("f" * 32, 1_500))
    cluster.advance(2_000)
    assert cluster.status() is JobStatus.FINISHED
