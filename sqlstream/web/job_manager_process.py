"""A JobManager process: the control plane, the port TaskManagers find it at, and the REST API."""

from __future__ import annotations

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import JOBMANAGER_BIND_HOST, JOBMANAGER_PORT, REST_BIND_ADDRESS, REST_PORT
from sqlstream.runtime.jobmanager.control_server import RemoteTaskManager, serve_control
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.rpc.listening import available_port
from sqlstream.web.server import RestServer


class JobManagerProcess:
    """Listens on both ports once made, and has taken over the jobs in ``jobmanager.storage``. ClusterError when a port
    is in use, StateError when the storage cannot be reached."""

    def __init__(self, configuration: Configuration) -> None:
        # The JobManager that has the ports now must not lose its jobs to one that cannot start.
        available_port(configuration.option(REST_BIND_ADDRESS), configuration.option(REST_PORT), REST_PORT.key)
        available_port(
            configuration.option(JOBMANAGER_BIND_HOST), configuration.option(JOBMANAGER_PORT), JOBMANAGER_PORT.key
        )
        self._job_manager = JobManager(configuration, RemoteTaskManager)
        try:
            self._rest = RestServer(configuration, self._job_manager)
            self._control = serve_control(configuration, self._job_manager)
        except BaseException:
            self._job_manager.close()
            raise
        self.rest_url = self._rest.url
        self.control_address = self._control.address

    def close(self) -> None:
        """Stop. Jobs that a later JobManager can recover are suspended, others are cancelled."""
        self._job_manager.close()
        self._rest.close()
        self._control.close()
