"""The demo's output is what a batch database computes from the same file."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from examples.flights.prepare import prepare

REPOSITORY = Path(__file__).parents[2]

EXPECTED = """
    SELECT date_trunc('day', time_hour::TIMESTAMP + minute * INTERVAL 1 MINUTE) AS day, carrier, name,
           count(*) AS flights, avg(dep_delay) AS mean_dep_delay, quantile_cont(dep_delay, 0.95) AS p95_dep_delay,
           count(*) FILTER (WHERE dep_time IS NULL) AS cancelled
    FROM read_csv('{flights}', nullstr = 'NA') AS f
    JOIN read_csv('{airlines}', header = false, names = ['carrier', 'name']) AS a USING (carrier)
    GROUP BY ALL ORDER BY day, carrier
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo's input, shared with ``make demo`` where that has prepared it."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(prepare(REPOSITORY / "demo-input"), folder / "demo-input")
    return folder


def expected_rows(folder: Path) -> list[tuple[object, ...]]:
    paths = {"flights": folder / "demo-input/flights.csv", "airlines": folder / "demo-input/airlines/airlines.csv"}
    return duckdb.sql(EXPECTED.format(**paths)).fetchall()


def output_rows(folder: Path) -> list[tuple[object, ...]]:
    pattern = folder / "demo-output/flights_daily/*.parquet"
    return duckdb.sql(f"SELECT * FROM read_parquet('{pattern}') ORDER BY day, carrier").fetchall()


def same(left: object, right: object) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-12, abs_tol=1e-9)
    return left == right


@pytest.mark.parametrize("parallelism", [1, 2, 4])
def test_demo_equals_duckdb(demo: Path, parallelism: int) -> None:
    command = [sys.executable, "-m", "examples.flights", "-p", str(parallelism)]
    finished = subprocess.run(
        command, cwd=demo, env={"PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "rows read 336,792" in finished.stdout
    assert "late rows 0" in finished.stdout
    actual, expected = output_rows(demo), expected_rows(demo)
    assert len(actual) == len(expected)
    different = [pair for pair in zip(actual, expected, strict=True) if not all(map(same, *pair))]
    assert different == []
