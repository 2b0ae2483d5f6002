"""What goes into the control plane's state machines, what goes between them, and what comes out.

Events come from outside, actions are for the shell to carry out; the rest the Dispatcher passes from one machine to
another. All are immutable.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import ExecutionId, TaskDeployment
from sqlstream.runtime.protocol import Deregistration, Heartbeat, TaskManagerInfo


@dataclass(frozen=True)
class SubmitJob:
    graph: JobGraph


@dataclass(frozen=True)
class CancelJob:
    job_id: str


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
class Tick:
    """Time has passed; see ``Dispatcher.next_deadline``."""


Event = (
    SubmitJob | CancelJob | ReleaseResults | RegisterTaskManager | Heartbeat | Deregistration | DeploymentFailed | Tick
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
class JobEnded:
    """From a JobMaster: its job's status is final and all its tasks have ended."""

    job_id: str


ResourceNotice = SlotsGranted | SlotsDenied | TaskManagerLost


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


Action = DeployTask | CancelTask | ReleaseJob | ForgetTaskManager
JobEffect = RequestSlots | JobEnded | DeployTask | CancelTask
