"""A JobManager process: the control plane, the port TaskManagers find it at, and the REST API."""

from __future__ import annotations

from sqlstream.config.configuration import Configuration
from sqlstream.runtime.jobmanager.control_server import RemoteTaskManager, serve_control
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.web.server import RestServer


class JobManagerProcess:
    """Listens on both ports once made; ClusterError when one is in use."""

    def __init__(self, configuration: Configuration) -> None:
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
        """Cancel all jobs and stop."""
        self._job_manager.close()
        self._rest.close()
        self._control.close()
