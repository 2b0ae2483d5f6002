"""Starting and stopping processes that run in the background.

A daemon tells its starter that it is ready through an inherited pipe; when it dies before, the pipe closes, and its
log says why. So nobody polls. Options that may be secrets reach it on its standard input, where no list of processes
shows them.
"""

from __future__ import annotations

import getpass
import os
import select
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from sqlstream.deploy.leash import LEASH_VARIABLE, Leash
from sqlstream.deploy.pid_file import PidFile
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
    arguments = [argument for key, value in options.items() for argument in ("-D", f"{key}={value}")]
    number = len(PidFile(kind).running())
    starting = launch(kind, ["sqlstream", kind, "start-foreground", *arguments], _log_file(kind, str(number)))
    PidFile(kind).add(starting.process.pid)
    return starting


def launch_with_document(
    kind: str, module: str, document: bytes, name: str, *, leash: Leash | None = None, output: int | None = None
) -> Starting:
    """Run ``python -m MODULE`` in the background with ``document`` as its standard input. ``name`` tells its log from
    others of its ``kind``; with ``output`` what it prints goes to that file descriptor instead. It hears of the end of
    ``leash`` when this process lets go of it, or ends."""
    starting = launch(kind, [module], _log_file(kind, name), leash=leash, output=output, has_input=True)
    assert starting.process.stdin is not None
    with suppress(BrokenPipeError), starting.process.stdin as pipe:  # one that dies at once says why in its log
        pipe.write(document)
    return starting


def launch(
    kind: str,
    command: Sequence[str],
    log: Path,
    *,
    leash: Leash | None = None,
    output: int | None = None,
    has_input: bool = False,
) -> Starting:
    """Run ``python -m COMMAND`` in a session of its own, with what it prints in ``log``."""
    ready, inherited = os.pipe()
    variables = {READY_VARIABLE: str(inherited)} | ({} if leash is None else {LEASH_VARIABLE: str(leash.end)})
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            stdin=subprocess.PIPE if has_input else subprocess.DEVNULL,
            stdout=errors if output is None else output,
            stderr=errors,
            start_new_session=True,
            pass_fds=(inherited,) if leash is None else (inherited, leash.end),
            env={**os.environ, **variables},
        )
    os.close(inherited)
    if leash is not None:
        leash.given()
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


def _log_file(kind: str, name: str) -> Path:
    directory = Path(os.environ.get(LOG_DIR_VARIABLE, "log"))
    directory.mkdir(parents=True, exist_ok=True)
    return directory / f"sqlstream-{getpass.getuser()}-{kind}-{name}-{socket.gethostname()}.log"
