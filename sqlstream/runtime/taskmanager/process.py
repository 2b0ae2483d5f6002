"""A TaskManager process: a TaskExecutor, the port it is reached at, and its conversation with the JobManager."""

from __future__ import annotations

import os
from collections.abc import Callable

import psutil

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import (
    JOBMANAGER_HOST,
    JOBMANAGER_PORT,
    MANAGED_MEMORY,
    NUM_SLOTS,
    REGISTRATION_TIMEOUT,
    TASKMANAGER_HOST,
    TASKMANAGER_LOG_PATH,
    TASKMANAGER_PORT,
)
from sqlstream.runtime.deployment import ExecutionId, TaskDeployment
from sqlstream.runtime.diagnostics.diagnostics import OwnDiagnostics, diagnostic_actions
from sqlstream.runtime.diagnostics.log_files import LogFiles
from sqlstream.runtime.diagnostics.messages import SHUT_DOWN, Question
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
    HeartbeatReply,
    Registration,
    ReleaseRequest,
    TaskManagerInfo,
)
from sqlstream.runtime.rpc.actions import ActionTable, action
from sqlstream.runtime.rpc.client import ActionClient
from sqlstream.runtime.rpc.listening import available_port
from sqlstream.runtime.task.executor import TaskExecutor
from sqlstream.runtime.taskmanager.reachable_host import reachable_host
from sqlstream.runtime.taskmanager.session import JobManagerSession


class RemoteJobManager:
    """A JobManagerGateway to another process."""

    def __init__(self, address: str) -> None:
        self._client = ActionClient(address, "The JobManager")

    def register(self, info: TaskManagerInfo) -> Registration:
        return self._client.call(REGISTER, info, Registration)

    def heartbeat(self, heartbeat: Heartbeat) -> HeartbeatReply:
        return self._client.call(HEARTBEAT, heartbeat, HeartbeatReply)

    def deregister(self, deregistration: Deregistration) -> None:
        self._client.call(DEREGISTER, deregistration, Acknowledgement)

    def close(self) -> None:
        self._client.close()


class TaskManager:
    """Listens once made (ClusterError when it cannot); ``run`` makes it part of the cluster until ``stop``."""

    def __init__(self, configuration: Configuration) -> None:
        host = configuration.option(TASKMANAGER_HOST)
        port = available_port(host, configuration.option(TASKMANAGER_PORT), TASKMANAGER_PORT.key)
        self._slots = configuration.option(NUM_SLOTS)
        self._managed_memory = configuration.option(MANAGED_MEMORY)
        self._job_manager = RemoteJobManager(
            f"{configuration.option(JOBMANAGER_HOST)}:{configuration.option(JOBMANAGER_PORT)}"
        )
        self._session = JobManagerSession(
            self._job_manager,
            self._identify,
            lambda: self._executor,
            configuration.option(REGISTRATION_TIMEOUT) / 1000,
        )
        self._executor = TaskExecutor(configuration, self._session.report, None)
        diagnostics = OwnDiagnostics(
            LogFiles.of_process(configuration.optional(TASKMANAGER_LOG_PATH)), self._executor.thread_ids
        )
        self._server = DataServer(
            host,
            port,
            self._executor,
            {**_control_actions(self._session, self._executor), **diagnostic_actions(diagnostics)},
            reachable_host(configuration),
        )
        self.address = self._server.address

    def run(self, on_registered: Callable[[TaskManagerInfo], None]) -> None:
        """Returns after ``stop``. ClusterError when no JobManager is found."""
        try:
            self._session.run(on_registered)
        finally:
            self._executor.close()
            self._server.close()
            self._job_manager.close()

    def stop(self) -> None:
        """May be called from any thread; not from a signal handler."""
        self._session.stop()

    def _identify(self, suffix: str) -> TaskManagerInfo:
        return TaskManagerInfo(
            id=f"{self.address}-{suffix}",
            address=self.address,
            slots=self._slots,
            cpu_cores=os.cpu_count() or 1,
            physical_memory=psutil.virtual_memory().total,
            free_memory=psutil.virtual_memory().available,
            managed_memory=self._managed_memory,
        )


def _control_actions(session: JobManagerSession, executor: TaskExecutor) -> ActionTable:
    def deploy(deployment: TaskDeployment) -> Acknowledgement:
        session.deploy(deployment)
        return Acknowledgement()

    def cancel(execution: ExecutionId) -> Acknowledgement:
        session.cancel(execution)
        return Acknowledgement()

    def release(request: ReleaseRequest) -> Acknowledgement:
        session.release(request.job_id)
        return Acknowledgement()

    def trigger(request: CheckpointTrigger) -> Acknowledgement:
        executor.trigger_checkpoint(request)
        return Acknowledgement()

    def complete(notice: CheckpointNotice) -> Acknowledgement:
        executor.checkpoint_complete(notice)
        return Acknowledgement()

    def aborted(notice: CheckpointNotice) -> Acknowledgement:
        executor.checkpoint_aborted(notice)
        return Acknowledgement()

    def shut_down(_: Question) -> Acknowledgement:
        session.stop()
        return Acknowledgement()

    return {
        SHUT_DOWN: action(Question, shut_down),
        DEPLOY: action(TaskDeployment, deploy),
        CANCEL: action(ExecutionId, cancel),
        RELEASE: action(ReleaseRequest, release),
        TRIGGER_CHECKPOINT: action(CheckpointTrigger, trigger),
        CHECKPOINT_COMPLETE: action(CheckpointNotice, complete),
        CHECKPOINT_ABORTED: action(CheckpointNotice, aborted),
    }
