"""Stopping what runs in the background on this machine, and saying so."""

from __future__ import annotations

import socket

import typer

from sqlstream.deploy import daemon
from sqlstream.errors import ClusterError


def stop_last(kind: str) -> None:
    """Stop the ``kind`` started last; ClusterError when there is none."""
    if not _stop(kind):
        raise ClusterError(
            f"No {kind} to stop on {socket.gethostname()}.",
            hint="Only one started in the background by this user can be stopped; see SQLSTREAM_PID_DIR.",
        )


def stop_all(kind: str) -> int:
    """Stop every ``kind``; how many there were."""
    stopped = 0
    while _stop(kind):
        stopped += 1
    return stopped


def _stop(kind: str) -> bool:
    pid = daemon.stop(kind)
    if pid is not None:
        typer.echo(f"Stopped {kind} (pid {pid}).")
    return pid is not None
