"""Clusters of their own, as real processes, for tests: started by the command, watched from outside."""

from __future__ import annotations

import getpass
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

_PATIENCE = 60.0


class WatchedProcess:
    """A process whose end can be waited for though it is nobody's child."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._descriptor: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._descriptor = None

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def has_ended(self, timeout: float = _PATIENCE) -> bool:
        """Waits for it up to ``timeout`` seconds."""
        return self._descriptor is None or bool(select.select([self._descriptor], [], [], timeout)[0])

    def close(self) -> None:
        """What still runs is killed."""
        if not self.has_ended(0):
            self.kill()
        if self._descriptor is not None:
            os.close(self._descriptor)


@dataclass
class Place:
    """``directory`` has the logs and the pid files of everything that is started here."""

    directory: Path
    watched: list[WatchedProcess] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "SQLSTREAM_LOG_DIR": str(self.directory), "SQLSTREAM_PID_DIR": str(self.directory)}

    def logs(self) -> str:
        """Of all that was started here, for whoever looks into a failure."""
        return "\n".join(f"== {file.name}\n{file.read_text()}" for file in sorted(self.directory.glob("*.log")))

    def popen(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "sqlstream", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def sqlstream(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sqlstream", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )

    def job_managers(self) -> list[WatchedProcess]:
        """Those that the pid file has, watched from now on."""
        file = self.directory / f"sqlstream-{getpass.getuser()}-standalone-job.pid"
        lines = file.read_text().splitlines() if file.exists() else []
        return [self.watch(int(line.split()[0])) for line in lines]

    def task_managers(self, job_manager: WatchedProcess) -> list[WatchedProcess]:
        """Its own, watched from now on."""
        return [self.watch(child.pid) for child in psutil.Process(job_manager.pid).children()]

    def watch(self, pid: int) -> WatchedProcess:
        process = WatchedProcess(pid)
        self.watched.append(process)
        return process

    def close(self) -> None:
        for process in self.watched:
            process.close()


@contextmanager
def place(directory: Path) -> Iterator[Place]:
    """Nothing that was watched there is left at the end."""
    opened = Place(directory)
    try:
        yield opened
    finally:
        opened.close()


class Application:
    """``sqlstream run-application --attached``: what it prints is read as it comes."""

    def __init__(self, where: Place, script: Path, *arguments: str) -> None:
        self._place = where
        self.process = where.popen("run-application", "-t", "local-application", "-a", *arguments, str(script))
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.cluster_id = self._told(r"Cluster ID: (\S+)")
        self.url = self._told(r"Watch it: (http://[\d.:]+)")
        self.job_manager = where.job_managers()[-1]
        self.printed = ""

    def task_managers(self) -> list[WatchedProcess]:
        return self._place.task_managers(self.job_manager)

    def until(self, pattern: str) -> str:
        """Reads on until a line matches; the first group."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line
            if found := re.search(pattern, line):
                return found[1] if found.groups() else found[0]
        raise AssertionError(f"no {pattern!r} in:\n{self.printed}\n{self._errors()}")

    def next_job(self) -> str:
        """The id of the next one that is started."""
        return self.until(r"Job ID: ([0-9a-f]{32})")

    def wait(self) -> int:
        """Reads all that is printed; the exit code."""
        assert self.process.stdout is not None
        self.printed += self.process.stdout.read()
        return self.process.wait(_PATIENCE)

    def get(self, path: str, **parameters: str) -> Any:
        answer = httpx.get(f"{self.url}{path}", params=parameters, timeout=_PATIENCE)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def checkpoint(self, job_id: str) -> None:
        """Have one taken, as often as it takes: before all tasks run there is none."""
        while (state := self.get(f"/jobs/{job_id}")["state"]) in ("INITIALIZING", "CREATED", "RUNNING"):
            asked = httpx.post(f"{self.url}/jobs/{job_id}/checkpoints", json={}).json()["request-id"]
            outcome = self.get(f"/jobs/{job_id}/checkpoints/{asked}", **{"wait-ms": "10000"})
            if outcome["status"]["id"] == "COMPLETED" and "failure-cause" not in outcome["operation"]:
                return
        raise AssertionError(f"the job is {state}")

    def cancel(self, job_id: str) -> None:
        assert httpx.patch(f"{self.url}/jobs/{job_id}", params={"mode": "cancel"}).status_code == 202

    def _told(self, pattern: str) -> str:
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        found = re.search(pattern, line)
        assert found, f"{line}{self._errors()}"
        return found[1]

    def _errors(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read()
