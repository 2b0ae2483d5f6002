"""The JobManager's control port, where TaskManagers register and report, and its connections back to them."""

from __future__ import annotations

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import JOBMANAGER_BIND_HOST, JOBMANAGER_PORT
from sqlstream.runtime.deployment import ExecutionId, TaskDeployment
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.network.server import DataServer
from sqlstream.runtime.protocol import (
    CANCEL,
    CHECKPOINT_ABORTED,
    CHECKPOINT_COMPLETE,
    DEPLOY,
    DEREGISTER,
    HEARTBEAT,
    REGISTER,
    RELEASE,
    TRIGGER_CHECKPOINT,
    Acknowledgement,
    CheckpointNotice,
    CheckpointTrigger,
    Deregistration,
    Heartbeat,
    ReleaseRequest,
    TaskManagerInfo,
)
from sqlstream.runtime.rpc.actions import action
from sqlstream.runtime.rpc.client import ActionClient
from sqlstream.runtime.rpc.listening import available_port


class RemoteTaskManager:
    """A TaskGateway to another process."""

    def __init__(self, info: TaskManagerInfo) -> None:
        self._client = ActionClient(info.address, f"TaskManager {info.id}")

    def deploy(self, deployment: TaskDeployment) -> None:
        self._client.call(DEPLOY, deployment, Acknowledgement)

    def cancel(self, execution: ExecutionId) -> None:
        self._client.call(CANCEL, execution, Acknowledgement)

    def release(self, job_id: str) -> None:
        self._client.call(RELEASE, ReleaseRequest(job_id), Acknowledgement)

    def trigger_checkpoint(self, trigger: CheckpointTrigger) -> None:
        self._client.call(TRIGGER_CHECKPOINT, trigger, Acknowledgement)

    def checkpoint_complete(self, notice: CheckpointNotice) -> None:
        self._client.call(CHECKPOINT_COMPLETE, notice, Acknowledgement)

    def checkpoint_aborted(self, notice: CheckpointNotice) -> None:
        self._client.call(CHECKPOINT_ABORTED, notice, Acknowledgement)

    def close(self) -> None:
        self._client.close()


def serve_control(configuration: Configuration, job_manager: JobManager) -> DataServer:
    """Listens on ``jobmanager.rpc.port``; ClusterError when that is taken."""

    def deregister(message: Deregistration) -> Acknowledgement:
        job_manager.deregister(message)
        return Acknowledgement()

    host = configuration.option(JOBMANAGER_BIND_HOST)
    return DataServer(
        host,
        available_port(host, configuration.option(JOBMANAGER_PORT), JOBMANAGER_PORT.key),
        None,
        {
            REGISTER: action(TaskManagerInfo, job_manager.register),
            HEARTBEAT: action(Heartbeat, job_manager.heartbeat),
            DEREGISTER: action(Deregistration, deregister),
        },
    )
