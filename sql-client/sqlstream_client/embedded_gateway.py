"""The SQL gateway of embedded mode: in this process, behind a socket that nobody but this user can reach."""

from __future__ import annotations

import logging
import socket
from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree
from tempfile import gettempdir, mkdtemp

from sqlstream.config.configuration import Configuration
from sqlstream.deploy.target import JobClient
from sqlstream.errors import SqlStreamError
from sqlstream.gateway.api_version import ApiVersion
from sqlstream.gateway.http_server import HttpServer
from sqlstream.gateway.rest_api import rest_api
from sqlstream.gateway.session_manager import SessionManager

_LONGEST_DIRECTORY = 80
"""The path of a Unix domain socket has room for about 100 bytes."""
_SHORT_DIRECTORY = "/tmp"
_SILENCE = logging.NullHandler()


class EmbeddedGateway:
    """Sessions start with ``options``. It is reached at ``socket`` alone, the path of a Unix domain socket in a
    directory of mode 0700; what nobody asks for stays until it is closed."""

    def __init__(self, options: Mapping[str, str]) -> None:
        # The client tells what goes wrong; the log would tell it once more, in the middle of the screen.
        logging.getLogger("sqlstream.gateway").addHandler(_SILENCE)
        self._sessions = SessionManager(Configuration(options))
        self._directory = _private_directory()
        self.socket = str(self._directory / "gateway.sock")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(self.socket)
        listener.listen()
        self._server = HttpServer(rest_api(self._sessions, (ApiVersion.V4,)), listener)

    def job(self, session: str, job_id: str) -> JobClient:
        """A job that the session of the handle ``session`` has submitted. Waits while that executes a statement.
        ClusterError when its JobManager does not know it."""
        return self._sessions.session(session).call(lambda here: here.target.job(job_id)).result()

    def close(self) -> None:
        """Close all sessions, and end the jobs that run in this process."""
        self._server.close()
        self._sessions.close()
        rmtree(self._directory, ignore_errors=True)


def _private_directory() -> Path:
    usual = gettempdir()
    try:
        return Path(mkdtemp(prefix="sqlstream-", dir=usual if len(usual) <= _LONGEST_DIRECTORY else _SHORT_DIRECTORY))
    except OSError as error:
        raise SqlStreamError(
            f"There is no room for the client's own socket: {error}.",
            hint="Let TMPDIR be a directory you may write to.",
        ) from None
