"""What a JobManager tells a TaskManager to run, and what it hears back. JSON through and through."""

from __future__ import annotations

from enum import Enum
from typing import Union

import msgspec

from sqlstream.plan.jobgraph import JobMode, Partitioning, Vertex
from sqlstream.state.handles import OperatorHandle
from sqlstream.types.schema import Schema


class ExecutionState(Enum):
    """Of one subtask's one attempt, as Flink names them."""

    CREATED = "CREATED"
    SCHEDULED = "SCHEDULED"
    DEPLOYING = "DEPLOYING"
    INITIALIZING = "INITIALIZING"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    CANCELING = "CANCELING"
    CANCELED = "CANCELED"
    FAILED = "FAILED"

    @property
    def is_terminal(self) -> bool:
        return self in (ExecutionState.FINISHED, ExecutionState.CANCELED, ExecutionState.FAILED)


class JobStatus(Enum):
    """Of a job, as Flink names them."""

    INITIALIZING = "INITIALIZING"
    CREATED = "CREATED"
    RUNNING = "RUNNING"
    FAILING = "FAILING"
    FAILED = "FAILED"
    CANCELLING = "CANCELLING"
    CANCELED = "CANCELED"
    FINISHED = "FINISHED"
    RESTARTING = "RESTARTING"
    SUSPENDED = "SUSPENDED"
    RECONCILING = "RECONCILING"

    @property
    def is_terminal(self) -> bool:
        return self in (JobStatus.FINISHED, JobStatus.CANCELED, JobStatus.FAILED)


class ExecutionId(msgspec.Struct, frozen=True):
    """One attempt of one subtask. ``epoch`` says which start of the JobManager made it: what an earlier one left
    running is never taken for it."""

    job_id: str
    vertex_id: str
    subtask: int
    attempt: int
    epoch: int = 0


class ChannelId(msgspec.Struct, frozen=True):
    """From one producing subtask to one consuming subtask along one edge, in one attempt of both."""

    job_id: str
    edge_id: str
    producer: int
    consumer: int
    attempt: int
    epoch: int = 0


class InputChannel(msgspec.Struct, frozen=True):
    channel: ChannelId
    input: int


class OutputEdge(msgspec.Struct, frozen=True):
    """An edge as its producer sees it: ``addresses[i]`` is the data address (host:port) of consumer ``i``'s
    TaskManager, or that of the producer's own, in which case the channel is in memory."""

    edge_id: str
    partitioning: Partitioning
    schema: Schema
    addresses: tuple[str, ...]
    channels: tuple[ChannelId, ...]


class TaskRestore(msgspec.Struct, frozen=True):
    """The state a subtask begins with: for each operator (by id) the handles of the earlier subtasks whose state it
    shares, with ``items`` dealt out already. Chunks lie below ``chunk_directory`` (a URI). With ``ended`` the subtask's
    input had ended."""

    checkpoint_id: int
    chunk_directory: str
    operators: dict[str, tuple[OperatorHandle, ...]]
    ended: bool = False


class TaskDeployment(msgspec.Struct, frozen=True):
    execution: ExecutionId
    job_name: str
    mode: JobMode
    vertex: Vertex
    inputs: tuple[InputChannel, ...]
    input_schemas: tuple[Schema, ...]
    """The schema of each input of the first operator."""
    outputs: tuple[OutputEdge, ...]
    configuration: dict[str, str]
    restore: TaskRestore | None = None


class TaskMetrics(msgspec.Struct, frozen=True):
    """A subtask's counters, as its TaskManager reports them with each heartbeat and once more at its end.

    ``counters`` are summed over the chain by name (``numLateRecordsDropped``); times are in ms. ``watermark`` is the
    one that left the subtask, ``input_watermark`` the one it has received: MIN_TIMESTAMP before the first, None of a
    source.
    """

    records_in: int = 0
    records_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    watermark: int | None = None
    input_watermark: int | None = None
    busy_ms: int = 0
    idle_ms: int = 0
    backpressured_ms: int = 0
    counters: dict[str, int] = {}


class TaskStateChanged(msgspec.Struct, frozen=True, tag="state"):
    """``error`` is the one-line cause, ``hint`` what to do about it where that is known, ``trace`` the traceback for
    ``--verbose``. ``unreadable_checkpoint`` is the one whose state could not be restored, if that is the cause."""

    execution: ExecutionId
    state: ExecutionState
    error: str | None = None
    trace: str | None = None
    metrics: TaskMetrics | None = None
    hint: str | None = None
    unreadable_checkpoint: int | None = None


class InputEnded(msgspec.Struct, frozen=True, tag="input-ended"):
    """The subtask has processed all of its input and emitted all of its output. Where checkpoints are on it stays, to
    take part in them, until one with ``stop`` completes."""

    execution: ExecutionId


class CheckpointAcknowledged(msgspec.Struct, frozen=True, tag="checkpoint-acknowledged"):
    """The subtask's share of a checkpoint is stored; ``operators`` is by operator id.

    Times are in ms: of capturing references, of storing, and of waiting for barriers. ``stored_bytes`` is what this
    checkpoint added to the storage, ``state_bytes`` all that it refers to.
    """

    execution: ExecutionId
    checkpoint_id: int
    operators: dict[str, OperatorHandle]
    sync_ms: int = 0
    async_ms: int = 0
    alignment_ms: int = 0
    stored_bytes: int = 0
    state_bytes: int = 0


class CheckpointDeclined(msgspec.Struct, frozen=True, tag="checkpoint-declined"):
    """The subtask cannot store its share; it goes on all the same."""

    execution: ExecutionId
    checkpoint_id: int
    error: str


TaskReport = Union[TaskStateChanged, InputEnded, CheckpointAcknowledged, CheckpointDeclined]
"""What a TaskManager tells of its subtasks, in order."""
