"""The final result of every query, at one subtask and at two, is what DuckDB makes of the same events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

import sqlstream
from benchmarks.nexmark.batch_peer import answer, connect, write_events
from benchmarks.nexmark.workload import SETTINGS, Workload, select_text, write_side_input
from sqlstream.columnar.batch import RowKind
from tests.nexmark.plans import PLANS

Row = tuple[Any, ...]

WORKLOAD = Workload(events=20_000, rate=1_000)
"""No two events at the same millisecond: there is one last bid."""
_DETERMINED = {"q19": (0, 2, 7)}
"""Bids of the same price rank in any order: the auction, the price and the rank."""
_ADDED = (RowKind.INSERT, RowKind.UPDATE_AFTER)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("nexmark")
    write_side_input(directory)
    write_events(WORKLOAD, directory)
    return directory


@pytest.fixture(scope="module")
def peer(files: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(files, threads=1) as database:
        yield database


@pytest.fixture(params=[1, 2], ids=lambda parallelism: f"parallelism {parallelism}")
def session(request: pytest.FixtureRequest) -> Iterator[sqlstream.Session]:
    with sqlstream.connect({"parallelism.default": str(request.param), **SETTINGS}) as session:
        yield session


def final_rows(session: sqlstream.Session, query: str) -> Counter[Row]:
    """What is left when all changes have been made."""
    rows: Counter[Row] = Counter()
    for batch in session.sql(query).batches():
        for kind, row in batch.to_rows():
            rows[row] += 1 if kind in _ADDED else -1
    assert min(rows.values(), default=0) >= 0
    return +rows


def _determined(query: str, rows: Counter[Row]) -> Counter[Row]:
    """Without the columns that depend on which of two equally good rows comes first."""
    found: Counter[Row] = Counter()
    for row, count in rows.items():
        found[tuple(row[column] for column in _DETERMINED[query]) if query in _DETERMINED else row] += count
    return found


@pytest.mark.parametrize("query", sorted(PLANS.keys() - {"q10", "q12"}))
def test_the_final_result_is_that_of_a_batch_database(
    query: str, session: sqlstream.Session, peer: duckdb.DuckDBPyConnection, files: Path
) -> None:
    *setup, _ = WORKLOAD.script(query, files)
    for statement in setup:
        session.sql(statement)
    expected = _determined(query, Counter(answer(peer, query)))
    assert expected
    assert _determined(query, final_rows(session, select_text(query))) == expected


def test_q12_counts_every_bid_in_some_window(
    session: sqlstream.Session, peer: duckdb.DuckDBPyConnection, files: Path
) -> None:
    *setup, _ = WORKLOAD.script("q12", files)
    for statement in setup:
        session.sql(statement)
    counts: Counter[int] = Counter()
    for (bidder, count, start, end), times in final_rows(session, select_text("q12")).items():
        counts[bidder] += count * times
        assert end - start == timedelta(seconds=10) and start.second % 10 == 0
    assert counts == dict(answer(peer, "q12"))


def test_q10_writes_all_bids_by_the_minute(
    session: sqlstream.Session, peer: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    *setup, insert = WORKLOAD.script("q10", tmp_path)
    for statement in setup:
        session.sql(statement)
    session.sql(insert).wait()
    written = final_rows(session, "SELECT * FROM nexmark_q10")
    assert written == Counter(answer(peer, "q10"))
    assert {path.name for path in (tmp_path / "q10" / "dt=2015-07-15").iterdir()} == {"hm=00%3A00"}
