"""Whatever happens in whatever order, the coordinator keeps its invariants."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import pytest
from control_plane_jobs import edge, job_id, passes, values, vertex
from coordinated_job import CoordinatedJob, of

from sqlstream.plan.jobgraph import Forward, JobGraph, JobMode
from sqlstream.runtime.deployment import CheckpointAcknowledged, CheckpointDeclined, ExecutionId, JobStatus
from sqlstream.runtime.jobmanager.checkpoint_coordinator import TaskLocation
from sqlstream.runtime.jobmanager.checkpoint_settings import CheckpointSettings
from sqlstream.runtime.jobmanager.checkpoint_statistics import RequestStatus
from sqlstream.runtime.jobmanager.messages import (
    CheckpointEffect,
    CheckpointNotStored,
    CheckpointStored,
    CheckpointTriggerFailed,
    DiscardCheckpoint,
    FailJob,
    ForgetJob,
    NotifyCheckpointAborted,
    NotifyCheckpointComplete,
    StopMode,
    StoreCheckpoint,
    TriggerCheckpoint,
    TriggerSnapshot,
)
from sqlstream.state.handles import ChunkHandle, CompletedCheckpoint, OperatorHandle, SnapshotKind

GRAPH = JobGraph(
    job_id(),
    "job",
    JobMode.STREAMING,
    (vertex("source", 2, values()), vertex("sink", 2, passes())),
    (edge("source", "sink", Forward()),),
)
"""Two regions: a failure restarts one of them, or both."""
REGIONS = tuple((("source", i), ("sink", i)) for i in range(2))


@dataclass
class ModelTask:
    """``chunks`` are what its state consists of: its next snapshot refers to them all."""

    execution: ExecutionId
    chunks: list[str] = field(default_factory=list)
    ended: bool = False


class World:
    """A job's tasks and storage, which do at random what they may do; every effect is checked as it comes."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.settings = CheckpointSettings(
            interval=self.random.choice([None, 50, 100]),
            timeout=400,
            min_pause=self.random.choice([0, 30]),
            max_concurrent=self.random.choice([1, 2, 3]),
            tolerable_failures=self.random.choice([0, 2, 100]),
            num_retained=self.random.choice([1, 2, 3]),
        )
        self.job = CoordinatedJob(self.settings, graph=GRAPH)
        self.coordinator = self.job.coordinator
        self.now = 0
        self.attempt = 0
        self.tasks: dict[tuple[str, int], ModelTask] = {}
        self.alive = False
        self.files: set[str] = set()
        self.discarded: set[str] = set()
        self.begun: dict[int, list[TriggerCheckpoint]] = {}
        self.participants: dict[int, set[ExecutionId]] = {}
        self.acknowledged: dict[int, set[ExecutionId]] = {}
        self.in_flight: list[CheckpointAcknowledged | CheckpointDeclined] = []
        self.orders: list[StoreCheckpoint] = []
        self.answers: list[CheckpointStored | CheckpointNotStored] = []
        self.stored: dict[int, CompletedCheckpoint] = {}
        self.order: list[int] = []
        self.committed_up_to: dict[int, int] = {}
        self.requests: dict[str, list[RequestStatus]] = {}
        self.job_failed = False
        self.ended = False
        self.restart([0, 1])

    # What happens

    def step(self) -> None:
        choices = {
            self.let_time_pass: 6,
            self.deliver: 12,
            self.write: 4,
            self.store: 4,
            self.answer: 4,
            self.ask: 1,
            self.end_input: 1,
            self.fail_trigger: 0.3,
            self.fail_region: 0.5,
            self.find_unreadable: 0.1,
        }
        self.random.choices(list(choices), list(choices.values()))[0]()
        if self.job_failed and not self.ended:
            self.job_failed = False
            self.suspend_and_restart([0, 1])
        self.check_requests()
        deadline = self.coordinator.next_deadline()
        assert deadline is None or not self.ended, "an ended job has nothing to wait for"

    def let_time_pass(self) -> None:
        self.now += self.random.choice([1, 10, 50, 200])
        self.carry_out(self.coordinator.tick(self.now))
        deadline = self.coordinator.next_deadline()
        assert deadline is None or deadline > self.now, "what is due is done by the tick"

    def deliver(self) -> None:
        if not self.in_flight:
            return
        report = self.in_flight[self.random.randrange(len(self.in_flight))]
        if self.random.random() < 0.8:
            self.in_flight.remove(report)
        if isinstance(report, CheckpointAcknowledged):
            self.acknowledged.setdefault(report.checkpoint_id, set()).add(report.execution)
            self.carry_out(self.coordinator.acknowledged(report, self.now))
        else:
            self.carry_out(self.coordinator.declined(report, self.now))

    def write(self) -> None:
        for task in self.tasks.values():
            if self.random.random() < 0.5:
                task.chunks = [c for c in task.chunks if self.random.random() < 0.8]
                name = f"{task.execution.vertex_id}-{task.execution.subtask}-{task.execution.attempt}-{self.now}"
                task.chunks.append(f"{name}-{self.random.random()}")

    def store(self) -> None:
        if not self.orders:
            return
        order = self.orders.pop(0)
        number = order.metadata.checkpoint_id
        if self.random.random() < 0.1:
            self.answers.append(CheckpointNotStored(GRAPH.job_id, number, "the disk is full"))
            return
        checkpoint = CompletedCheckpoint(order.savepoint or f"mem:/chk-{number}", "mem:/shared", order.metadata)
        self.stored[number] = checkpoint
        self.answers.append(CheckpointStored(GRAPH.job_id, checkpoint))

    def answer(self) -> None:
        if not self.answers:
            return
        answer = self.answers.pop(0)
        if isinstance(answer, CheckpointNotStored):
            self.carry_out(self.coordinator.not_stored(answer, self.now))
            return
        metadata = answer.checkpoint.metadata
        if metadata.kind is SnapshotKind.CHECKPOINT or metadata.stop:
            self.order.append(answer.checkpoint.id)
            own = [number for number in self.order if self.stored[number].metadata.kind is SnapshotKind.CHECKPOINT]
            if own:
                self.order = [number for number in self.order if number >= own[-self.settings.num_retained :][0]]
        self.carry_out(self.coordinator.stored(answer, self.now))

    def ask(self) -> None:
        request_id = str(len(self.requests))
        self.requests[request_id] = []
        stop = self.random.choice([None, None, None, StopMode.SUSPEND, StopMode.DRAIN])
        savepoint = f"mem:/savepoint-{request_id}" if stop or self.random.random() < 0.5 else None
        request = TriggerSnapshot(GRAPH.job_id, request_id, savepoint, stop)
        self.carry_out(self.coordinator.trigger(request, self.now))

    def end_input(self) -> None:
        task = self.random.choice(list(self.tasks.values()))
        task.ended = True
        self.carry_out(self.coordinator.input_ended(task.execution, self.now))

    def fail_trigger(self) -> None:
        if self.begun:
            number = self.random.choice(list(self.begun))
            execution = self.begun[number][0].trigger.execution
            failed = CheckpointTriggerFailed(execution, number, "connection refused")
            self.carry_out(self.coordinator.trigger_failed(failed, self.now))

    def fail_region(self) -> None:
        regions = [0, 1] if self.coordinator.concerns_all else [self.random.randrange(2)]
        self.suspend_and_restart(regions)

    def find_unreadable(self) -> None:
        latest = self.coordinator.latest
        if latest is not None:
            self.order = [number for number in self.order if number != latest.id]
            self.carry_out(self.coordinator.unreadable(latest.id, self.now))
            self.committed_up_to = {}
            self.suspend_and_restart([0, 1])

    def suspend_and_restart(self, regions: list[int]) -> None:
        self.alive = False
        self.carry_out(self.coordinator.suspend("a task failed", self.now))
        for _ in range(self.random.randrange(4)):
            self.random.choice([self.store, self.answer, self.deliver, self.let_time_pass])()
        while not self.coordinator.latest_is_settled:
            self.random.choice([self.store, self.answer])()
        self.restart(regions)

    def restart(self, regions: list[int]) -> None:
        self.attempt += 1
        latest = self.coordinator.latest
        if latest is not None:
            self.coordinator.tasks_restored(latest, self.now)
            for region in regions:
                assert latest.id >= self.committed_up_to.get(region, 0), "rows already committed would come again"
                # Restored sinks commit what the checkpoint covers.
                self.committed_up_to[region] = latest.id
        for region in regions:
            for key in REGIONS[region]:
                chunks = [] if latest is None else chunks_of(latest, key)
                lost = set(chunks) & self.discarded
                assert not lost, f"checkpoint {latest and latest.id} has lost {lost}"
                self.tasks[key] = ModelTask(ExecutionId(GRAPH.job_id, *key, self.attempt), chunks)
        self.alive = True
        locations = {key: TaskLocation("tm", task.execution) for key, task in self.tasks.items()}
        self.carry_out(self.coordinator.tasks_running(locations, self.now))
        if latest is not None and latest.metadata.stop:
            for task in self.tasks.values():
                task.ended = True
                self.carry_out(self.coordinator.input_ended(task.execution, self.now))

    # What comes of it

    def carry_out(self, effects: object) -> None:
        for effect in self.job.do(effects):  # type: ignore[arg-type]
            self.check(effect)
        latest = self.coordinator.latest
        assert (latest.id if latest else None) == (self.order[-1] if self.order else None)

    def check(self, effect: CheckpointEffect) -> None:
        match effect:
            case TriggerCheckpoint():
                self.triggered(effect)
            case StoreCheckpoint():
                number = effect.metadata.checkpoint_id
                assert self.acknowledged[number] >= self.participants[number], "a task has not acknowledged"
                self.orders.append(effect)
            case NotifyCheckpointComplete(_, notice):
                assert notice.checkpoint_id in self.order, "tasks commit only what is complete"
                task = self.tasks[notice.execution.vertex_id, notice.execution.subtask]
                assert task.execution == notice.execution, "a task of the past could commit"
                assert notice.execution in self.participants[notice.checkpoint_id]
                self.committed_up_to[notice.execution.subtask] = notice.checkpoint_id
            case NotifyCheckpointAborted(_, notice):
                assert notice.checkpoint_id not in self.order, "a complete checkpoint is not given up"
            case DiscardCheckpoint():
                self.discard(effect)
            case FailJob():
                self.job_failed = True

    def triggered(self, effect: TriggerCheckpoint) -> None:
        trigger = effect.trigger
        number = trigger.checkpoint_id
        assert self.alive, "tasks are down"
        assert number >= max(self.begun, default=0), "ids rise"
        assert not self.order or number > self.order[-1]
        self.begun.setdefault(number, []).append(effect)
        self.participants[number] = {task.execution for task in self.tasks.values()}
        if len(self.begun[number]) == 1:
            for key, task in self.tasks.items():
                if self.random.random() < 0.03:
                    self.in_flight.append(CheckpointDeclined(task.execution, number, "the disk is full"))
                else:
                    self.in_flight.append(self.snapshot(key, task, number, trigger.savepoint))

    def snapshot(
        self, key: tuple[str, int], task: ModelTask, number: int, savepoint: str | None
    ) -> CheckpointAcknowledged:
        directory = "" if savepoint is None else f"{savepoint}/"
        paths = [f"{directory}{chunk}" for chunk in task.chunks]
        lost = set(paths) & self.discarded
        assert not lost, f"checkpoint {number} refers to files that were discarded: {lost}"
        keyed = tuple(ChunkHandle(path, "t", path, 1, "", 1, 0, 127) for path in paths)
        return CheckpointAcknowledged(task.execution, number, {f"{key[0]}-0": OperatorHandle(keyed=keyed)})

    def discard(self, effect: DiscardCheckpoint) -> None:
        latest = self.coordinator.latest
        assert latest is not None and latest in effect.retained
        assert effect.checkpoint.id not in self.order, "one of those retained"
        if effect.checkpoint.metadata.kind is SnapshotKind.SAVEPOINT:
            return
        kept = {chunk for c in effect.retained for key in self.tasks for chunk in chunks_of(c, key)}
        self.discarded |= {chunk for key in self.tasks for chunk in chunks_of(effect.checkpoint, key)} - kept

    def check_requests(self) -> None:
        views = self.coordinator.view().requests
        for request_id, seen in self.requests.items():
            status = views[request_id].status
            assert not seen or seen[-1] is RequestStatus.IN_PROGRESS or seen[-1] is status, "an outcome changed"
            seen.append(status)

    def finish(self) -> None:
        """The job finishes if it may, and is cancelled if not; the storage answers all there is."""
        latest = self.coordinator.latest
        stopped = latest is not None and latest.metadata.stop and self.coordinator.concerns_all
        self.carry_out(self.coordinator.suspend("the end", self.now))
        status = JobStatus.FINISHED if stopped else JobStatus.CANCELED
        self.ended = bool(of(ForgetJob, self.job.do(self.coordinator.job_ended(status, self.now))))
        while self.orders:
            self.store()
        while self.answers:
            answer = self.answers.pop(0)
            stored = isinstance(answer, CheckpointStored)
            effects = (
                self.coordinator.stored(answer, self.now) if stored else self.coordinator.not_stored(answer, self.now)
            )
            assert not [e for e in effects if not isinstance(e, NotifyCheckpointAborted)]
        assert self.ended
        assert all(view.status is not RequestStatus.IN_PROGRESS for view in self.coordinator.view().requests.values())
        assert self.coordinator.view().counts.in_progress == 0
        assert self.coordinator.next_deadline() is None


def chunks_of(checkpoint: CompletedCheckpoint, key: tuple[str, int]) -> list[str]:
    """What subtask ``key`` had in it."""
    return [
        chunk.path
        for operator in checkpoint.metadata.operators
        if operator.operator_id == f"{key[0]}-0"
        for chunk in operator.subtasks[key[1]].keyed
    ]


@pytest.mark.parametrize("block", range(10))
def test_the_invariants_hold_whatever_happens(block: int) -> None:
    for seed in range(block * 30, block * 30 + 30):
        world = World(seed)
        try:
            for _ in range(250):
                world.step()
            world.finish()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
