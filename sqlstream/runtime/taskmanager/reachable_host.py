"""Under which name a TaskManager is known to others."""

from __future__ import annotations

import socket

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import TASKMANAGER_EXTERNAL_HOST, TASKMANAGER_HOST

_EVERY_ADDRESS = ("0.0.0.0", "::")


def reachable_host(configuration: Configuration) -> str:
    """``taskmanager.host``, or the address it listens on; this machine's name where that is every address it has,
    which nobody can connect to."""
    given = configuration.optional(TASKMANAGER_EXTERNAL_HOST)
    if given is not None:
        return given
    host = configuration.option(TASKMANAGER_HOST)
    return socket.gethostname() if host in _EVERY_ADDRESS else host
