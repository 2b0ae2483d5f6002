"""The CheckpointCoordinator: one job's checkpoints and savepoints, from the trigger to their disposal.

A pure state machine like the JobMaster that owns it: reports and the time (ms) come in; triggers, notifications and
orders to the storage come out.

The completed checkpoints are in one order, that of their ids, and tasks are restored from the latest. As in Flink, a
savepoint that the job runs on after is not one of them, and commits nothing: its user may delete it. One that the job
stops with is; once it is stored the job's end is decided, and a restart from it only commits what is pending.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlstream.plan.jobgraph import JobGraph, JobMode
from sqlstream.runtime.deployment import CheckpointAcknowledged, CheckpointDeclined, ExecutionId, JobStatus
from sqlstream.runtime.jobmanager.checkpoint_history import CheckpointHistory
from sqlstream.runtime.jobmanager.checkpoint_retention import RetainedCheckpoints
from sqlstream.runtime.jobmanager.checkpoint_settings import CheckpointSettings
from sqlstream.runtime.jobmanager.checkpoint_statistics import CheckpointsView, RequestView
from sqlstream.runtime.jobmanager.messages import (
    CheckpointEffect,
    CheckpointNotStored,
    CheckpointStored,
    CheckpointTriggerFailed,
    FailJob,
    NotifyCheckpointAborted,
    NotifyCheckpointComplete,
    StoreCheckpoint,
    TriggerCheckpoint,
    TriggerSnapshot,
)
from sqlstream.runtime.jobmanager.pending_checkpoint import PendingCheckpoint
from sqlstream.runtime.jobmanager.snapshot_requests import SnapshotRequests
from sqlstream.runtime.protocol import CheckpointNotice
from sqlstream.state.handles import CompletedCheckpoint

_FINAL_RETRY_PAUSE = 1_000
"""ms between the failure of a job's last checkpoint and the next attempt at it, unless the interval is shorter."""


@dataclass(frozen=True)
class TaskLocation:
    task_manager_id: str
    execution: ExecutionId


