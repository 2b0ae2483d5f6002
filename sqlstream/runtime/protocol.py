"""What a TaskManager and its JobManager say to each other; every message may arrive twice without harm.

The TaskManager speaks (register, heartbeat, deregister) and is answered; the JobManager's own wishes (deploy, cancel,
release) go the other way. All of it is JSON.
"""

from __future__ import annotations

import msgspec

from sqlstream.runtime.deployment import ExecutionId, TaskMetrics, TaskReport

REGISTER = "register"
HEARTBEAT = "heartbeat"
DEREGISTER = "deregister"
DEPLOY = "deploy"
CANCEL = "cancel"
RELEASE = "release"
TRIGGER_CHECKPOINT = "trigger-checkpoint"
CHECKPOINT_COMPLETE = "checkpoint-complete"
CHECKPOINT_ABORTED = "checkpoint-aborted"


class TaskManagerInfo(msgspec.Struct, frozen=True):
    """A TaskManager as it introduces itself. ``id`` is new with each start; ``address`` (host:port) serves both data
    and control; memory is in bytes: free when it introduced itself, managed for keyed state."""

    id: str
    address: str
    slots: int
    cpu_cores: int = 1
    physical_memory: int = 0
    free_memory: int = 0
    managed_memory: int = 0


class Registration(msgspec.Struct, frozen=True):
    """The answer to TaskManagerInfo: how often to report, and after which silence one is taken for lost (ms)."""

    heartbeat_interval: int
    heartbeat_timeout: int


class ExecutionMetrics(msgspec.Struct, frozen=True):
    execution: ExecutionId
    metrics: TaskMetrics


class Heartbeat(msgspec.Struct, frozen=True):
    """A sign of life with all that happened since the last answered one, in order, and the metrics of what runs."""

    task_manager_id: str
    reports: tuple[TaskReport, ...] = ()
    metrics: tuple[ExecutionMetrics, ...] = ()


class HeartbeatReply(msgspec.Struct, frozen=True):
    """``known`` is False when the JobManager has given this TaskManager up (or never met it): it must cancel all it
    runs and register anew. ``cancel`` names executions that should not be running any more."""

    known: bool
    cancel: tuple[ExecutionId, ...] = ()


class Deregistration(msgspec.Struct, frozen=True):
    """A TaskManager leaves of its own accord."""

    task_manager_id: str
    reason: str


class ReleaseRequest(msgspec.Struct, frozen=True):
    """Forget the channels and results of a finished job."""

    job_id: str


class CheckpointTrigger(msgspec.Struct, frozen=True):
    """To a subtask without inputs: snapshot, and send the barrier (see :class:`~sqlstream.columnar.elements.Barrier`).

    With ``drain`` the source ends first, as if there were no more rows.
    """

    execution: ExecutionId
    checkpoint_id: int
    timestamp: int
    savepoint: str | None = None
    stop: bool = False
    drain: bool = False


class CheckpointNotice(msgspec.Struct, frozen=True):
    """To a subtask: the checkpoint is complete (commit what it covers), or has been given up."""

    execution: ExecutionId
    checkpoint_id: int


class Acknowledgement(msgspec.Struct, frozen=True):
    """Received; nothing more to say."""
