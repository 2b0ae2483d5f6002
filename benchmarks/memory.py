"""``python -m benchmarks.memory``: a fast source before a slow sink holds memory flat.

The sink is a client that reads a SELECT slowly, embedded and on a cluster of two TaskManagers, where the rows also
cross an exchange between processes. Resident memory of every process is taken once a second.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

import sqlstream
from benchmarks.report import Report

SOURCE = """
    CREATE TABLE fast (k INT, v DOUBLE, text STRING) WITH (
      'connector' = 'datagen', 'rows-per-second' = '1000000000',
      'fields.k.min' = '0', 'fields.k.max' = '9999', 'fields.text.length' = '100'
    )
"""
QUERIES = {
    "projection": "SELECT k, v * 2, text FROM fast",
    "aggregate behind a hash exchange": "SELECT k, COUNT(*), MAX(text) FROM fast GROUP BY k",
}
SECONDS_PER_BATCH = 0.05
WARM_UP_SECONDS = 10
MEBIBYTE = 1 << 20


def resident(processes: list[psutil.Process]) -> float:
    """Resident memory of ``processes`` together, in MiB."""
    return sum(process.memory_info().rss for process in processes) / MEBIBYTE


def sample(options: Mapping[str, str], query: str, processes: list[psutil.Process], seconds: int) -> list[float]:
    """MiB once a second, while a client reads ``query`` slowly for ``seconds``."""
    samples: list[float] = []
    started = time.monotonic()
    with sqlstream.connect(options) as session:
        session.sql(SOURCE)
        result = session.sql(query)
        for _ in result.batches():
            time.sleep(SECONDS_PER_BATCH)
            elapsed = time.monotonic() - started
            if elapsed > len(samples) + 1:
                samples.append(resident(processes))
            if elapsed >= seconds:
                break
        result.cancel()
    return samples


@contextmanager
def cluster(ports: Mapping[str, str]) -> Iterator[list[psutil.Process]]:
    """Two TaskManagers and a JobManager; their processes."""
    command = [sys.executable, "-m", "sqlstream", "cluster"]
    options = [part for key, value in ports.items() for part in ("-D", f"{key}={value}")]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SQLSTREAM_PID_DIR": folder, "SQLSTREAM_LOG_DIR": folder}
        subprocess.run([*command, "start", "--taskmanagers", "2", *options], check=True, env=environment)
        try:
            names = ("taskmanager start-foreground", "jobmanager start-foreground")
            yield [p for p in psutil.process_iter() if any(name in " ".join(p.cmdline()) for name in names)]
        finally:
            subprocess.run([*command, "stop"], check=True, env=environment)


def figures(samples: list[float]) -> dict[str, float]:
    """First, last, least and most after the warm-up; and by how much the last exceeds the first."""
    settled = samples[WARM_UP_SECONDS:]
    return {
        "first MiB": settled[0],
        "last MiB": settled[-1],
        "min MiB": min(settled),
        "max MiB": max(settled),
        "growth %": 100 * (settled[-1] / settled[0] - 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="how long each query runs")
    parser.add_argument("--only", default="", help="only queries with this text in their name")
    arguments = parser.parse_args()
    columns = dict.fromkeys(("first MiB", "last MiB", "min MiB", "max MiB", "growth %"), ".1f")
    report = Report("memory", f"Resident memory after {WARM_UP_SECONDS} s, to {arguments.seconds} s", columns)
    selected = {name: sql for name, sql in QUERIES.items() if arguments.only in name}
    for name, sql in selected.items():
        embedded = {"parallelism.default": "2"}
        report.add(f"embedded, {name}", figures(sample(embedded, sql, [psutil.Process()], arguments.seconds)))
    ports = {"rest.port": "18081", "jobmanager.rpc.port": "16123"}
    with cluster(ports) as processes:
        remote = {"parallelism.default": "2", "execution.target": "remote", "rest.port": ports["rest.port"]}
        for name, sql in selected.items():
            report.add(f"cluster, {name}", figures(sample(remote, sql, processes, arguments.seconds)))
    report.print()
    print(f"Written to {report.write(Path(__file__).with_name('results'))}")


if __name__ == "__main__":
    main()
