"""A place where tests run a cluster of real processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from sqlstream.config.configuration import Configuration
from sqlstream.deploy.remote import RemoteTarget


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Machine:
    """A directory for logs and pid files, two free ports, and the ``sqlstream`` command."""

    directory: Path
    rest_port: int
    control_port: int

    def sqlstream(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sqlstream", *arguments],
            env={**os.environ, "SQLSTREAM_LOG_DIR": str(self.directory), "SQLSTREAM_PID_DIR": str(self.directory)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def options(self) -> list[str]:
        given = {
            "rest.port": str(self.rest_port),
            "jobmanager.rpc.port": str(self.control_port),
            "heartbeat.interval": "200 ms",
            "heartbeat.timeout": "2 s",
            "slot.request.timeout": "500 ms",
            "taskmanager.registration.timeout": "15 s",
        }
        return [argument for key, value in given.items() for argument in ("-D", f"{key}={value}")]

    def target(self) -> RemoteTarget:
        return RemoteTarget(Configuration({"rest.port": str(self.rest_port)}))

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.rest_port}{path}")

    def process_at(self, address: str) -> psutil.Process:
        """The process that listens at ``address``."""
        port = int(address.rpartition(":")[2])
        for file in self.directory.glob("*taskmanager.pid"):
            for line in file.read_text().splitlines():
                process = psutil.Process(int(line.split()[0]))
                if any(c.laddr.port == port for c in process.net_connections() if c.status == psutil.CONN_LISTEN):
                    return process
        raise AssertionError(f"nobody listens at {address}")
