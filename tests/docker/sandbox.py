"""What containers of one Compose network see, without containers: a network of their own, where the names of services
lead to, so that a service runs with the very properties and ports that the Compose file gives it.

Needs Linux namespaces, and the right to make them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tests.docker.compose_file import ROOT, Service, services

HOST = "container"
_SETTLE = """
set -eu
ip link set lo up
hostname {host}
mount --bind {hosts} /etc/hosts
echo ready
exec cat
"""
DOCKER = ROOT / "docker"


def can_isolate() -> bool:
    """Whether namespaces can be made here."""
    try:
        made = subprocess.run(["unshare", "--net", "--mount", "--uts", "ip", "link"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return made.returncode == 0


class Container:
    """A service that runs."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self._log = log

    def wait_until_ready(self) -> str:
        """What it says of itself; AssertionError with its log when it died instead."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log
        return line

    def stop(self) -> int:
        """As ``docker stop`` does it; the exit code."""
        self.process.terminate()
        return self.process.wait(60)

    @property
    def log(self) -> str:
        return self._log.read_text()


class Sandbox:
    """As a context manager: a network and a directory in the place of the volume ``/data``. What still runs at the end
    is killed."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "data"
        self.data.mkdir()
        self._directory = directory
        self._places = {"/data": str(self.data), "/scripts": str(directory / "scripts")}
        self._containers: list[Container] = []
        conf = directory / "conf"
        conf.mkdir()
        (conf / "config.yaml").write_text(self._here((DOCKER / "config.yaml").read_text()))
        (directory / "scripts").mkdir()
        for script in (ROOT / "examples" / "docker").glob("*.sql"):
            (directory / "scripts" / script.name).write_text(self._here(script.read_text()))
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("SQLSTREAM_")} | {
            "PATH": f"{DOCKER}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "SQLSTREAM_CONF_DIR": str(conf),
            "PYTHONUNBUFFERED": "1",
        }

    def __enter__(self) -> Sandbox:
        hosts = self._directory / "hosts"
        hosts.write_text(f"127.0.0.1 localhost {HOST} {' '.join(services())}\n")
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "--uts", "sh", "-c", _SETTLE.format(host=HOST, hosts=hosts)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "ready\n"
        self._enter = ["nsenter", "--target", str(self._holder.pid), "--net", "--mount", "--uts"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for container in self._containers:
            if container.process.poll() is None:
                container.process.kill()
            container.process.communicate()
        self._holder.kill()
        self._holder.communicate()

    def start(self, service: Service) -> Container:
        """What ``docker compose up SERVICE`` starts."""
        log = self._directory / f"{service.name}-{len(self._containers)}.log"
        with log.open("w") as errors:
            process = subprocess.Popen(
                [*self._enter, "docker-entrypoint", *map(self._here, service.command)],
                env=self._environment_of(service),
                cwd=self.data,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        container = Container(process, log)
        self._containers.append(container)
        return container

    def run(self, service: Service, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """A command in a container of ``service``."""
        return subprocess.run(
            [*self._enter, *command],
            env=self._environment_of(service),
            cwd=self.data,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def _environment_of(self, service: Service) -> dict[str, str]:
        return {**self._environment, "SQLSTREAM_PROPERTIES": self._here(service.properties)}

    def _here(self, text: str) -> str:
        for place, directory in self._places.items():
            text = text.replace(place, directory)
        return text
