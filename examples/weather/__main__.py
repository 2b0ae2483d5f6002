"""``python -m examples.weather``: flights joined to the weather at their airport, and delays by visibility."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

import sqlstream
from examples.flights.prepare import prepare, prepare_weather
from sqlstream.errors import SqlStreamError
from sqlstream_client.progress import watch

SCRIPT = Path(__file__).with_name("flights_weather.sql")
OUTPUT = Path("demo-output/flights_weather")

_DELAYS = f"""
    SELECT CASE WHEN visib IS NULL THEN 'not reported' WHEN visib < 1 THEN 'below 1 mile'
                WHEN visib < 5 THEN '1 to 5 miles' WHEN visib < 10 THEN '5 to 10 miles'
                ELSE '10 miles' END AS visibility,
           count(*) AS flights, avg(dep_delay) AS delay, avg((dep_delay IS NULL)::INT) * 100 AS cancelled
    FROM read_parquet('{OUTPUT}/*.parquet') GROUP BY visibility ORDER BY min(visib) NULLS LAST
"""


def delays() -> Table:
    """How late flights left by how far one could see."""
    table = Table(title="Departures from New York City", title_justify="left", header_style="bold")
    for title in ("visibility", "flights", "mean delay (min)", "cancelled (%)"):
        table.add_column(title, justify="left" if title == "visibility" else "right")
    for visibility, flights, delay, cancelled in duckdb.sql(_DELAYS).fetchall():
        table.add_row(visibility, f"{flights:,}", f"{delay:.1f}", f"{cancelled:.1f}")
    return table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m examples.weather", description=__doc__)
    parser.add_argument("-p", "--parallelism", type=int, default=2, help="subtasks of each operator")
    arguments = parser.parse_args()
    prepare_weather(prepare())
    shutil.rmtree(OUTPUT, ignore_errors=True)
    try:
        with sqlstream.connect({"parallelism.default": str(arguments.parallelism)}) as session:
            job = session.sql(SCRIPT.read_text()).job
            assert job is not None
            finished = watch(job, sys.stdout)
    except SqlStreamError as error:
        print(f"[ERROR] {error}", file=sys.stderr)
        return 1
    if finished:
        Console().print(delays())
    return 0 if finished else 1


if __name__ == "__main__":
    sys.exit(main())
