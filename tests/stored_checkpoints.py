"""Checkpoints made by hand, for tests of their storage."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pyarrow as pa

from sqlstream.state.checkpoint_files import write_metadata
from sqlstream.state.checkpoint_locations import checkpoint_location, shared_directory
from sqlstream.state.chunk_files import store_chunk
from sqlstream.state.handles import (
    CheckpointMetadata,
    ChunkHandle,
    CompletedCheckpoint,
    OperatorHandle,
    OperatorState,
    SnapshotKind,
)
from sqlstream.state.snapshot import KEY_GROUP_COLUMN, StateChunk

JOB_ID = "0123456789abcdef0123456789abcdef"


def chunk(*key_groups: int, table: str = "counts") -> StateChunk:
    rows = {KEY_GROUP_COLUMN: pa.array(key_groups, pa.int32()), "count": pa.array([g * 10 for g in key_groups])}
    return StateChunk(uuid.uuid4().hex, table, pa.RecordBatch.from_pydict(rows))


def metadata(
    number: int,
    chunks: Sequence[ChunkHandle],
    kind: SnapshotKind = SnapshotKind.CHECKPOINT,
    *,
    job_id: str = JOB_ID,
    timestamp: int = 1_000,
) -> CheckpointMetadata:
    handle = OperatorHandle(tuple(chunks), {"position": number}, ({"split": 1}, {"split": 2}))
    state = OperatorState("a1b2", "GroupAggregate", 128, (handle,))
    return CheckpointMetadata(job_id, "counting", number, kind, timestamp, (state,))


def stored_checkpoint(
    job_directory: str, number: int, chunks: Sequence[ChunkHandle], *, job_id: str = JOB_ID
) -> CompletedCheckpoint:
    return write_metadata(checkpoint_location(job_directory, number), metadata(number, chunks, job_id=job_id))


def stored_chunk(job_directory: str, *key_groups: int) -> ChunkHandle:
    return store_chunk(shared_directory(job_directory), chunk(*key_groups))
