"""The SQL gateway as a server: its sessions, and the REST API over HTTP."""

from __future__ import annotations

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import GATEWAY_ADDRESS, GATEWAY_BIND_ADDRESS, GATEWAY_PORT
from sqlstream.gateway.http_server import HttpServer
from sqlstream.gateway.rest_api import rest_api
from sqlstream.gateway.session_manager import SessionManager
from sqlstream.runtime.rpc.listening import listening_socket


class SqlGateway:
    """Accepts connections as soon as it is made; ClusterError when its port is in use."""

    def __init__(self, configuration: Configuration) -> None:
        host = configuration.optional(GATEWAY_BIND_ADDRESS) or configuration.option(GATEWAY_ADDRESS)
        listener = listening_socket(host, configuration.option(GATEWAY_PORT), GATEWAY_PORT.key)
        self.port = int(listener.getsockname()[1])
        self.url = f"http://{configuration.option(GATEWAY_ADDRESS)}:{self.port}"
        self.sessions = SessionManager(configuration)
        self._server = HttpServer(rest_api(self.sessions), listener)
        self.sessions.start_expiry()

    def close(self) -> None:
        """Stop serving, close all sessions and end the embedded jobs; requests in progress get a second to end."""
        self._server.close()
        self.sessions.close()
