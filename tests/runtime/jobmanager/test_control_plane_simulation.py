"""The control plane under random schedules: late, repeated and contradictory reports, lost TaskManagers, cancels."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from control_plane_jobs import job_id, three_step_job

from sqlstream.runtime.deployment import ExecutionId, ExecutionState, JobStatus, TaskMetrics, TaskStateChanged
from sqlstream.runtime.jobmanager.dispatcher import Dispatcher
from sqlstream.runtime.jobmanager.messages import (
    Action,
    CancelJob,
    CancelTask,
    DeploymentFailed,
    DeployTask,
    Event,
    RegisterTaskManager,
    ReleaseJob,
    SubmitJob,
    Tick,
)
from sqlstream.runtime.protocol import Deregistration, ExecutionMetrics, Heartbeat, TaskManagerInfo

TIMEOUT = 1_000
ENDS = (ExecutionState.FINISHED, ExecutionState.FINISHED, ExecutionState.FINISHED, ExecutionState.FAILED)


class World:
    """Simulated TaskManagers around one Dispatcher; every choice comes from the seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = 0
        self.dispatcher = Dispatcher(heartbeat_timeout=TIMEOUT, slot_request_timeout=TIMEOUT, job_expiration=10**9)
        self.alive: dict[str, dict[ExecutionId, ExecutionState]] = {}
        self.deployed: Counter[ExecutionId] = Counter()
        self.old_reports: list[tuple[str, TaskStateChanged]] = []
        self.terminal: dict[str, JobStatus] = {}
        self.jobs = 0
        self.started = 0

    def send(self, event: Event) -> None:
        for action in self.dispatcher.handle(event, self.now):
            self.carry_out(action)
        self.check()

    def carry_out(self, action: Action) -> None:
        if isinstance(action, DeployTask):
            execution = action.deployment.execution
            self.deployed[execution] += 1
            tasks = self.alive.get(action.task_manager_id)
            if tasks is None or self.random.random() < 0.02:
                self.old_reports.append(("", TaskStateChanged(execution, ExecutionState.FAILED, "undeliverable")))
            else:
                tasks[execution] = ExecutionState.INITIALIZING
        elif isinstance(action, CancelTask) and action.task_manager_id in self.alive and self.random.random() < 0.8:
            self.cancelled(action.task_manager_id, action.execution)
        elif isinstance(action, ReleaseJob):
            running = self.alive.get(action.task_manager_id, {})
            assert not [id_ for id_, state in running.items() if id_.job_id == action.job_id and not state.is_terminal]

    def cancelled(self, manager: str, execution: ExecutionId) -> None:
        if execution in self.alive[manager] and not self.alive[manager][execution].is_terminal:
            self.alive[manager][execution] = ExecutionState.CANCELED

    def check(self) -> None:
        assert all(count == 1 for count in self.deployed.values()), "a task was deployed twice in an attempt"
        for view in self.dispatcher.task_managers():
            assert len(view.allocated) <= view.info.slots
        for job in self.dispatcher.jobs():
            ended = self.terminal.get(job.graph.job_id)
            assert ended is None or ended is job.status, "a final state changed"
            if job.status.is_terminal:
                self.terminal[job.graph.job_id] = job.status
                assert all(task.state.is_terminal for vertex in job.vertices for task in vertex.tasks)
                assert (job.cause is not None) or job.status is not JobStatus.FAILED
            elif job.status is JobStatus.RUNNING:
                assert not any(t.state is ExecutionState.FAILED for v in job.vertices for t in v.tasks)

    def heartbeat(self, manager: str, reports: list[TaskStateChanged]) -> None:
        tasks = self.alive[manager]
        metrics = tuple(ExecutionMetrics(id_, TaskMetrics()) for id_, state in tasks.items() if not state.is_terminal)
        beat = Heartbeat(manager, tuple(reports), metrics)
        self.old_reports.extend((manager, report) for report in reports)
        self.send(beat)
        reply = self.dispatcher.reply_to(beat)
        for id_ in list(tasks) if not reply.known else reply.cancel:
            self.cancelled(manager, id_)
        if not reply.known:
            self.restart(manager)

    def restart(self, manager: str) -> None:
        del self.alive[manager]
        self.start_manager()

    def start_manager(self) -> None:
        self.started += 1
        name = f"tm-{self.started}"
        self.alive[name] = {}
        self.send(RegisterTaskManager(TaskManagerInfo(name, f"host:{self.started}", self.random.randint(1, 3))))

    def progress(self, manager: str) -> list[TaskStateChanged]:
        """Some tasks of a TaskManager move on; what they report."""
        reports = []
        for id_, state in list(self.alive[manager].items()):
            if state is ExecutionState.INITIALIZING and self.random.random() < 0.7:
                self.alive[manager][id_] = ExecutionState.RUNNING
            elif state is ExecutionState.RUNNING and self.random.random() < 0.3:
                self.alive[manager][id_] = self.random.choice(ENDS)
            reports.append(TaskStateChanged(id_, self.alive[manager][id_], "boom"))
        self.random.shuffle(reports)
        return reports

    def step(self) -> None:
        self.now += self.random.randint(0, 200)
        choice = self.random.random()
        manager = self.random.choice(list(self.alive)) if self.alive else None
        if choice < 0.08 and self.jobs < 6:
            self.jobs += 1
            self.send(SubmitJob(three_step_job(self.jobs, self.random.randint(1, 3))))
            self.send(SubmitJob(three_step_job(self.jobs, 1)))
        elif choice < 0.16 or manager is None:
            if len(self.alive) < 4:
                self.start_manager()
        elif choice < 0.19:
            del self.alive[manager]
        elif choice < 0.21:
            del self.alive[manager]
            self.send(Deregistration(manager, "it was stopped"))
        elif choice < 0.24 and self.jobs:
            self.send(CancelJob(job_id(self.random.randint(1, self.jobs))))
        elif choice < 0.34 and self.old_reports:
            sender, report = self.random.choice(self.old_reports)
            if sender:
                self.send(Heartbeat(sender, (report,)))
            else:
                self.send(DeploymentFailed(report.execution, "undeliverable"))
        elif choice < 0.5:
            self.send(Tick())
        else:
            self.heartbeat(manager, self.progress(manager))

    def settle(self) -> None:
        """From here on nothing goes wrong any more: every TaskManager lives and every task ends."""
        for _ in range(200):
            if len(self.terminal) == self.jobs:
                return
            self.now += TIMEOUT // 10
            for _sender, report in [entry for entry in self.old_reports if not entry[0]]:
                self.send(DeploymentFailed(report.execution, report.error or ""))
            for manager in list(self.alive):
                self.heartbeat(manager, self.progress(manager))
            self.send(Tick())


@pytest.mark.parametrize("seed", range(40))
def test_any_schedule_keeps_the_promises_and_every_job_ends(seed: int) -> None:
    world = World(seed)
    for _ in range(150):
        world.step()
    world.settle()
    assert len(world.terminal) == world.jobs
    assert all(not view.allocated for view in world.dispatcher.task_managers())


def test_a_schedule_is_reproducible_from_its_seed() -> None:
    def run() -> dict[str, JobStatus]:
        world = World(7)
        for _ in range(150):
            world.step()
        return world.terminal

    assert run() == run()
