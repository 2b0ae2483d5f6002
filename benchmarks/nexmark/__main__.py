"""The Nexmark queries, from the generator into a blackhole, in streaming mode.

``python -m benchmarks.nexmark --queries q5,q7 --events 10000000 --parallelism 2``. Every run has a process of its own,
which first warms up on a tenth of the events. Figures are medians over the runs, planning and deployment included;
``--peer duckdb`` also runs the queries at once in DuckDB, from Parquet files that hold the same events.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from benchmarks.nexmark.measurement import Measurement, measure, measure_peer
from benchmarks.nexmark.report import peer_table, results_table
from benchmarks.nexmark.workload import SETTINGS, Workload, query_names


@dataclass(frozen=True)
class Arguments:
    queries: tuple[str, ...]
    events: int
    rate: int
    seed: int
    parallelism: int
    runs: int
    warm_up: int
    settings: dict[str, str]
    json: Path | None
    peer: bool

    @staticmethod
    def parse(arguments: list[str] | None = None) -> Arguments:
        """From the command line."""
        parser = argparse.ArgumentParser(
            prog="python -m benchmarks.nexmark",
            description=__doc__,
            formatter_class=argparse.RawTextHelpFormatter,
        )
        parser.add_argument("--queries", default="", help="which, separated by commas (default: all)")
        parser.add_argument("--events", type=int, default=1_000_000)
        parser.add_argument("--rate", type=int, default=10_000, help="events per second of event time (%(default)s)")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--parallelism", type=int, default=2, help="subtasks of each operator (%(default)s)")
        parser.add_argument("--runs", type=int, default=3, help="measured runs of each query (%(default)s)")
        parser.add_argument("--warm-up", type=int, default=1, help="unmeasured runs before each (%(default)s)")
        parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the session")
        parser.add_argument("--json", type=Path, help="also write the figures to this file")
        parser.add_argument("--peer", choices=["duckdb"], help="measure the same queries there, too")
        given = parser.parse_args(arguments)
        unknown = set(names := [name for name in given.queries.split(",") if name]) - set(query_names())
        if unknown:
            parser.error(f"unknown queries: {', '.join(sorted(unknown))}; there are {', '.join(query_names())}")
        if not all("=" in setting for setting in given.set):
            parser.error("--set expects KEY=VALUE")
        return Arguments(
            queries=tuple(names or query_names()),
            events=given.events,
            rate=given.rate,
            seed=given.seed,
            parallelism=given.parallelism,
            runs=given.runs,
            warm_up=given.warm_up,
            settings={**SETTINGS, **dict(setting.split("=", 1) for setting in given.set)},
            json=given.json,
            peer=given.peer is not None,
        )

    @property
    def workload(self) -> Workload:
        return Workload(self.events, self.rate, self.seed)


def run(arguments: Arguments) -> list[Measurement]:
    """All measurements, printed as a table, with their progress while they are taken."""
    console = Console()
    settings = {"parallelism.default": str(arguments.parallelism), **arguments.settings}
    measured: list[Measurement] = []
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("", total=len(arguments.queries))
        for query in arguments.queries:
            progress.update(task, description=query)
            measured.append(measure(arguments.workload, query, settings, arguments.runs, arguments.warm_up))
            progress.advance(task)
        peers: dict[str, float] = {}
        if arguments.peer:
            progress.update(task, description="duckdb")
            peers = measure_peer(arguments.workload, arguments.queries, arguments.parallelism, arguments.runs)
    console.print(results_table(measured, arguments.workload, arguments.parallelism))
    if peers:
        console.print(peer_table(measured, peers))
    if arguments.json is not None:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps([m.to_json() for m in measured], indent=2) + "\n")
    return measured


if __name__ == "__main__":
    run(Arguments.parse())
