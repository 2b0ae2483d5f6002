"""Which daemons of a kind run here: a file with a line for each, as ``$SQLSTREAM_PID_DIR`` holds it."""

from __future__ import annotations

import getpass
import os
import tempfile
from pathlib import Path

import psutil

from sqlstream.errors import ClusterError

PID_DIR_VARIABLE = "SQLSTREAM_PID_DIR"


class PidFile:
    """A process is recorded with its start time, so that another one that got its number is not taken for it."""

    def __init__(self, kind: str) -> None:
        self._path = pid_directory() / f"sqlstream-{getpass.getuser()}-{kind}.pid"

    def add(self, pid: int) -> None:
        self._write([*self.running(), psutil.Process(pid)])

    def remove(self, process: psutil.Process) -> None:
        self._write([other for other in self.running() if other != process])

    def running(self) -> list[psutil.Process]:
        """The recorded processes that still run, in order of their start."""
        if not self._path.is_file():
            return []
        entries = (line.split() for line in self._path.read_text(encoding="utf-8").splitlines())
        found = (_process(int(pid), float(started)) for pid, started in entries)
        return [process for process in found if process is not None]

    def _write(self, processes: list[psutil.Process]) -> None:
        lines = [f"{process.pid} {process.create_time()}\n" for process in processes]
        if lines:
            self._path.write_text("".join(lines), encoding="utf-8")
        else:
            self._path.unlink(missing_ok=True)


def pid_directory() -> Path:
    """``$SQLSTREAM_PID_DIR``, or a directory of the user's own in the system's temporary one. It exists afterwards."""
    given = os.environ.get(PID_DIR_VARIABLE)
    directory = Path(given or Path(tempfile.gettempdir()) / f"sqlstream-{getpass.getuser()}")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if given is None and directory.stat().st_uid != os.getuid():
        raise ClusterError(
            f"{directory} belongs to another user.", hint=f"Set {PID_DIR_VARIABLE} to a directory of yours."
        )
    return directory


def _process(pid: int, started: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        is_it = process.create_time() == started and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if is_it else None
