"""Serves the REST API over HTTP from a thread of its own."""

from __future__ import annotations

from threading import Thread

import uvicorn

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import REST_BIND_ADDRESS, REST_PORT
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.rpc.listening import listening_socket
from sqlstream.web.cluster_processes import ClusterProcesses
from sqlstream.web.rest_api import rest_api


class RestServer:
    """Accepts connections as soon as it is made; ClusterError when its port is in use."""

    def __init__(
        self, configuration: Configuration, job_manager: JobManager, processes: ClusterProcesses | None = None
    ) -> None:
        host = configuration.option(REST_BIND_ADDRESS)
        self._socket = listening_socket(host, configuration.option(REST_PORT), REST_PORT.key)
        self.url = f"http://{host}:{self._socket.getsockname()[1]}"
        settings = uvicorn.Config(
            rest_api(job_manager, processes),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
            server_header=False,
        )
        self._server = uvicorn.Server(settings)
        self._thread = Thread(target=self._server.run, args=([self._socket],), name="rest", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving; requests in progress get a second to end."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
