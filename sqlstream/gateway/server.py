"""The SQL gateway as a server: its sessions, and the REST API over HTTP from a thread of its own."""

from __future__ import annotations

from threading import Thread

import uvicorn

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import GATEWAY_ADDRESS, GATEWAY_BIND_ADDRESS, GATEWAY_PORT
from sqlstream.gateway.rest_api import rest_api
from sqlstream.gateway.session_manager import SessionManager
from sqlstream.runtime.rpc.listening import listening_socket

_KEEP_ALIVE_SECONDS = 75
"""Longer than clients keep a connection for their next request: one that is closed while they use it is an error."""


class SqlGateway:
    """Accepts connections as soon as it is made; ClusterError when its port is in use."""

    def __init__(self, configuration: Configuration) -> None:
        host = configuration.optional(GATEWAY_BIND_ADDRESS) or configuration.option(GATEWAY_ADDRESS)
        self._socket = listening_socket(host, configuration.option(GATEWAY_PORT), GATEWAY_PORT.key)
        self.port = int(self._socket.getsockname()[1])
        self.url = f"http://{configuration.option(GATEWAY_ADDRESS)}:{self.port}"
        self.sessions = SessionManager(configuration)
        settings = uvicorn.Config(
            rest_api(self.sessions),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            server_header=False,
        )
        self._server = uvicorn.Server(settings)
        self._thread = Thread(target=self._server.run, args=([self._socket],), name="sql-gateway", daemon=True)
        self._thread.start()
        self.sessions.start_expiry()

    def close(self) -> None:
        """Stop serving, close all sessions and end the embedded jobs; requests in progress get a second to end."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
        self.sessions.close()
