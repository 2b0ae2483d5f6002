"""``make demo``: prepare the input once, run ``flights_daily.sql``, and watch it."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

import duckdb
from rich.table import Table

import sqlstream
from examples.flights.prepare import prepare
from sqlstream.errors import SqlStreamError
from sqlstream_client.progress import watch

SCRIPT = Path(__file__).with_name("flights_daily.sql")
OUTPUT = Path("demo-output/flights_daily")

_CARRIERS = f"""
    SELECT name, count(*) AS days, sum(flights) AS flights,
           sum(mean_dep_delay * (flights - cancelled)) / sum(flights - cancelled) AS mean_delay,
           max(p95_dep_delay) AS worst_p95, sum(cancelled) AS cancelled
    FROM read_parquet('{OUTPUT}/*.parquet') GROUP BY name ORDER BY flights DESC, name
"""


def carriers() -> Table:
    """What the finished output files say so far, per carrier."""
    table = Table(title="Departures from New York City", title_justify="left", header_style="bold")
    for title in ("carrier", "days", "flights", "mean delay (min)", "worst daily p95 (min)", "cancelled"):
        table.add_column(title, justify="left" if title == "carrier" else "right")
    if any(OUTPUT.glob("*.parquet")):
        for name, days, flights, mean, p95, cancelled in duckdb.sql(_CARRIERS).fetchall():
            table.add_row(name, f"{days}", f"{flights:,}", f"{mean:.1f}", f"{p95:.1f}", f"{cancelled:,}")
    return table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m examples.flights", description=__doc__)
    parser.add_argument("-p", "--parallelism", type=int, default=2, help="subtasks of each operator")
    arguments = parser.parse_args()
    started = time.monotonic()
    prepare()
    print(f"Input: demo-input/flights (prepared in {time.monotonic() - started:.1f} s)")
    shutil.rmtree(OUTPUT, ignore_errors=True)
    try:
        with sqlstream.connect({"parallelism.default": str(arguments.parallelism)}) as session:
            job = session.sql(SCRIPT.read_text()).job
            assert job is not None
            finished = watch(job, sys.stdout, extra=carriers)
    except SqlStreamError as error:
        print(f"[ERROR] {error}", file=sys.stderr)
        return 1
    print(f"Output: {OUTPUT}")
    return 0 if finished else 1


if __name__ == "__main__":
    sys.exit(main())
