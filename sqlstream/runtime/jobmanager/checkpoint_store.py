"""Carries out what the CheckpointCoordinators want of the storage, off the control plane's own thread.

Each job has a thread of its own, so that one whose storage hangs does not hold up the others; its orders are carried
out in order.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread

from tenacity import Retrying, stop_after_attempt, wait_fixed

from sqlstream.config.configuration import Configuration
from sqlstream.errors import SqlStreamError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.jobmanager.job_store import JobStore
from sqlstream.runtime.jobmanager.messages import (
    CheckpointNotStored,
    CheckpointStored,
    DiscardCheckpoint,
    ForgetJob,
    StorageAction,
    StoreCheckpoint,
    StoreJob,
)
from sqlstream.state.checkpoint_files import (
    discard_checkpoint,
    remove_job_directory,
    remove_unknown_checkpoints,
    sweep,
    write_metadata,
)
from sqlstream.state.checkpoint_locations import checkpoint_directory, checkpoint_location
from sqlstream.state.handles import SnapshotKind

_LOG = logging.getLogger(__name__)

_SWEEP_EVERY = 16
"""Discarded checkpoints between two searches for files that nobody refers to."""
_CLOCK_TOLERANCE_MS = 300_000
"""How far the clocks of the machines that store chunks may differ from the JobManager's."""

Answer = CheckpointStored | CheckpointNotStored


class CheckpointStore:
    """``answer`` hears, on a thread of the store, how each StoreCheckpoint went."""

    def __init__(self, jobs: JobStore, answer: Callable[[Answer], None]) -> None:
        self._jobs = jobs
        self._answer = answer
        self._workers: dict[str, _JobStorage] = {}
        self._ending: list[_JobStorage] = []
        self._closed = False
        self._lock = Lock()

    def register(self, graph: JobGraph) -> None:
        """To be called before the first order for a job. ``graph`` has the cluster's defaults."""
        with self._lock:
            self._workers[graph.job_id] = _JobStorage(graph, self._jobs, self._answer)

    def put(self, action: StorageAction) -> None:
        """Carry ``action`` out some time soon. A job that is to be forgotten has no orders after that."""
        with self._lock:
            if self._closed:
                return
            worker = self._workers[action.job_id]
            if isinstance(action, ForgetJob):
                del self._workers[action.job_id]
                self._ending = [other for other in self._ending if other.is_alive] + [worker]
            worker.put(action)

    def close(self, timeout: float) -> None:
        """Carry out what is queued, waiting up to ``timeout`` seconds; nothing is taken on after that."""
        with self._lock:
            self._closed = True
            workers = [*self._workers.values(), *self._ending]
        for worker in workers:
            worker.put(None)
        deadline = time.monotonic() + timeout
        for worker in workers:
            worker.join(max(0.0, deadline - time.monotonic()))


class _JobStorage:
    """One job's orders, on a thread that ends with the job."""

    def __init__(self, graph: JobGraph, jobs: JobStore, answer: Callable[[Answer], None]) -> None:
        self._directory = checkpoint_directory(Configuration(graph.configuration), graph.job_id)
        self._jobs = jobs
        self._answer = answer
        self._discarded = 0
        self._queue: SimpleQueue[StorageAction | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name=f"checkpoint-store-{graph.job_id[:6]}", daemon=True)
        self._thread.start()

    def put(self, action: StorageAction | None) -> None:
        self._queue.put(action)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def _run(self) -> None:
        while (action := self._queue.get()) is not None:
            match action:
                case StoreCheckpoint():
                    self._answer(self._store(action))
                case StoreJob():
                    self._tolerating(lambda: self._jobs.put_job(action.graph))
                case DiscardCheckpoint():
                    self._tolerating(lambda: self._discard(action))
                case ForgetJob():
                    self._tolerating(lambda: self._forget(action))
                    return

    def _store(self, action: StoreCheckpoint) -> Answer:
        number = action.metadata.checkpoint_id
        location = action.savepoint or checkpoint_location(self._directory, number)
        try:
            self._jobs.confirm()
            checkpoint = write_metadata(location, action.metadata)
            if action.metadata.kind is SnapshotKind.CHECKPOINT or action.metadata.stop:
                try:
                    self._jobs.put_checkpoint(action.job_id, checkpoint)
                except BaseException:
                    discard_checkpoint(checkpoint, retained=[checkpoint])
                    raise
        except Exception as error:
            return CheckpointNotStored(action.job_id, number, _reason(error))
        return CheckpointStored(action.job_id, checkpoint)

    def _discard(self, action: DiscardCheckpoint) -> None:
        """A savepoint is its user's: only the job does without it."""
        self._jobs.remove_checkpoint(action.job_id, action.checkpoint.id)
        if action.checkpoint.metadata.kind is SnapshotKind.SAVEPOINT:
            return
        discard_checkpoint(action.checkpoint, action.retained)
        self._discarded += 1
        if self._discarded % _SWEEP_EVERY == 0 and action.retained:
            # Each task took part in the latest checkpoint after its trigger: what it had stored before, and that
            # checkpoint does not refer to, it will not name again.
            latest = max(checkpoint.metadata.timestamp for checkpoint in action.retained)
            sweep(self._directory, action.retained, latest - _CLOCK_TOLERANCE_MS)

    def _forget(self, action: ForgetJob) -> None:
        for attempt in Retrying(stop=stop_after_attempt(3), wait=wait_fixed(1), reraise=True):
            with attempt:
                self._jobs.remove_job(action.job_id, action.status)
        remove_unknown_checkpoints(self._directory, (*action.discarded, *action.retained))
        for checkpoint in action.discarded:
            discard_checkpoint(checkpoint, action.retained)
        sweep(self._directory, action.retained, None)
        remove_job_directory(self._directory)

    def _tolerating(self, order: Callable[[], None]) -> None:
        """Files that stay behind do no harm but to the disk. A job that could not be forgotten keeps its checkpoints:
        a later JobManager that takes it up does not begin it anew. One that was rescaled can go on as it was before."""
        try:
            order()
        except Exception as error:
            _LOG.warning("%s", _reason(error))


def _reason(error: Exception) -> str:
    return error.message if isinstance(error, SqlStreamError) else f"{type(error).__name__}: {error}"
