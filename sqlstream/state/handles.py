"""Where a snapshot's state lies once it is stored: the JSON that tasks, the JobManager and ``_metadata`` share."""

from __future__ import annotations

from enum import Enum
from typing import Any

import msgspec


class SnapshotKind(Enum):
    CHECKPOINT = "CHECKPOINT"
    SAVEPOINT = "SAVEPOINT"


class ChunkHandle(msgspec.Struct, frozen=True):
    """A stored :class:`~sqlstream.state.snapshot.StateChunk`: ``path`` is below the directory of all chunks of its
    checkpoints, ``size`` in bytes, ``checksum`` of the file's bytes, key groups are both included."""

    id: str
    table: str
    path: str
    size: int
    checksum: str
    rows: int
    first_key_group: int
    last_key_group: int


class OperatorHandle(msgspec.Struct, frozen=True):
    """One subtask's snapshot of one operator. ``ended``: its input had ended and it had finished, so that nothing is
    left for it to do but to commit."""

    keyed: tuple[ChunkHandle, ...] = ()
    values: dict[str, Any] = {}
    items: tuple[Any, ...] = ()
    ended: bool = False


class OperatorState(msgspec.Struct, frozen=True):
    """All subtasks of one operator, in order. ``operator_id`` is derived from what the operator computes."""

    operator_id: str
    name: str
    max_parallelism: int
    subtasks: tuple[OperatorHandle, ...]

    @property
    def parallelism(self) -> int:
        return len(self.subtasks)


class CheckpointMetadata(msgspec.Struct, frozen=True):
    """What ``_metadata`` says. ``timestamp`` (ms) is when the checkpoint was triggered. ``stop``: with it the job that
    took it was to end; if that job is restarted from it, it is to commit what is pending, and no more."""

    job_id: str
    job_name: str
    checkpoint_id: int
    kind: SnapshotKind
    timestamp: int
    operators: tuple[OperatorState, ...]
    stop: bool = False


class CompletedCheckpoint(msgspec.Struct, frozen=True):
    """A checkpoint or savepoint that can be restored from. ``location`` is the URI of the directory with its
    ``_metadata``; chunk paths in ``metadata`` are below ``chunk_directory`` (a URI)."""

    location: str
    chunk_directory: str
    metadata: CheckpointMetadata

    @property
    def id(self) -> int:
        return self.metadata.checkpoint_id
