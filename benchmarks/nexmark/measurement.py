"""Measuring a query: some runs, each in a process of its own."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.nexmark.batch_peer import connect, peer_text, write_events
from benchmarks.nexmark.workload import Workload, write_side_input

_MEBIBYTE = 1 << 20
_WARM_UP_SHARE = 10


@dataclass(frozen=True)
class Measurement:
    """The runs of one query: wall-clock seconds, CPU seconds and peak resident bytes of each."""

    query: str
    events: int
    seconds: tuple[float, ...]
    cpu_seconds: tuple[float, ...]
    peak_rss: tuple[int, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """From the fastest run to the slowest, as a share of the median."""
        return (max(self.seconds) - min(self.seconds)) / self.median

    @property
    def events_per_second(self) -> float:
        return self.events / self.median

    @property
    def cpu_seconds_per_million(self) -> float:
        return statistics.median(self.cpu_seconds) / self.events * 1e6

    @property
    def peak_rss_mb(self) -> float:
        return max(self.peak_rss) / _MEBIBYTE

    def to_json(self) -> dict[str, Any]:
        return {
            "query": self.query,
            "events": self.events,
            "seconds": self.median,
            "events_per_second": self.events_per_second,
            "peak_rss_mb": self.peak_rss_mb,
            "cpu_seconds_per_million_events": self.cpu_seconds_per_million,
            "runs": list(self.seconds),
        }


def measure(workload: Workload, query: str, settings: Mapping[str, str], runs: int, warm_up: int) -> Measurement:
    """``warm_up``: runs on a tenth of the events in the process of each measured run, which load the kernels."""
    results = [_in_own_process(workload, query, settings, warm_up) for _ in range(runs)]
    return Measurement(
        query,
        workload.events,
        tuple(result["runs"][0]["seconds"] for result in results),
        tuple(result["runs"][0]["cpu_seconds"] for result in results),
        tuple(result["peak_rss_bytes"] for result in results),
    )


def _in_own_process(workload: Workload, query: str, settings: Mapping[str, str], warm_up: int) -> Any:
    shorter = replace(workload, events=max(1, workload.events // _WARM_UP_SHARE))
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        write_side_input(directory)
        order = {
            "script": ";\n".join(workload.script(query, directory)),
            "warm_up": ";\n".join(shorter.script(query, directory)),
            "warm_ups": warm_up,
            "settings": settings,
            "runs": 1,
        }
        command = [sys.executable, "-m", "benchmarks.query_run"]
        child = subprocess.run(command, input=json.dumps(order), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(child.stdout)


def measure_peer(workload: Workload, queries: Sequence[str], threads: int, runs: int) -> dict[str, float]:
    """Median seconds of each query in DuckDB, over files that are written first; results are made and dropped."""
    with tempfile.TemporaryDirectory() as folder:
        write_events(workload, Path(folder))
        with connect(Path(folder), threads) as database:
            return {query: statistics.median(_peer_run(database, query) for _ in range(runs)) for query in queries}


def _peer_run(database: Any, query: str) -> float:
    started = time.perf_counter()
    for _ in database.sql(peer_text(query)).to_arrow_reader(1 << 16):
        pass
    return time.perf_counter() - started
