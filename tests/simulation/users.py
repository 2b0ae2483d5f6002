"""The users of a schedule: they cancel, take savepoints, rescale jobs, stop them, and start them again at another
parallelism."""

from __future__ import annotations

from functools import partial
from random import Random

from sqlstream.plan.jobgraph import JobMode
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.checkpoint_statistics import RequestStatus
from sqlstream.runtime.jobmanager.messages import CancelJob, RescaleJob, StopMode, TriggerSnapshot
from sqlstream.state.handles import CompletedCheckpoint, SnapshotKind
from tests.simulation.auditor import positions_in
from tests.simulation.jobs import TOPOLOGIES, Query
from tests.simulation.storage import files_of
from tests.simulation.table import Table
from tests.simulation.violations import Violation
from tests.simulation.world import World


class User:
    """Owns a job and those that are started from its savepoints; all of them write to one table.

    ``restarts`` is how often the user stops a job to start it again.
    """

    def __init__(self, world: World, name: int, until: int) -> None:
        random = world.random
        self._world = world
        self._random = random
        self._query = Query(random.choice(list(TOPOLOGIES)), random.randint(1, 3), random.choice((3, 8, 20)))
        self._mode = JobMode.STREAMING if random.random() < 0.95 else JobMode.BATCH
        self.checkpoints = self._mode is JobMode.STREAMING and random.random() < 0.85
        self._table = Table(world.storage)
        self._name = name
        self._until = until
        steps = self._query.rows * self._query.splits
        self._row_pause = max(1, int(until * random.choice((0.05, 0.3, 1.0, 2.0)) / steps))
        self._jobs = 0
        self._drained_at: dict[tuple[str, int], int] | None = None
        """Where another job had been drained that the latest one began with: there is no more input."""
        self._requests: dict[str, tuple[str, int]] = {}
        """By id: the job, and the epoch of the JobManager that took it."""
        self._rescales: dict[str, tuple[str, int]] = {}
        """The same of those to be rescaled."""
        self._savepoints: list[CompletedCheckpoint] = []
        self.job_id = ""
        self._options: dict[str, str] = {}
        self.over = False

    def start(self, savepoint: CompletedCheckpoint | None = None) -> None:
        """Tries again until there is a JobManager to submit to."""
        manager = self._world.job_manager
        if manager is None or manager.frozen:
            self._world.timeline.after(500, lambda: self.start(savepoint))
            return
        self._jobs += 1
        self.job_id = f"{self._name:02x}{self._jobs:02x}{self._random.getrandbits(112):028x}"
        parallelism = self._query.parallelism(self._random)
        self._options = self._configuration()
        graph = self._query.graph(self.job_id, parallelism, self._options, self._mode)
        self._world.submit(graph, self._query, parallelism, self._table, savepoint, self._row_pause)
        if self._world.timeline.now > self._until:
            self._world.provide_slots()
        for _ in range(self._random.choice((0, 0, 1, 1, 2, 4))):
            at = self._random.randint(0, max(1, self._until - self._world.timeline.now))
            self._world.timeline.after(at, self._act)
        whims = Random(self.job_id)
        for _ in range(whims.choice((0, 0, 1, 2, 3)) if self.checkpoints else 0):
            at = whims.randint(0, max(1, self._until - self._world.timeline.now))
            self._world.timeline.after(at, partial(self._rescale, self.job_id, whims, 10))

    def look(self) -> bool:
        """Whether the user's last job has ended; goes on with the next one if a savepoint was taken for that."""
        if self.over:
            return True
        if self.job_id not in self._world.runs:
            return False
        status = self._status()
        if status is None or not status.is_terminal:
            return False
        run = self._world.runs[self.job_id]
        stopped_with = [c for c in run.checkpoints.values() if c.metadata.stop and c.location.startswith("savepoint")]
        self._check_table(status, bool(stopped_with))
        usable = [c for c in stopped_with if not self._world.storage.is_corrupt(c)]
        if usable and status is JobStatus.FINISHED and self._jobs < 3 and self._random.random() < 0.8:
            self._drained_at = positions_in(usable[-1].metadata) if ended(usable[-1]) else None
            self.start(usable[-1])
            return False
        self.over = True
        return True

    def check_end(self) -> None:
        """Savepoints are their users': nobody else discards them."""
        storage = self._world.storage
        for savepoint in self._savepoints:
            if storage.is_corrupt(savepoint):
                continue
            missing = files_of(savepoint) - storage.chunks.keys()
            if missing or savepoint.location not in storage.metadata:
                raise Violation("files", f"{savepoint.location} has lost {missing or 'its metadata'}")

    def _status(self) -> JobStatus | None:
        """None while nobody answers; a job that a restarted JobManager no longer knows had ended before."""
        manager = self._world.job_manager
        if manager is None or manager.frozen:
            return None
        status = manager.statuses().get(self.job_id)
        if status is None:
            ended_as = self._world.runs[self.job_id].ended_as
            if ended_as is None:
                raise Violation("liveness", f"job {self.job_id} has been forgotten")
            return ended_as
        return status

    def _act(self) -> None:
        manager = self._world.job_manager
        if self.over or manager is None or manager.frozen or self.job_id not in manager.statuses():
            return
        kind = self._random.choice(("cancel", "checkpoint", "savepoint", "savepoint", "suspend", "suspend", "drain"))
        self._world.timeline.tell(f"a user wants: {kind}")
        if kind == "cancel":
            if self._random.random() < 0.5:
                manager.handle(CancelJob(self.job_id))
            return
        request_id = f"request-{self._world.fresh()}"
        savepoint = None if kind == "checkpoint" else f"savepoint-{self._world.fresh()}"
        stop = {"suspend": StopMode.SUSPEND, "drain": StopMode.DRAIN}.get(kind)
        self._requests[request_id] = (self.job_id, manager.epoch)
        if self._random.random() < 0.15:
            self._world.fill_storage(self._random.randint(50, 1_000))
        manager.handle(TriggerSnapshot(self.job_id, request_id, savepoint, stop))

    def _rescale(self, job_id: str, whims: Random, attempts: int) -> None:
        """Tries again while not all tasks run."""
        manager = self._world.job_manager
        if self.over or manager is None or manager.frozen or manager.statuses().get(job_id) is not JobStatus.RUNNING:
            return
        request_id = f"rescaling-{self._world.fresh()}"
        self._world.timeline.tell("a user wants: rescale")
        self._rescales[request_id] = (job_id, manager.epoch)
        graph = self._query.graph(job_id, self._query.parallelism(whims), self._options, self._mode)
        manager.handle(RescaleJob(job_id, request_id, graph))
        view = manager.dispatcher.job(job_id)
        refused = view is not None and view.rescale_requests[request_id].status is RequestStatus.FAILED
        if refused and attempts:
            self._world.timeline.after(200, partial(self._rescale, job_id, whims, attempts - 1))

    def unanswered(self) -> list[str]:
        """Requests that have no outcome yet; a JobManager that crashed leaves its users without."""
        manager = self._world.job_manager
        requests = []
        for request_id, (job_id, epoch) in list(self._rescales.items()):
            view = None if manager is None or manager.epoch != epoch else manager.dispatcher.job(job_id)
            outcome = None if view is None else view.rescale_requests.get(request_id)
            if view is None or (outcome is not None and outcome.status is not RequestStatus.IN_PROGRESS):
                del self._rescales[request_id]
            else:
                requests.append(request_id)
        for request_id, (job_id, epoch) in list(self._requests.items()):
            view = None if manager is None or manager.epoch != epoch else manager.dispatcher.job(job_id)
            outcome = None if view is None else view.checkpoints.requests.get(request_id)
            if view is None:
                del self._requests[request_id]
            elif outcome is None or outcome.status is RequestStatus.IN_PROGRESS:
                requests.append(request_id)
            elif outcome.status is RequestStatus.COMPLETED:
                del self._requests[request_id]
                checkpoint = self._world.runs[job_id].checkpoints[outcome.checkpoint_id or 0]
                if checkpoint.metadata.kind is SnapshotKind.SAVEPOINT:
                    self._savepoints.append(checkpoint)
        return requests

    def _check_table(self, status: JobStatus, stopped: bool) -> None:
        whole = self._query.end()
        run = self._world.runs[self.job_id]
        if status is not JobStatus.FINISHED:
            surplus = self._table.rows.keys() - self._query.expected(whole)
            if surplus:
                raise Violation("exactly-once", f"rows nobody emitted: {sorted(surplus)[:3]}")
        elif not self.checkpoints and not stopped:
            self._table.check(self._query.expected(whole if self._drained_at is None else self._drained_at))
        elif run.final is None:
            raise Violation("exactly-once", "the job has finished without its last checkpoint")
        else:
            reached = positions_in(run.final.metadata)
            if reached != whole and not stopped and self._drained_at is None and not self._table.relaxed:
                raise Violation("exactly-once", f"the job has finished at {reached}")
            self._table.check(self._query.expected(reached))

    def _configuration(self) -> dict[str, str]:
        random = self._random
        options = dict(random.choice(_RESTART_STRATEGIES))
        if self.checkpoints or self._mode is JobMode.BATCH:
            options["execution.checkpointing.interval"] = f"{random.choice((100, 300, 1_000, 5_000))} ms"
        if not self.checkpoints:
            options["restart-strategy.type"] = "none"
        options["execution.checkpointing.timeout"] = f"{random.choice((500, 2_000, 10_000))} ms"
        options["execution.checkpointing.min-pause"] = f"{random.choice((0, 0, 50, 500))} ms"
        options["execution.checkpointing.max-concurrent-checkpoints"] = str(random.choice((1, 1, 2, 3)))
        options["execution.checkpointing.tolerable-failed-checkpoints"] = str(random.choice((0, 1, 3, 100)))
        options["execution.checkpointing.num-retained"] = str(random.choice((1, 1, 2, 3)))
        options["execution.checkpointing.externalized-checkpoint-retention"] = random.choice(_RETENTIONS)
        return options


