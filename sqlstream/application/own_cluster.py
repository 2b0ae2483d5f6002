"""A cluster of its own as a process: JobManager, TaskManagers where it starts them, and what it is there for."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from threading import Thread

from sqlstream.application.application_store import ApplicationStore
from sqlstream.application.script_application import ScriptApplication
from sqlstream.application.script_output import ScriptOutput
from sqlstream.application.status import ApplicationStatus
from sqlstream.application.submitted_job import SubmittedJob
from sqlstream.config.configuration import Configuration
from sqlstream.config.options import SHUTDOWN_ON_APPLICATION_FINISH
from sqlstream.deploy.cluster_deployment import ClusterAddress, ClusterDeployment
from sqlstream.deploy.embedded import EmbeddedTarget
from sqlstream.deploy.foreground import Termination, log_to_stderr
from sqlstream.deploy.leash import on_release
from sqlstream.deploy.task_manager_processes import TaskManagerProcesses
from sqlstream.errors import SqlStreamError
from sqlstream.web.job_manager_process import JobManagerProcess

_LOG = logging.getLogger(__name__)


def run_own_cluster(deployment: ClusterDeployment, announce: Callable[[ClusterAddress], None]) -> ApplicationStatus:
    """Be the cluster until what it is there for has ended, or until Ctrl-C or SIGTERM. ``announce`` hears where it is
    once it can be reached. SqlStreamError when it cannot start."""
    log_to_stderr()
    termination = Termination()
    configuration = Configuration(deployment.options)
    store = ApplicationStore.of(configuration, deployment.cluster_id)
    ended = {} if store is None else store.claim(deployment.script)
    process = JobManagerProcess(configuration, termination.request, None if store is None else store.jobs)
    workers = None
    if deployment.starts_task_managers:
        workers = TaskManagerProcesses(
            configuration, process.job_manager, process.control_address, deployment.cluster_id
        )
    purpose: ScriptApplication | SubmittedJob
    if deployment.script is None:
        purpose = SubmittedJob(process.job_manager)
        if not on_release(purpose.client_has_gone):
            purpose.client_has_gone()
    else:
        purpose = ScriptApplication(
            deployment.script,
            configuration,
            process.job_manager,
            EmbeddedTarget(process.job_manager, deployment.cluster_id, ended),
            ScriptOutput(sys.stdout),
            recoverable=store is not None,
        )
    announce(ClusterAddress(deployment.cluster_id, process.rest_url))
    status = ApplicationStatus.UNKNOWN

    def run() -> None:
        nonlocal status
        try:
            status = purpose.run()
        except BaseException:
            status = ApplicationStatus.FAILED
            _LOG.exception("the application failed unexpectedly")
        _LOG.info("application %s has ended: %s", deployment.cluster_id, status.value)
        if configuration.option(SHUTDOWN_ON_APPLICATION_FINISH):
            termination.request()

    thread = Thread(target=run, name="application")
    thread.start()
    termination.wait()
    purpose.stop()
    thread.join()
    if workers is not None:
        workers.close()
    process.close(ends_cluster=status is not ApplicationStatus.UNKNOWN)
    if store is not None and status is not ApplicationStatus.UNKNOWN:
        try:
            store.clear()
        except SqlStreamError as error:
            _LOG.warning("%s", error)
    return status
