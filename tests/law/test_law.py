"""Random cuts of one input, at random parallelism, for every query shape: always DuckDB's answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sqlstream
from sqlstream.session.session import Session
from tests.law.inputs import DIMENSIONS, Cut, Row, event_rows, write_rows
from tests.law.shapes import SHAPES, Shape

EVENTS = event_rows(seed=11)
_TOTALS = "SELECT k, SUM(v) AS total FROM events GROUP BY k"


class Engine:
    """One session; every run reads the events from files of its own."""

    def __init__(self, folder: Path, options: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._options = options or {}
        self._runs = count()
        self._sessions = {mode: self._open(mode) for mode in ("streaming", "batch")}

    def _open(self, mode: str) -> Session:
        return sqlstream.connect({**self._options, "execution.runtime-mode": mode, "table.local-time-zone": "UTC"})

    def close(self) -> None:
        for session in self._sessions.values():
            session.close()

    def run(self, shape: Shape, mode: str, cut: Cut) -> list[Row]:
        """The final rows of ``shape``'s query over the events cut as ``cut`` says."""
        folder = self._folder / str(next(self._runs))
        write_rows(EVENTS, cut.files, folder / "events")
        write_rows(DIMENSIONS, (len(DIMENSIONS),), folder / "dims")
        session = self._sessions[mode]
        session.set("parallelism.default", str(cut.parallelism))
        session.set("execution.batch-size", str(cut.batch_size))
        session.set("table.exec.mini-batch.enabled", str(cut.mini_batch).lower())
        options = "'connector' = 'filesystem', 'format' = 'csv', 'csv.null-literal' = ''"
        session.sql(
            f"""
            DROP TEMPORARY VIEW IF EXISTS totals;
            DROP TEMPORARY TABLE IF EXISTS events;
            DROP TEMPORARY TABLE IF EXISTS dims;
            CREATE TEMPORARY TABLE events (
              id INT, k STRING, v INT, x DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '20' SECOND
            ) WITH ({options}, 'path' = '{folder}/events');
            CREATE TEMPORARY TABLE dims (k STRING, c INT) WITH ({options}, 'path' = '{folder}/dims');
            CREATE TEMPORARY VIEW totals AS {_TOTALS};
            """
        )
        table = session.sql(shape.sql).to_arrow()
        return [tuple(row) for row in zip(*(column.to_pylist() for column in table.columns), strict=True)]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.mktemp("law"))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def engine_on_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Keyed state is on disk, with no memory to speak of, and put there again and again by checkpoints."""
    options = {
        "state.backend.type": "disk",
        "taskmanager.memory.managed.size": "16 kb",
        "execution.checkpointing.interval": "50 ms",
        "execution.checkpointing.dir": str(tmp_path_factory.mktemp("checkpoints")),
    }
    engine = Engine(tmp_path_factory.mktemp("law-on-disk"), options)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def reference() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    events = pa.table(
        {
            "id": pa.array([row[0] for row in EVENTS], pa.int32()),
            "k": pa.array([row[1] for row in EVENTS], pa.string()),
            "v": pa.array([row[2] for row in EVENTS], pa.int32()),
            "x": pa.array([row[3] for row in EVENTS], pa.float64()),
            "ts": pa.array([row[4] for row in EVENTS], pa.timestamp("us")),
        }
    )
    keys, codes = zip(*DIMENSIONS, strict=True)
    dims = pa.table({"k": pa.array(keys, pa.string()), "c": pa.array(codes, pa.int32())})
    connection.register("events_arrow", events)
    connection.register("dims_arrow", dims)
    connection.sql("CREATE TABLE events AS FROM events_arrow")
    connection.sql("CREATE TABLE dims AS FROM dims_arrow")
    connection.sql(f"CREATE VIEW totals AS {_TOTALS}")
    return connection


def comparable(row: Row) -> Row:
    """Floats to nine digits (sums depend on the order of addition), whole numbers and decimals alike."""
    return tuple(_comparable(cell) for cell in row)


def _comparable(cell: object) -> object:
    if cell is None or isinstance(cell, str | datetime):
        return cell
    return float(f"{float(cell):.9g}")  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_cut_gives_the_batch_answer(
    shape: Shape, engine: Engine, reference: duckdb.DuckDBPyConnection, seed: int
) -> None:
    cut = Cut.random(seed, len(EVENTS))
    for mode in shape.modes:
        _check(shape, engine.run(shape, mode, cut), reference)


ON_DISK = ("group_two_keys", "group_distinct", "retraction", "percentile", "join_two_retracting", "tumble", "cumulate")
"""Shapes that differ in what they keep: accumulators, values, rows, slices."""


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape.name in ON_DISK], ids=lambda s: s.name)
def test_the_place_of_the_state_makes_no_difference(
    shape: Shape, engine_on_disk: Engine, reference: duckdb.DuckDBPyConnection
) -> None:
    for seed in (1, 2):
        _check(shape, engine_on_disk.run(shape, "streaming", Cut.random(seed, len(EVENTS))), reference)


def _check(shape: Shape, actual: list[Row], reference: duckdb.DuckDBPyConnection) -> None:
    expected = reference.sql(shape.duckdb or shape.sql).fetchall()
    if shape.count_only:
        assert len(actual) == len(expected)
    elif "ORDER BY" in shape.sql:
        assert list(map(comparable, actual)) == list(map(comparable, expected))
    else:
        assert Counter(map(comparable, actual)) == Counter(map(comparable, expected))
