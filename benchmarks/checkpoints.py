"""What checkpoints cost: ``python -m benchmarks.checkpoints [--rows N] [--parallelism P] [--runs N] [--only TEXT]``.

Throughput of a GROUP BY over a million and over ten million keys, without checkpoints and with one a second, from
datagen into a blackhole; runs with and without take turns, so that both see the same machine, and medians are compared.
Then the bytes that a checkpoint writes when all, a tenth or a hundredth of the keys have changed since the one before,
and for how long the task stops; those are of a single operator, without a job around it.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.arguments import Arguments
from benchmarks.report import Report
from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.operators.base import Operator, OperatorContext, build_operator
from sqlstream.plan.expressions import AggregateCall
from sqlstream.plan.physical import GroupAggregate
from sqlstream.state.chunk_files import store_chunk
from sqlstream.types.logical import BIGINT
from sqlstream.types.schema import Field, Schema

KEYS = (1_000_000, 10_000_000)
ROWS_PER_KEY_AT_LEAST = 4
SHARES = (1.0, 0.1, 0.01)
CHECKPOINTS = 9
BATCH = 32_768
THROUGHPUT = {"rows/s without": ",.0f", "rows/s with": ",.0f", "with, %": ".1f", "CPU with, %": ".1f"}
BYTES = {"median MB": ".2f", "mean MB": ".2f", "most MB": ".2f", "state MB": ".1f", "median stop ms": ".1f"}


def script(keys: int, rows: int) -> str:
    return f"""
        CREATE TABLE numbers (k BIGINT, v BIGINT) WITH (
          'connector' = 'datagen', 'rows-per-second' = '1000000000', 'number-of-rows' = '{rows}',
          'fields.k.min' = '0', 'fields.k.max' = '{keys - 1}', 'fields.v.min' = '0', 'fields.v.max' = '999'
        );
        CREATE TABLE nowhere (k BIGINT, c BIGINT, s BIGINT) WITH ('connector' = 'blackhole');
        INSERT INTO nowhere SELECT k, COUNT(*), SUM(v) FROM numbers GROUP BY k"""


def throughput(keys: int, arguments: Arguments) -> dict[str, float]:
    """Rows and CPU seconds with and without checkpoints."""
    rows = max(arguments.rows, ROWS_PER_KEY_AT_LEAST * keys)
    without, with_ = [], []
    for _ in range(arguments.runs):
        without.append(one_run(keys, rows, arguments.parallelism, {}))
        with tempfile.TemporaryDirectory() as directory:
            settings = {"execution.checkpointing.interval": "1 s", "execution.checkpointing.dir": directory}
            with_.append(one_run(keys, rows, arguments.parallelism, settings))
    seconds, seconds_with = (statistics.median(run["seconds"] for run in runs) for runs in (without, with_))
    cpu, cpu_with = (statistics.median(run["cpu_seconds"] for run in runs) for runs in (without, with_))
    return {
        "rows/s without": rows / seconds,
        "rows/s with": rows / seconds_with,
        "with, %": 100 * seconds / seconds_with,
        "CPU with, %": 100 * cpu_with / cpu,
    }


def one_run(keys: int, rows: int, parallelism: int, settings: dict[str, str]) -> dict[str, float]:
    """In a process of its own, after a short run that loads the kernels."""
    settings = {"parallelism.default": str(parallelism), **settings}
    order = {"script": script(keys, rows), "warm_up": script(1000, 100_000), "settings": settings, "runs": 1}
    command = [sys.executable, "-m", "benchmarks.query_run"]
    ended = subprocess.run(command, input=json.dumps(order), stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, float] = json.loads(ended.stdout)["runs"][0]
    return figures


def bytes_written(keys: int, share: float, directory: str) -> dict[str, float]:
    """What checkpoints of a group aggregate write after random keys, ``share`` of all, have changed."""
    operator = _count_and_sum()
    for first in range(0, keys, BATCH):
        _feed(operator, np.arange(first, min(first + BATCH, keys)))
    random, stored = np.random.default_rng(1), dict[str, int]()
    _store(operator, directory, stored)
    written, stops = [], []
    for _ in range(CHECKPOINTS):
        changed = random.permutation(keys)[: int(share * keys)]
        for first in range(0, len(changed), BATCH):
            _feed(operator, changed[first : first + BATCH])
        size, stop = _store(operator, directory, stored)
        written.append(size / 1e6)
        stops.append(1000 * stop)
    return {
        "median MB": statistics.median(written),
        "mean MB": statistics.mean(written),
        "most MB": max(written),
        "state MB": sum(stored.values()) / 1e6,
        "median stop ms": statistics.median(stops),
    }


def _count_and_sum() -> Operator:
    numbers = Schema((Field("k", BIGINT), Field("v", BIGINT)))
    calls = (AggregateCall("COUNT", (), BIGINT, "c"), AggregateCall("SUM", (1,), BIGINT, "s"))
    result = Schema((numbers[0], Field("c", BIGINT), Field("s", BIGINT)))
    operator = build_operator(GroupAggregate((0,), calls, False, False, False, result, numbers))
    operator.open(OperatorContext(Configuration({})))
    return operator


def _feed(operator: Operator, keys: np.ndarray) -> None:
    for _ in operator.on_batch(Batch(pa.record_batch([pa.array(keys), pa.array(keys)], ["k", "v"]))):
        pass


def _store(operator: Operator, directory: str, stored: dict[str, int]) -> tuple[int, float]:
    """Bytes of the chunks that were not ``stored`` yet, and the seconds that the snapshot took."""
    started = time.perf_counter()
    chunks = operator.snapshot().keyed
    stop = time.perf_counter() - started
    added = 0
    for chunk in chunks:
        if chunk.id not in stored:
            stored[chunk.id] = store_chunk(directory, chunk).size
            chunk.release()
            added += stored[chunk.id]
    for id in stored.keys() - {chunk.id for chunk in chunks}:
        Path(directory, f"{id}.arrow").unlink()
        del stored[id]
    return added, stop


def run(arguments: Arguments) -> Iterator[Report]:
    report = Report("checkpoints", "GROUP BY, with a checkpoint every second and without", THROUGHPUT)
    for keys in KEYS:
        if arguments.selects(name := f"throughput, {keys:,} keys"):
            report.add(name, throughput(keys, arguments))
    yield report
    report = Report("checkpoint_bytes", f"Bytes of {CHECKPOINTS} checkpoints, each after a share of keys", BYTES)
    for keys in KEYS:
        for share in SHARES:
            if arguments.selects(name := f"bytes, {keys:,} keys, {share:.0%}"):
                with tempfile.TemporaryDirectory() as directory:
                    report.add(name, bytes_written(keys, share, directory))
    yield report


if __name__ == "__main__":
    for report in run(Arguments.parse(__doc__)):
        if report.rows:
            report.print()
            print(f"Written to {report.write()}")
