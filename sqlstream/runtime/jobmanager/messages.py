"""What goes into the control plane's state machines, what goes between them, and what comes out.

Events come from outside, actions are for the shell to carry out; the rest the Dispatcher passes from one machine to
another. All are immutable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import ExecutionId, JobStatus, TaskDeployment
from sqlstream.runtime.protocol import CheckpointNotice, CheckpointTrigger, Deregistration, Heartbeat, TaskManagerInfo
from sqlstream.state.handles import CheckpointMetadata, CompletedCheckpoint


@dataclass(frozen=True)
class SubmitJob:
    """``savepoint`` is what the job starts from, already found to fit ``graph``."""

    graph: JobGraph
    savepoint: CompletedCheckpoint | None = None


@dataclass(frozen=True)
class RecoverJob:
    """A job that an earlier JobManager ran: ``checkpoints`` are its retained ones, oldest first. ``savepoint`` is what
    it started from, if it has no checkpoint of its own yet. With ``error`` neither can be read: the job has failed.
    ``highest_checkpoint`` is the highest id among its retained ones, those that cannot be read included."""

    graph: JobGraph
    checkpoints: tuple[CompletedCheckpoint, ...]
    savepoint: CompletedCheckpoint | None = None
    error: str | None = None
    highest_checkpoint: int = 0


class StopMode(Enum):
    """How a job ends with a savepoint: to go on later, or for good, with everything emitted that is held."""

    SUSPEND = "SUSPEND"
    DRAIN = "DRAIN"


@dataclass(frozen=True)
class TriggerSnapshot:
    """A user wants a checkpoint now, or, with a ``savepoint`` directory (a URI), a savepoint. ``request_id`` finds its
    outcome in the job's view."""

    job_id: str
    request_id: str
    savepoint: str | None = None
    stop: StopMode | None = None


@dataclass(frozen=True)
class RescaleJob:
    """A user wants the job to go on as ``graph``, which differs from what it is in the parallelism of its vertices.
    ``bounds`` (by vertex) are what was asked for, where that was more than one number."""

    job_id: str
    request_id: str
    graph: JobGraph
    bounds: Mapping[str, tuple[int, int]] | None = None


@dataclass(frozen=True)
class CheckpointTriggerFailed:
    """A TaskManager could not be told to begin a checkpoint."""

    execution: ExecutionId
    checkpoint_id: int
    error: str


@dataclass(frozen=True)
class CheckpointStored:
    """The answer to StoreCheckpoint: the checkpoint is durable, and found by a JobManager that starts anew."""

    job_id: str
    checkpoint: CompletedCheckpoint


@dataclass(frozen=True)
class CheckpointNotStored:
    """The answer to StoreCheckpoint when it could not be carried out."""

    job_id: str
    checkpoint_id: int
    error: str


@dataclass(frozen=True)
class CancelJob:
    job_id: str


@dataclass(frozen=True)
class ClientHeartbeat:
    """The client of a job is there; the job is cancelled at ``expires`` (ms) if this is not said again before."""

    job_id: str
    expires: int


@dataclass(frozen=True)
class SuspendJobs:
    """This JobManager stops, and a later one is to go on with its jobs."""


@dataclass(frozen=True)
class ReleaseResults:
    """The client has read the job's result, or does not want the rest: it need not outlive the job."""

    job_id: str


@dataclass(frozen=True)
class RegisterTaskManager:
    info: TaskManagerInfo


@dataclass(frozen=True)
class DeploymentFailed:
    """A TaskManager could not be told to run a task."""

    execution: ExecutionId
    error: str


@dataclass(frozen=True)
class TaskManagerUnreachable:
    """A TaskManager did not answer, several times in a row: it is taken for lost before its silence says so."""

    task_manager_id: str
    error: str


@dataclass(frozen=True)
class Tick:
    """Time has passed; see ``Dispatcher.next_deadline``."""


Event = (
    SubmitJob
    | RecoverJob
    | CancelJob
    | ClientHeartbeat
    | SuspendJobs
    | TriggerSnapshot
    | RescaleJob
    | ReleaseResults
    | RegisterTaskManager
    | Heartbeat
    | Deregistration
    | DeploymentFailed
    | TaskManagerUnreachable
    | CheckpointTriggerFailed
    | CheckpointStored
    | CheckpointNotStored
    | Tick
)


