"""The benchmark's command: what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.nexmark.__main__ import Arguments, run
from benchmarks.nexmark.batch_peer import peer_text
from benchmarks.nexmark.measurement import Measurement
from benchmarks.nexmark.workload import query_names


def test_there_are_all_queries_and_each_can_be_asked_of_the_peer() -> None:
    assert query_names() == [f"q{number}" for number in range(24)]
    assert all("`" not in peer_text(query) for query in query_names())


def test_figures_are_written_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "figures" / "nexmark.json"
    options = ["--queries", "q2", "--events", "5000", "--runs", "2", "--warm-up", "0", "--peer", "duckdb"]
    run(Arguments.parse([*options, "--json", str(file)]))
    (figures,) = json.loads(file.read_text())
    assert figures["query"] == "q2" and figures["events"] == 5000
    assert figures["events_per_second"] == pytest.approx(5000 / figures["seconds"])
    assert len(figures["runs"]) == 2 and min(figures["runs"]) <= figures["seconds"] <= max(figures["runs"])
    assert figures["cpu_seconds_per_million_events"] > 0 and figures["peak_rss_mb"] > 10
    printed = capsys.readouterr().out
    assert "Nexmark, 5,000 events, parallelism 2" in printed and "DuckDB" in printed


def test_a_measurement_is_the_median_and_its_spread() -> None:
    measured = Measurement("q0", 3_000_000, (2.0, 1.0, 3.0), (1.0, 9.0, 6.0), (1 << 20, 5 << 20, 2 << 20))
    assert measured.events_per_second == 1_500_000
    assert measured.spread == 1.0
    assert measured.cpu_seconds_per_million == 2.0
    assert measured.peak_rss_mb == 5


@pytest.mark.parametrize("options", [["--queries", "q99"], ["--set", "parallelism"], ["--peer", "flink"]])
def test_what_cannot_be_measured_is_refused(options: list[str]) -> None:
    with pytest.raises(SystemExit):
        Arguments.parse(options)
