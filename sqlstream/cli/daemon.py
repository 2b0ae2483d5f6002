"""Starting and stopping a foreground verb as a background process.

A daemon tells its starter that it is ready through an inherited pipe; when it dies before, the pipe closes, and its
log says why. So nobody polls.
"""

from __future__ import annotations

import getpass
import os
import select
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from sqlstream.cli.pid_file import PidFile
from sqlstream.errors import ClusterError

LOG_DIR_VARIABLE = "SQLSTREAM_LOG_DIR"
READY_VARIABLE = "SQLSTREAM_READY_FD"
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Starting:
    """A daemon on its way up."""

    kind: str
    process: subprocess.Popen[bytes]
    ready_fd: int
    log: Path

    def wait(self) -> str:
        """What the daemon says of itself once it is ready; ClusterError with its own words when it died instead."""
        with os.fdopen(self.ready_fd, encoding="utf-8") as pipe:
            announcement = pipe.read().strip()
        if announcement:
            return announcement
        self.process.wait()
        raise ClusterError(
            f"The {self.kind} did not start: {last_error(self.log) or f'exit code {self.process.returncode}.'}",
            hint=f"Its log is {self.log}.",
        )


def start(kind: str, options: dict[str, str]) -> Starting:
    """Run ``sqlstream KIND start-foreground`` in the background, with ``options`` as its ``-D``."""
    log = _log_file(kind)
    ready, inherited = os.pipe()
    arguments = [argument for key, value in options.items() for argument in ("-D", f"{key}={value}")]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "sqlstream", kind, "start-foreground", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(inherited,),
            env={**os.environ, READY_VARIABLE: str(inherited)},
        )
    os.close(inherited)
    PidFile(kind).add(process.pid)
    return Starting(kind, process, ready, log)


def announce(text: str) -> None:
    """Called by a foreground verb when it is ready: tell the starter, or, where there is none, the terminal."""
    ready_fd = os.environ.pop(READY_VARIABLE, None)
    if ready_fd is None:
        print(text, flush=True)
        return
    with os.fdopen(int(ready_fd), "w", encoding="utf-8") as pipe:
        pipe.write(text)


def stop(kind: str) -> int | None:
    """Stop the ``kind`` started last; its process id, or None when none runs."""
    pid_file = PidFile(kind)
    running = pid_file.running()
    if not running:
        return None
    process = running[-1]
    process.terminate()
    if not _has_ended(process, STOP_SECONDS):
        process.kill()
    pid_file.remove(process)
    return int(process.pid)


def last_error(log: Path) -> str | None:
    """The message of the error that a verb ended with."""
    _, marker, message = log.read_text(encoding="utf-8", errors="replace").rpartition("[ERROR] ")
    return message.strip() if marker else None


def _has_ended(process: psutil.Process, timeout: float) -> bool:
    """Waits up to ``timeout`` seconds. A zombie counts as ended: not every container's first process reaps."""
    if not hasattr(os, "pidfd_open"):
        return bool(psutil.wait_procs([process], timeout)[0])
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], timeout)[0])
    finally:
        os.close(handle)


def _log_file(kind: str) -> Path:
    directory = Path(os.environ.get(LOG_DIR_VARIABLE, "log"))
    directory.mkdir(parents=True, exist_ok=True)
    stem = f"sqlstream-{getpass.getuser()}-{kind}"
    number = len(PidFile(kind).running())
    return directory / f"{stem}-{number}-{socket.gethostname()}.log"
