"""A JobManager process: the control plane, the port TaskManagers find it at, and the REST API."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import (
    JOBMANAGER_BIND_HOST,
    JOBMANAGER_PORT,
    REST_BIND_ADDRESS,
    REST_PORT,
    WEB_LOG_PATH,
)
from sqlstream.errors import ClusterError
from sqlstream.runtime.diagnostics.diagnostics import OwnDiagnostics
from sqlstream.runtime.diagnostics.log_files import LogFiles
from sqlstream.runtime.diagnostics.remote import RemoteDiagnostics
from sqlstream.runtime.jobmanager.control_server import RemoteTaskManager, serve_control
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.jobmanager.job_store import JobStore
from sqlstream.runtime.rpc.listening import available_port
from sqlstream.web.cluster_processes import ClusterProcesses, end_this_process
from sqlstream.web.server import RestServer

_LOG = logging.getLogger(__name__)


class JobManagerProcess:
    """Listens on both ports once made, and has taken over the jobs in ``jobmanager.storage``. ClusterError when a port
    is in use, StateError when the storage cannot be reached. ``store`` is what that option asks for, if not given.

    When the cluster is shut down through the REST API, ``on_shut_down`` sees to it that :meth:`close` is called.
    """

    def __init__(
        self,
        configuration: Configuration,
        on_shut_down: Callable[[], None] = end_this_process,
        store: JobStore | None = None,
    ) -> None:
        # The JobManager that has the ports now must not lose its jobs to one that cannot start.
        available_port(configuration.option(REST_BIND_ADDRESS), configuration.option(REST_PORT), REST_PORT.key)
        available_port(
            configuration.option(JOBMANAGER_BIND_HOST), configuration.option(JOBMANAGER_PORT), JOBMANAGER_PORT.key
        )
        self._on_shut_down = on_shut_down
        self._ends_cluster = False
        self.job_manager = JobManager(configuration, RemoteTaskManager, store=store)
        processes = ClusterProcesses(
            OwnDiagnostics(LogFiles.of_process(configuration.optional(WEB_LOG_PATH))), self._shut_down
        )
        try:
            self._rest = RestServer(configuration, self.job_manager, processes)
            self._control = serve_control(configuration, self.job_manager)
        except BaseException:
            self.job_manager.close()
            raise
        self.rest_url = self._rest.url
        self.control_address = self._control.address

    def close(self, *, ends_cluster: bool = False) -> None:
        """Stop. Jobs that a later JobManager can recover are suspended, others are cancelled. With ``ends_cluster``, or
        when the cluster is being shut down, its TaskManagers end too."""
        self.job_manager.close()
        if self._ends_cluster or ends_cluster:
            self._end_task_managers()
        self._rest.close()
        self._control.close()

    def _shut_down(self) -> None:
        _LOG.info("the cluster is shut down on request")
        self._ends_cluster = True
        self._on_shut_down()

    def _end_task_managers(self) -> None:
        for manager in self.job_manager.task_managers():
            try:
                RemoteDiagnostics(manager.info).shut_down()
            except ClusterError as error:
                _LOG.warning("%s", error.message)
