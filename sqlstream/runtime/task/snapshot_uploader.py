"""Stores what subtasks hand over at a checkpoint, while they go on."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import msgspec

from sqlstream.columnar.elements import Barrier
from sqlstream.errors import SqlStreamError
from sqlstream.runtime.deployment import (
    CheckpointAcknowledged,
    CheckpointDeclined,
    ExecutionId,
    TaskReport,
    TaskRestore,
)
from sqlstream.state.chunk_files import copy_chunk, store_chunk
from sqlstream.state.handles import ChunkHandle, OperatorHandle
from sqlstream.state.snapshot import StateChunk

Report = Callable[[TaskReport], None]


@dataclass(frozen=True, slots=True)
class CapturedState:
    """One operator's snapshot: chunks by reference, and the JSON of ``values`` and ``items`` as they were."""

    keyed: tuple[StateChunk, ...]
    values: bytes
    items: bytes


@dataclass(slots=True)
class Upload:
    """One subtask's share of a checkpoint; ``operators`` is by operator id, times are in ms."""

    barrier: Barrier
    operators: Mapping[str, CapturedState]
    ended: bool
    alignment_ms: int
    sync_ms: int
    captured: float
    """When (``time.monotonic``)."""
    aborted: bool = False


@dataclass(frozen=True, slots=True)
class _StoredChunk:
    directory: str
    handle: ChunkHandle


class SnapshotUploader:
    """A few threads for all subtasks of a TaskExecutor; each subtask's uploads are carried out one after the other."""

    def __init__(self, report: Report, threads: int = 2) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._not_started = threads
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._started: list[threading.Thread] = []

    def of_subtask(
        self, execution: ExecutionId, directory: Callable[[], str], restore: TaskRestore | None
    ) -> SubtaskUploads:
        """``directory`` says where the chunks of the job's checkpoints are. Those that the subtask was restored from
        count as stored."""
        return SubtaskUploads(execution, directory, restore, self._report, self._run)

    def close(self, timeout: float) -> None:
        """All subtasks are closed: waits up to ``timeout`` seconds for the file being written, and ends the threads."""
        with self._lock:
            threads, self._started = self._started, []
        for _ in threads:
            self._queue.put(None)
        deadline = time.monotonic() + timeout
        for thread in threads:
            thread.join(max(0, deadline - time.monotonic()))

    def _run(self, work: Callable[[], None]) -> None:
        with self._lock:
            if self._not_started:
                self._not_started -= 1
                name = f"snapshot-uploader-{len(self._started) + 1}"
                self._started.append(threading.Thread(target=self._serve, name=name, daemon=True))
                self._started[-1].start()
        self._queue.put(work)

    def _serve(self) -> None:
        while (work := self._queue.get()) is not None:
            work()


class SubtaskUploads:
    """The uploads of one attempt of a subtask. The subtask's thread adds to them; a closed one reports nothing."""

    def __init__(
        self,
        execution: ExecutionId,
        directory: Callable[[], str],
        restore: TaskRestore | None,
        report: Report,
        run: Callable[[Callable[[], None]], None],
    ) -> None:
        self._execution = execution
        self._directory = directory
        self._report = report
        self._run = run
        self._lock = threading.Lock()
        self._waiting: deque[Upload] = deque()
        self._current: Upload | None = None
        self._closed = False
        self._stored = {} if restore is None else _restored_chunks(restore)
        """The chunks of the latest snapshot that are stored, by id."""

    def add(self, upload: Upload) -> None:
        """Its chunks will be stored, and its outcome reported, from another thread."""
        with self._lock:
            if self._closed:
                return
            self._waiting.append(upload)
            if self._current is not None or len(self._waiting) > 1:
                return
        self._run(self._work)

    def abort(self, checkpoint_id: int) -> None:
        """Nobody waits for this checkpoint any more. What is not stored of it the next one stores."""
        with self._lock:
            for upload in (self._current, *self._waiting):
                if upload is not None and upload.barrier.checkpoint_id == checkpoint_id:
                    upload.aborted = True

    def close(self) -> None:
        """The attempt has ended: what it has not stored yet is not needed."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            if self._current is not None:
                self._current.aborted = True

    def _work(self) -> None:
        while (upload := self._next()) is not None:
            report = self._outcome(upload)
            self._forget_all_but(upload)
            if report is not None and not upload.aborted:
                self._report(report)

    def _next(self) -> Upload | None:
        with self._lock:
            self._current = self._waiting.popleft() if self._waiting else None
            return self._current

    def _outcome(self, upload: Upload) -> TaskReport | None:
        try:
            return self._acknowledgement(upload)
        except SqlStreamError as error:
            reason = error.message
        except Exception as error:  # whatever a storage raises, it is the checkpoint that fails and not its task
            reason = f"{type(error).__name__}: {error}"
        return CheckpointDeclined(self._execution, upload.barrier.checkpoint_id, reason)

    def _acknowledgement(self, upload: Upload) -> CheckpointAcknowledged | None:
        operators: dict[str, OperatorHandle] = {}
        added = total = 0
        for operator_id, captured in upload.operators.items():
            handles: list[ChunkHandle] = []
            for chunk in captured.keyed:
                if upload.aborted:
                    return None
                handle, is_new = self._store(chunk, upload.barrier.savepoint)
                handles.append(handle)
                added += handle.size if is_new else 0
                total += handle.size
            values, items = _decoded(captured)
            added += len(captured.values) + len(captured.items)
            total += len(captured.values) + len(captured.items)
            operators[operator_id] = OperatorHandle(tuple(handles), values, items, upload.ended)
        return CheckpointAcknowledged(
            self._execution,
            upload.barrier.checkpoint_id,
            operators,
            sync_ms=upload.sync_ms,
            async_ms=round((time.monotonic() - upload.captured) * 1000),
            alignment_ms=upload.alignment_ms,
            stored_bytes=added,
            state_bytes=total,
        )

    def _store(self, chunk: StateChunk, savepoint: str | None) -> tuple[ChunkHandle, bool]:
        """The chunk's handle in the directory of this snapshot, and whether it was not there before."""
        known = self._stored.get(chunk.id)
        directory = self._directory() if savepoint is None else savepoint
        if known is not None and known.directory == directory:
            chunk.release()
            return known.handle, False
        if known is None or not chunk.released:
            handle = store_chunk(directory, chunk)
        else:
            handle = copy_chunk(known.directory, known.handle, directory)
        if savepoint is None:
            # A savepoint is its user's, who may remove it: what is stored there alone counts as not stored.
            self._stored[chunk.id] = _StoredChunk(directory, handle)
            chunk.release()
        return handle, True

    def _forget_all_but(self, upload: Upload) -> None:
        named = {chunk.id for captured in upload.operators.values() for chunk in captured.keyed}
        self._stored = {id: stored for id, stored in self._stored.items() if id in named}


def _decoded(captured: CapturedState) -> tuple[dict[str, Any], tuple[Any, ...]]:
    return msgspec.json.decode(captured.values, type=dict[str, Any]), tuple(msgspec.json.decode(captured.items))


def _restored_chunks(restore: TaskRestore) -> dict[str, _StoredChunk]:
    return {
        handle.id: _StoredChunk(restore.chunk_directory, handle)
        for operator in restore.operators.values()
        for subtask in operator
        for handle in subtask.keyed
    }