_RETENTIONS = ("DELETE_ON_CANCELLATION", "RETAIN_ON_CANCELLATION", "NO_EXTERNALIZED_CHECKPOINTS")
_EXPONENTIAL = {
    "restart-strategy.type": "exponential-delay",
    "restart-strategy.exponential-delay.initial-backoff": "100 ms",
    "restart-strategy.exponential-delay.max-backoff": "2 s",
}
_FIXED = {
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "100",
    "restart-strategy.fixed-delay.delay": "50 ms",
}
_RESTART_STRATEGIES: tuple[dict[str, str], ...] = (
    _EXPONENTIAL,
    _EXPONENTIAL,
    _FIXED,
    _FIXED | {"restart-strategy.fixed-delay.delay": "0 ms"},
    _FIXED | {"restart-strategy.fixed-delay.attempts": "2"},
    {
        "restart-strategy.type": "failure-rate",
        "restart-strategy.failure-rate.max-failures-per-interval": "5",
        "restart-strategy.failure-rate.failure-rate-interval": "10 s",
        "restart-strategy.failure-rate.delay": "100 ms",
    },
)


def ended(checkpoint: CompletedCheckpoint) -> bool:
    """Whether nothing is left to read after it."""
    return all(handle.ended for operator in checkpoint.metadata.operators for handle in operator.subtasks)


def draw_users(world: World, random: Random, until: int) -> list[User]:
    return [User(world, number, until) for number in range(1 if random.random() < 0.85 else 2)]
