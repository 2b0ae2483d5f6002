"""``python -m benchmarks.gateway_load``: many sessions at a time execute statements on one SQL gateway.

A gateway process is started on a free port. Each session goes through the statements below again and again, with a
pause between them, and reads every result to its end. Latency is from sending the statement to having its last page.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from benchmarks.report import Report

STATEMENTS = {
    "SELECT 1": "SELECT 1",
    "SHOW TABLES": "SHOW TABLES",
    "streaming aggregate": "SELECT k, COUNT(*) FROM (VALUES (1), (1), (2)) AS t(k) GROUP BY k",
    "SET": "SET 'pipeline.name' = 'load'",
    "EXPLAIN": "EXPLAIN SELECT * FROM numbers WHERE a > 1",
    "INSERT": "INSERT INTO hole SELECT a FROM numbers",
    "a mistake": "SELECT nothing FROM numbers",
}
SET_UP = (
    "CREATE TABLE numbers (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '100')",
    "CREATE TABLE hole (a INT) WITH ('connector' = 'blackhole')",
)
MISTAKES = ("a mistake",)
ARRIVAL_SECONDS = 20
"""Sessions are opened one by one over this long; what is measured comes after."""
MEBIBYTE = 1 << 20


@dataclass
class Measured:
    """Seconds by statement, what went wrong, and the gateway's memory, once a second."""

    latencies: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    cores: float = 0.0


class Client:
    """One session, on a connection of its own: a pool's cost for each request grows with its connections."""

    def __init__(self, url: str, context: ssl.SSLContext, measured: Measured) -> None:
        self._http = httpx.AsyncClient(base_url=url, verify=context, timeout=60, trust_env=False)
        self._measured = measured

    async def run(self, since: float, until: float, pause: float) -> None:
        """Come at some moment before the clock says ``since``, and execute statements until it says ``until``,
        ``pause`` seconds apart on average. What begins before ``since`` is not measured."""
        await asyncio.sleep(random.uniform(0, since - time.monotonic()))
        opened = await self._http.post("/v2/sessions", json={})
        path = f"/v2/sessions/{opened.json()['sessionHandle']}"
        for statement in SET_UP:
            await self._execute(path, statement)
        while time.monotonic() < until:
            for name, statement in STATEMENTS.items():
                started = time.monotonic()
                error = await self._execute(path, statement)
                if started >= since:
                    self._measured.latencies[name].append(time.monotonic() - started)
                if (error is not None) != (name in MISTAKES):
                    self._measured.errors.append(f"{name}: {error}")
                await asyncio.sleep(random.uniform(0, 2 * pause))
        await self._http.delete(path)
        await self._http.aclose()

    async def _execute(self, path: str, statement: str) -> str | None:
        """Read the result to its end; what went wrong."""
        try:
            begun = await self._http.post(f"{path}/statements", json={"statement": statement})
            begun.raise_for_status()
            operation = f"{path}/operations/{begun.json()['operationHandle']}"
            uri: str | None = f"{operation}/result/0?rowFormat=JSON"
            error = None
            while uri is not None and error is None:
                answer = await self._http.get(uri)
                error = answer.text if answer.is_error else None
                uri = answer.json().get("nextResultUri")
            await self._http.delete(f"{operation}/close")
            return error
        except httpx.HTTPError as failure:
            return repr(failure)


@contextmanager
def gateway() -> Iterator[tuple[str, psutil.Process]]:
    """Its address and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SQLSTREAM_PID_DIR": folder, "SQLSTREAM_LOG_DIR": folder}
        command = [sys.executable, "-m", "sqlstream", "sql-gateway"]
        option = f"sql-gateway.endpoint.rest.port={port}"
        subprocess.run([*command, "start", "-D", option], check=True, env=environment)
        try:
            pid = int(next(Path(folder).glob("*.pid")).read_text().split()[0])
            yield f"http://127.0.0.1:{port}", psutil.Process(pid)
        finally:
            subprocess.run([*command, "stop"], check=True, env=environment)


async def load(url: str, process: psutil.Process, sessions: int, seconds: float, pause: float) -> Measured:
    measured = Measured()
    since = time.monotonic() + ARRIVAL_SECONDS
    until = since + seconds
    context = ssl.create_default_context()
    running = asyncio.gather(*(Client(url, context, measured).run(since, until, pause) for _ in range(sessions)))
    started, cpu = time.monotonic(), process.cpu_times()
    while not running.done():
        measured.memory.append(process.memory_info().rss / MEBIBYTE)
        measured.threads.append(process.num_threads())
        await asyncio.sleep(1)
    await running
    used = process.cpu_times()
    measured.cores = (used.user + used.system - cpu.user - cpu.system) / (time.monotonic() - started)
    return measured


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sessions", type=int, default=200, help="sessions at a time")
    parser.add_argument("--minutes", type=float, default=5, help="how long they go on")
    parser.add_argument(
        "--pause", type=float, default=5, help="seconds between the statements of a session, on average"
    )
    arguments = parser.parse_args()
    with gateway() as (url, process):
        seconds = arguments.minutes * 60
        measured = asyncio.run(load(url, process, arguments.sessions, seconds, arguments.pause))
    columns = {"statements": ".0f", "p50 ms": ".1f", "p99 ms": ".1f", "max ms": ".1f"}
    title = f"{arguments.sessions} sessions, {arguments.minutes:g} min, a statement every {arguments.pause:g} s each"
    report = Report("gateway_load", title, columns)
    for name, latencies in measured.latencies.items():
        figures = (percentile(latencies, share) * 1000 for share in (0.5, 0.99, 1))
        report.add(name, dict(zip(columns, (len(latencies), *figures), strict=True)))
    report.print()
    settled = measured.memory[len(measured.memory) // 5 :]
    print(f"Errors: {len(measured.errors)}. {measured.errors[:3]}")
    print(
        f"Memory MiB after a fifth of the time {settled[0]:.0f}, at the end {settled[-1]:.0f}, most {max(settled):.0f}"
    )
    print(f"Threads at most: {max(measured.threads)}; processor cores used: {measured.cores:.2f}")
    print(f"Written to {report.write()}")


if __name__ == "__main__":
    main()
