"""A cluster of real processes that can be killed, frozen, thawed and started again, and that leaves none behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import httpx

from sqlstream.deploy.daemon import READY_VARIABLE
from tests.cluster_machine import free_port

JOB_MANAGER = 0
"""The number of the JobManager; the TaskManagers count from 1."""


class ManagedProcess:
    """One ``sqlstream ... start-foreground``, its output in ``log``."""

    def __init__(self, arguments: Sequence[str], log: Path) -> None:
        ready, inherited = os.pipe()
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sqlstream", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(inherited,),
                env={**os.environ, READY_VARIABLE: str(inherited)},
            )
        os.close(inherited)
        self._ready = os.fdopen(ready, encoding="utf-8")
        self._announcement: str | None = None
        self.frozen = False

    def wait_until_ready(self) -> str:
        """What it says of itself; AssertionError with its log when it died instead."""
        if self._announcement is None:
            with self._ready:
                self._announcement = self._ready.read().strip()
            assert self._announcement, f"{self.log}:\n{self.log.read_text()}"
        return self._announcement

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)
        self.frozen = True

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)
        self.frozen = False

    def kill(self) -> None:
        """As the kernel does it: no last words."""
        self._process.kill()
        self._process.wait()

    def terminate(self) -> int:
        """An orderly end; the exit code."""
        self._process.terminate()
        return self._process.wait(60)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._ready.close()
        if self.alive:
            self.kill()


class ProcessCluster:
    """A JobManager that remembers its jobs in ``directory``, and TaskManagers. As a context manager it starts them
    all, and kills whatever is left of them at the end."""

    def __init__(self, directory: Path, task_managers: int, options: Mapping[str, str] | None = None) -> None:
        self.directory = directory
        self.rest_port = free_port()
        self._logs = directory / "logs"
        self._logs.mkdir(parents=True)
        self._options = {
            "rest.port": str(self.rest_port),
            "jobmanager.rpc.port": str(free_port()),
            "jobmanager.storage": str(directory / "jobmanager"),
            "process.working-dir": str(directory / "work"),
            "heartbeat.interval": "300 ms",
            "heartbeat.timeout": "3 s",
            "taskmanager.registration.timeout": "10 min",
            **(options or {}),
        }
        self._count = 1 + task_managers
        self.processes: dict[int, ManagedProcess] = {}
        self.starts = [0] * self._count
        """How often each process was started."""

    def __enter__(self) -> ProcessCluster:
        try:
            for number in range(self._count):
                self.start(number)
            for process in self.processes.values():
                process.wait_until_ready()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for process in self.processes.values():
            process.close()

    def start(self, number: int, limits: Mapping[str, str] | None = None) -> ManagedProcess:
        """Start process ``number``, which does not run; its new log says in its name the how manieth start it was."""
        kind = "jobmanager" if number == JOB_MANAGER else "taskmanager"
        log = self._logs / f"{self.name(number).replace(' ', '-').lower()}-{self.starts[number]}.log"
        given = {**self._options, **(limits or {})}
        options = [argument for key, value in given.items() for argument in ("-D", f"{key}={value}")]
        self.starts[number] += 1
        process = self.processes[number] = ManagedProcess([kind, "start-foreground", *options], log)
        return process

    def name(self, number: int) -> str:
        return "JobManager" if number == JOB_MANAGER else f"TaskManager {number}"

    def task_manager_id(self, number: int) -> str:
        """The id under which TaskManager ``number`` is known: ``TaskManager 127.0.0.1:36549-ed559d: 1 slot(s)``."""
        return self.processes[number].wait_until_ready().split()[1].rstrip(":")

    def sqlstream(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the command against this cluster's JobManager."""
        finished = subprocess.run(
            [sys.executable, "-m", "sqlstream", *arguments, "-D", f"rest.port={self.rest_port}"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert not check or finished.returncode == 0, finished.stdout + finished.stderr
        return finished

    def submit(self, script: Path, *arguments: str) -> str:
        """Start the one job of ``script``; its id."""
        printed = self.sqlstream("run", "-t", "remote", "-d", *arguments, str(script)).stdout
        return printed.rpartition("Job ID: ")[2].split()[0]

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.rest_port}{path}", timeout=5)
