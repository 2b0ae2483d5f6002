"""Runs schedules, and says of each that goes wrong how to run it again: ``python -m tests.simulation --help``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.schedule import run_schedule

_AT_ONCE = 50


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--schedules", type=int, default=1000, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the first; each next one has the next seed")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="default: one for each core")
    arguments = parser.parse_args()
    if arguments.schedules == 1:
        return _one(arguments.seed)
    return _many(range(arguments.seed, arguments.seed + arguments.schedules), arguments.processes)


def _one(seed: int) -> int:
    """With its trace."""
    trace: list[str] = []
    violation = run_schedule(seed, trace)
    for line in trace:
        print(line)
    if violation is not None:
        print(f"seed {seed}: {violation}")
    print(f"simulation: schedules=1 violations={int(violation is not None)}")
    return int(violation is not None)


def _many(seeds: range, processes: int) -> int:
    started = time.monotonic()
    violations = 0
    with ProcessPoolExecutor(processes) as pool:
        for results in pool.map(_batch, _batches(seeds)):
            for seed, what in results:
                violations += 1
                print(f"seed {seed}: {what}\n    make simulate SCHEDULES=1 SEED={seed}", flush=True)
    seconds = time.monotonic() - started
    print(f"{len(seeds) / seconds:.0f} schedules a second", file=sys.stderr)
    print(f"simulation: schedules={len(seeds)} violations={violations}")
    return int(violations > 0)


def _batches(seeds: range) -> Iterator[range]:
    return (seeds[first : first + _AT_ONCE] for first in range(0, len(seeds), _AT_ONCE))


def _batch(seeds: Iterable[int]) -> list[tuple[int, str]]:
    outcomes = ((seed, run_schedule(seed)) for seed in seeds)
    return [(seed, str(violation)) for seed, violation in outcomes if violation is not None]


if __name__ == "__main__":
    sys.exit(main())
