"""What a JobManager tells a TaskManager to run, and what it hears back. JSON through and through."""

from __future__ import annotations

from enum import Enum

import msgspec

from sqlstream.plan.jobgraph import JobMode, Partitioning, Vertex
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
    """One attempt of one subtask."""

    job_id: str
    vertex_id: str
    subtask: int
    attempt: int


class ChannelId(msgspec.Struct, frozen=True):
    """From one producing subtask to one consuming subtask along one edge, in one attempt of the job."""

    job_id: str
    edge_id: str
    producer: int
    consumer: int
    attempt: int


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


class TaskMetrics(msgspec.Struct, frozen=True):
    """A subtask's counters, as its TaskManager reports them with each heartbeat and once more at its end.

    ``counters`` are summed over the chain by name (``numLateRecordsDropped``); times are in ms.
    """

    records_in: int = 0
    records_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    watermark: int | None = None
    busy_ms: int = 0
    idle_ms: int = 0
    backpressured_ms: int = 0
    counters: dict[str, int] = {}


class TaskStateChanged(msgspec.Struct, frozen=True):
    """A TaskManager's report. ``error`` is the one-line cause, ``hint`` what to do about it where that is
    known, ``trace`` the traceback for ``--verbose``."""

    execution: ExecutionId
    state: ExecutionState
    error: str | None = None
    trace: str | None = None
    metrics: TaskMetrics | None = None
    hint: str | None = None