class CheckpointCoordinator:
    """Of ``graph``. ``restored`` are the retained checkpoints that an earlier JobManager left, oldest first, and
    ``highest_id`` is the highest id of those that it could not read as well; ``savepoint`` is what the job starts from,
    which stays the user's own."""

    def __init__(
        self,
        graph: JobGraph,
        settings: CheckpointSettings,
        now: int,
        *,
        restored: Sequence[CompletedCheckpoint] = (),
        savepoint: CompletedCheckpoint | None = None,
        highest_id: int = 0,
    ) -> None:
        self._graph = graph
        self._settings = settings
        targets = {edge.target for edge in graph.edges}
        self._sources = {vertex.id for vertex in graph.vertices if vertex.id not in targets}
        self._retained = RetainedCheckpoints(graph.job_id, settings, restored, savepoint)
        self._next_id = max(self._retained.highest_id, highest_id) + 1
        self._history = CheckpointHistory()
        self._requests = SnapshotRequests()
        self._tasks: dict[tuple[str, int], TaskLocation] = {}
        self._ended: set[ExecutionId] = set()
        self._pending: dict[int, PendingCheckpoint] = {}
        self._stopped = False
        self._stop_request: tuple[TriggerSnapshot, str] | None = None
        """The request of the savepoint (and its location) that decided the job's end, which is still to come."""
        self._failures_in_a_row = 0
        self._next_periodic = now
        self._next_final = now
        self._last_end: int | None = None
        self._job_status: JobStatus | None = None

    @property
    def latest(self) -> CompletedCheckpoint | None:
        """What the job's tasks begin with when they are started now."""
        return self._retained.latest

    @property
    def latest_is_settled(self) -> bool:
        """Whether no checkpoint is on its way to the storage that may yet become :attr:`latest`. Tasks must not be
        restored before: they would clear away what that checkpoint covers and the one before does not."""
        return not any(pending.storing and pending.commits for pending in self._pending.values())

    @property
    def concerns_all(self) -> bool:
        """Whether a task that fails now takes every other task with it, whatever its region: the job is being drained,
        or a checkpoint with ``stop`` has completed or is about to, so that tasks have finished or will. All of them
        start again from :attr:`latest` then. To be asked before :meth:`suspend`."""
        return self._stopped or any(p.drains or (p.stops and p.storing) for p in self._pending.values())

    def outcome(self, request_id: str) -> RequestView | None:
        """Of a user's request."""
        return self._requests.views.get(request_id)

    def rescaled(self, graph: JobGraph) -> None:
        """The tasks that are restored next are those of ``graph``. To be called after :meth:`suspend`."""
        self._graph = graph

    def tasks_restored(self, checkpoint: CompletedCheckpoint, now: int) -> None:
        """Tasks are being deployed with the state of ``checkpoint``: to be called once for each restart."""
        self._history.restored(checkpoint, now)

    def tasks_running(self, tasks: Mapping[tuple[str, int], TaskLocation], now: int) -> Iterator[CheckpointEffect]:
        """Every task of the job, by vertex and subtask, is RUNNING: checkpoints may be triggered (again)."""
        self._tasks = dict(tasks)
        self._ended &= {location.execution for location in tasks.values()}
        self._stopped = False
        self._next_periodic = now + (self._settings.interval or 0)
        self._next_final = now
        yield from self._proceed(now)

    def task_finished(self, name: str, now: int) -> Iterator[CheckpointEffect]:
        """A task takes part in no more checkpoints. If others were being drained, nothing would end them."""
        drained = [p for p in self._pending.values() if p.drains and not p.storing]
        yield from self.suspend(f"{name} has finished", now)
        for pending in drained:
            yield self._drain_failed(pending, f"{name} has finished")

    def suspend(self, reason: str, now: int) -> Iterator[CheckpointEffect]:
        """A task has failed or finished, or the job is cancelled: what is pending is given up, and nothing is triggered
        until all tasks run. What is on its way to the storage may complete all the same."""
        self._tasks = {}
        for pending in [p for p in self._pending.values() if not p.storing]:
            yield from self._give_up(pending, reason, now)
        self._requests.fail_waiting(reason)

    def trigger(self, request: TriggerSnapshot, now: int) -> Iterator[CheckpointEffect]:
        """A user's wish; its outcome is in :meth:`view`."""
        if self._requests.knows(request):
            return
        refusal = self._refusal()
        if refusal is not None:
            self._requests.fail(request, refusal)
            return
        self._requests.add(request)
        yield from self._proceed(now)

    def input_ended(self, execution: ExecutionId, now: int) -> Iterator[CheckpointEffect]:
        """A task has processed all of its input. Once all have, a last checkpoint lets them end."""
        self._ended.add(execution)
        yield from self._proceed(now)

    def acknowledged(self, ack: CheckpointAcknowledged, now: int) -> Iterator[CheckpointEffect]:
        """A task's share is stored."""
        pending = self._pending.get(ack.checkpoint_id)
        if pending is None or not pending.acknowledge(ack, now) or not pending.is_complete:
            return
        newer = [p for p in self._pending.values() if p.id > pending.id and p.storing and p.commits]
        if newer and pending.commits:
            yield from self._fail(pending, f"it was overtaken by {newer[0].title}", now)
            yield from self._proceed(now)
        else:
            pending.storing = True
            yield StoreCheckpoint(self._graph.job_id, pending.metadata(), pending.savepoint)

    def declined(self, declined: CheckpointDeclined, now: int) -> Iterator[CheckpointEffect]:
        """A task cannot store its share."""
        pending = self._awaiting(declined.checkpoint_id, declined.execution)
        if pending is not None:
            yield from self._fail(pending, declined.error, now, counts=True)
            yield from self._proceed(now)

    def trigger_failed(self, failed: CheckpointTriggerFailed, now: int) -> Iterator[CheckpointEffect]:
        """A source could not be told to begin."""
        pending = self._awaiting(failed.checkpoint_id, failed.execution)
        if pending is not None:
            yield from self._fail(pending, f"a source could not be told to begin: {failed.error}", now)
            yield from self._proceed(now)

    def stored(self, stored: CheckpointStored, now: int) -> Iterator[CheckpointEffect]:
        """A checkpoint is complete: tasks commit what it covers, and those it replaces are discarded."""
        pending = self._pending.get(stored.checkpoint.id)
        if pending is None or not pending.storing:
            return
        del self._pending[pending.id]
        self._last_end = now
        self._history.completed(pending, stored.checkpoint.location, now)
        if pending.stop_mode is not None:
            assert pending.request is not None
            self._stop_request = (pending.request, stored.checkpoint.location)
            self._end_stop_request()
        elif pending.request is not None:
            self._requests.complete(pending.request, stored.checkpoint.location)
        if pending.commits and self._job_status is None:
            yield from self._complete(pending, stored.checkpoint, now)
        yield from self._proceed(now)

    def not_stored(self, not_stored: CheckpointNotStored, now: int) -> Iterator[CheckpointEffect]:
        """A checkpoint has failed at its very end."""
        pending = self._pending.get(not_stored.checkpoint_id)
        if pending is not None and pending.storing:
            yield from self._fail(pending, not_stored.error, now, counts=True)
            yield from self._proceed(now)

    def tick(self, now: int) -> Iterator[CheckpointEffect]:
        """Trigger what is due, give up what takes too long."""
        for pending in [p for p in self._pending.values() if not p.storing]:
            if self._expiry(pending) <= now:
                seconds = self._settings.timeout / 1000
                yield from self._fail(pending, f"it was not complete after {seconds:g} s", now, counts=True)
        yield from self._proceed(now)

    def next_deadline(self) -> int | None:
        """When :meth:`tick` is due (ms), unless something happens before."""
        deadlines = [self._expiry(pending) for pending in self._pending.values() if not pending.storing]
        if self._may_end():
            deadlines.append(self._next_final)
        elif self._may_trigger_periodically():
            deadlines.append(self._periodic_due())
        return min(deadlines, default=None)

    def unreadable(self, checkpoint_id: int, now: int) -> Iterator[CheckpointEffect]:
        """The state of a checkpoint could not be read: :attr:`latest` is the one before now, if there is one."""
        self._retained.unreadable(checkpoint_id)
        if self._stop_request is not None and not self._must_end():
            request, location = self._stop_request
            self._stop_request = None
            self._requests.fail(request, f"the savepoint '{location}' is complete, but cannot be read")
        yield from ()

    def job_ended(self, status: JobStatus, now: int) -> Iterator[CheckpointEffect]:
        """The job's end is final: discard the checkpoints that are not to outlive it."""
        if self._job_status is not None:
            return
        reason = f"the job is {status.value}"
        yield from self.suspend(reason, now)
        self._job_status = status
        for pending in [p for p in self._pending.values() if p.savepoint is None]:
            yield from self._give_up(pending, reason, now)
        self._end_stop_request()
        forget = self._retained.end(status)
        for checkpoint in forget.discarded:
            self._history.discarded(checkpoint)
        yield forget

    def view(self) -> CheckpointsView:
        return self._history.view(self._settings, self._pending.values(), self._requests.views)

    def _refusal(self) -> str | None:
        """Why no snapshot can be begun now, or soon."""
        if self._job_status is not None:
            return f"the job is {self._job_status.value}"
        if self._graph.mode is JobMode.BATCH:
            return "a batch job has no checkpoints"
        if self._is_stopping() or self._must_end():
            return "the job is being stopped"
        return None if self._tasks else "not all tasks of the job are running"

    def _is_stopping(self) -> bool:
        return self._stopped or any(pending.stops for pending in self._pending.values())

    def _may_trigger(self) -> bool:
        stopping = self._is_stopping() or self._must_end()
        return bool(self._tasks) and not stopping and len(self._pending) < self._settings.max_concurrent

    def _may_trigger_periodically(self) -> bool:
        return self._settings.interval is not None and self._may_trigger() and not self._all_input_ended()

    def _may_end(self) -> bool:
        """Whether nothing is left to do but a last checkpoint, after what users wait for."""
        awaited = any(pending.request is not None for pending in self._pending.values())
        return self._all_input_ended() and not self._is_stopping() and not awaited

    def _all_input_ended(self) -> bool:
        """Of all tasks, while they run; those of a job without an interval end without a last checkpoint."""
        return self._settings.interval is not None and 0 < len(self._tasks) == len(self._ended)

    def _periodic_due(self) -> int:
        paused = 0 if self._last_end is None else self._last_end + self._settings.min_pause
        return max(self._next_periodic, paused)

    def _expiry(self, pending: PendingCheckpoint) -> int:
        return pending.triggered + self._settings.timeout

    def _awaiting(self, checkpoint_id: int, execution: ExecutionId) -> PendingCheckpoint | None:
        pending = self._pending.get(checkpoint_id)
        return pending if pending is not None and not pending.storing and execution in pending.tasks else None

    def _proceed(self, now: int) -> Iterator[CheckpointEffect]:
        """Begin whatever may begin now."""
        while self._requests and self._may_trigger():
            yield from self._begin(now, self._requests.begin(self._next_id))
        if self._may_end() and self._next_final <= now:
            yield from self._begin(now, final=True)
        elif self._may_trigger_periodically() and self._periodic_due() <= now:
            self._next_periodic = now + (self._settings.interval or 0)
            yield from self._begin(now)

    def _begin(
        self, now: int, request: TriggerSnapshot | None = None, *, final: bool = False
    ) -> Iterator[CheckpointEffect]:
        locations = self._tasks.values()
        pending = PendingCheckpoint(
            id=self._next_id,
            triggered=now,
            graph=self._graph,
            tasks={location.execution: location.task_manager_id for location in locations},
            request=request,
            final=final,
        )
        self._next_id += 1
        self._pending[pending.id] = pending
        for (vertex_id, _), location in self._tasks.items():
            if vertex_id in self._sources:
                yield TriggerCheckpoint(location.task_manager_id, pending.trigger(location.execution))

    def _complete(
        self, pending: PendingCheckpoint, checkpoint: CompletedCheckpoint, now: int
    ) -> Iterator[CheckpointEffect]:
        self._failures_in_a_row = 0
        for location in self._tasks.values():
            yield NotifyCheckpointComplete(location.task_manager_id, CheckpointNotice(location.execution, pending.id))
        for discard in self._retained.add(checkpoint):
            self._history.discarded(discard.checkpoint)
            yield discard
        for other in [p for p in self._pending.values() if p.id < pending.id and p.commits]:
            yield from self._fail(other, f"it was overtaken by {pending.title}", now)
        if pending.stops:
            self._stopped = True
            for other in [p for p in self._pending.values() if not p.storing]:
                yield from self._fail(other, f"the job ends with {pending.title}", now)
            self._requests.fail_waiting(f"the job ends with {pending.title}")

    def _must_end(self) -> bool:
        """Whether the job's end was decided, which tasks that are restored from the latest checkpoint bring about."""
        latest = self.latest
        return latest is not None and latest.metadata.stop and latest.metadata.job_id == self._graph.job_id

    def _fail(
        self, pending: PendingCheckpoint, error: str, now: int, *, counts: bool = False
    ) -> Iterator[CheckpointEffect]:
        """``counts``: too many in a row are the job's failure. Savepoints never count: a user's mistake in a path must
        not restart the job."""
        yield from self._give_up(pending, error, now)
        if pending.final:
            self._next_final = now + min(self._settings.interval or 0, _FINAL_RETRY_PAUSE)
        if not self._tasks:
            return
        if pending.drains:
            yield self._drain_failed(pending, error)
        elif counts and pending.savepoint is None:
            self._failures_in_a_row += 1
            if self._failures_in_a_row > self._settings.tolerable_failures:
                self._failures_in_a_row = 0
                title = pending.title.capitalize()
                yield FailJob(self._graph.job_id, f"{title} failed, and no more failures are tolerated: {error}")

    def _drain_failed(self, pending: PendingCheckpoint, error: str) -> FailJob:
        title = pending.title.capitalize()
        return FailJob(self._graph.job_id, f"{title}, which the job was to be drained with, failed: {error}")

    def _give_up(self, pending: PendingCheckpoint, error: str, now: int) -> Iterator[CheckpointEffect]:
        del self._pending[pending.id]
        self._last_end = now
        self._history.failed(pending, error, now)
        if pending.request is not None:
            self._requests.fail(pending.request, error)
        for execution, task_manager_id in pending.tasks.items():
            yield NotifyCheckpointAborted(task_manager_id, CheckpointNotice(execution, pending.id))

    def _end_stop_request(self) -> None:
        """Tell who stopped the job how that went, once the job has ended."""
        if self._stop_request is None or self._job_status is None:
            return
        request, location = self._stop_request
        self._stop_request = None
        if self._job_status is JobStatus.FINISHED:
            self._requests.complete(request, location)
        else:
            self._requests.fail(
                request, f"the savepoint '{location}' is complete, but the job is {self._job_status.value}"
            )