@dataclass(frozen=True)
class Slot:
    """A share of a TaskManager: it holds at most one subtask of each vertex of one job."""

    task_manager_id: str
    address: str
    index: int


@dataclass(frozen=True)
class RequestSlots:
    """From a JobMaster to the ResourceManager."""

    job_id: str
    count: int


@dataclass(frozen=True)
class ReturnSlots:
    """From a JobMaster to the ResourceManager: nothing of the job runs in them, and it does not wait in them."""

    job_id: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class SlotsGranted:
    """From the ResourceManager: all the slots asked for, at once."""

    job_id: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class SlotsDenied:
    job_id: str
    error: str


@dataclass(frozen=True)
class TaskManagerLost:
    task_manager_id: str
    address: str
    error: str


@dataclass(frozen=True)
class GiveUpTaskManager:
    """From a JobMaster to the ResourceManager: this TaskManager does not do what it is told."""

    task_manager_id: str
    reason: str


@dataclass(frozen=True)
class TaskManagerJoined:
    """From the ResourceManager: there are more slots now than there were."""

    task_manager_id: str


@dataclass(frozen=True)
class JobEnded:
    """From a JobMaster: its job's status is final and all its tasks have ended."""

    job_id: str


ResourceNotice = SlotsGranted | SlotsDenied | TaskManagerLost | TaskManagerJoined


@dataclass(frozen=True)
class DeployTask:
    task_manager_id: str
    deployment: TaskDeployment


@dataclass(frozen=True)
class CancelTask:
    task_manager_id: str
    execution: ExecutionId


@dataclass(frozen=True)
class ReleaseJob:
    task_manager_id: str
    job_id: str


@dataclass(frozen=True)
class ForgetTaskManager:
    """Nothing will be said to this TaskManager any more."""

    task_manager_id: str


@dataclass(frozen=True)
class TriggerCheckpoint:
    task_manager_id: str
    trigger: CheckpointTrigger


@dataclass(frozen=True)
class NotifyCheckpointComplete:
    task_manager_id: str
    notice: CheckpointNotice


@dataclass(frozen=True)
class NotifyCheckpointAborted:
    task_manager_id: str
    notice: CheckpointNotice


@dataclass(frozen=True)
class StoreCheckpoint:
    """Every task has stored its share: write ``metadata`` (to the ``savepoint`` directory for a savepoint), make the
    checkpoint known to a later JobManager, and answer."""

    job_id: str
    metadata: CheckpointMetadata
    savepoint: str | None


@dataclass(frozen=True)
class StoreJob:
    """A later JobManager is to run the job as ``graph``."""

    job_id: str
    graph: JobGraph


@dataclass(frozen=True)
class DiscardCheckpoint:
    """Forget ``checkpoint``, and remove it with those of its chunks that none of ``retained`` refers to. A savepoint is
    only forgotten: it is its user's."""

    job_id: str
    checkpoint: CompletedCheckpoint
    retained: tuple[CompletedCheckpoint, ...]


@dataclass(frozen=True)
class ForgetJob:
    """The job has ended for good, with ``status``: a later JobManager must not run it again. ``discarded`` are the
    checkpoints that were its own and that nobody is to restore from; of its files only what ``retained`` refers to is
    to stay."""

    job_id: str
    status: JobStatus
    discarded: tuple[CompletedCheckpoint, ...]
    retained: tuple[CompletedCheckpoint, ...]


@dataclass(frozen=True)
class FailJob:
    """From a CheckpointCoordinator to its JobMaster: the job as a whole has failed, and may be restarted."""

    job_id: str
    error: str


TaskAction = (
    DeployTask | CancelTask | ReleaseJob | TriggerCheckpoint | NotifyCheckpointComplete | NotifyCheckpointAborted
)
"""For one TaskManager."""
StorageAction = StoreCheckpoint | StoreJob | DiscardCheckpoint | ForgetJob
"""For the checkpoint storage."""
Action = TaskAction | StorageAction | ForgetTaskManager
CheckpointEffect = (
    TriggerCheckpoint
    | NotifyCheckpointComplete
    | NotifyCheckpointAborted
    | StoreCheckpoint
    | DiscardCheckpoint
    | ForgetJob
    | FailJob
)
JobEffect = (
    RequestSlots | ReturnSlots | GiveUpTaskManager | JobEnded | DeployTask | CancelTask | StoreJob | CheckpointEffect
)
