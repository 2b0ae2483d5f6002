"""Runs one script several times in this process: an order as JSON on stdin, the figures as JSON on stdout."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import sqlstream


def run_once(script: str, settings: dict[str, str]) -> dict[str, float]:
    """Wall-clock and CPU seconds of the script's last statement, a job, from its text to its end."""
    *setup, measured = (statement for statement in script.split(";\n") if statement.strip())
    with sqlstream.connect(settings) as session:
        for statement in setup:
            session.sql(statement)
        before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        session.sql(measured).wait()
        ended, after = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": ended - started, "cpu_seconds": cpu}


def peak_rss() -> int:
    """The most memory this process has had, in bytes. Linux's getrusage would also count the process it came from."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def carry_out(order: dict[str, Any]) -> dict[str, Any]:
    """``runs`` measured runs after ``warm_ups`` (1), of ``warm_up`` if there is one, that load the kernels."""
    for _ in range(order.get("warm_ups", 1)):
        run_once(order.get("warm_up", order["script"]), order["settings"])
    runs = [run_once(order["script"], order["settings"]) for _ in range(order["runs"])]
    return {"runs": runs, "peak_rss_bytes": peak_rss()}


if __name__ == "__main__":
    json.dump(carry_out(json.load(sys.stdin)), sys.stdout)
