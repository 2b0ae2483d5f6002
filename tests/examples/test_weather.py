"""The weather example gives each flight the report that a batch database's ASOF join gives it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from examples.flights.prepare import prepare, prepare_weather

REPOSITORY = Path(__file__).parents[2]

EXPECTED = """
    WITH reports AS (
      SELECT origin, time_hour::TIMESTAMP AS reported, last(wind_speed ORDER BY n) AS wind_speed,
             last(visib ORDER BY n) AS visib
      FROM (SELECT *, row_number() OVER () AS n FROM read_csv('{weather}', header = false, nullstr = 'NA', names = [
        'origin', 'year', 'month', 'day', 'hour', 'temp', 'dewp', 'humid', 'wind_dir', 'wind_speed', 'wind_gust',
        'precip', 'pressure', 'visib', 'time_hour'], types = {{'wind_speed': 'DOUBLE', 'visib': 'DOUBLE'}}))
      GROUP BY ALL
    ), scheduled AS (
      SELECT *, time_hour::TIMESTAMP + minute * INTERVAL 1 MINUTE AS scheduled
      FROM read_csv('{flights}', nullstr = 'NA')
    )
    SELECT f.origin, f.carrier, f.flight, f.scheduled, f.dep_delay, w.reported, w.wind_speed, w.visib
    FROM scheduled AS f ASOF LEFT JOIN reports AS w ON f.origin = w.origin AND f.scheduled >= w.reported
"""
DIFFERENCE = "SELECT count(*) FROM (({left}) EXCEPT ALL ({right}))"


def test_the_example_equals_an_asof_join(tmp_path: Path) -> None:
    inputs = prepare(REPOSITORY / "demo-input")
    prepare_weather(inputs)
    shutil.copytree(inputs, tmp_path / "demo-input")
    finished = subprocess.run(
        [sys.executable, "-m", "examples.weather", "-p", "2"],
        cwd=tmp_path, env={"PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "10 miles" in finished.stdout
    actual = f"SELECT * FROM read_parquet('{tmp_path}/demo-output/flights_weather/*.parquet')"
    paths = {"flights": inputs / "flights.csv", "weather": inputs / "weather/weather.csv"}
    expected = EXPECTED.format(**paths)
    assert duckdb.sql(f"SELECT count(*), count(reported) > 300000 FROM ({actual})").fetchall() == [(336_776, True)]
    for left, right in ((actual, expected), (expected, actual)):
        assert duckdb.sql(DIFFERENCE.format(left=left, right=right)).fetchall() == [(0,)]
