"""Sub-queries and set operations over small random rows: DuckDB's answer in streaming and in batch mode, however the
rows are cut."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sqlstream
from sqlstream.session.session import Session
from tests.law.inputs import Cut, Row, write_rows
from tests.law.subqueries import COLUMNS, SHAPES, TABLES
from tests.law.test_law import comparable

_MODES = ("streaming", "batch")


def random_rows(random_: random.Random) -> list[Row]:
    """Few values, so that rows meet; NULLs everywhere but in id."""
    return [
        (number, random_.choice([None, 1, 2, 3]), random_.choice([None, *range(6)]), random_.choice([None, "a", "b"]))
        for number in range(random_.randint(1, 14))
    ]


class Engines:
    """A session a mode, and DuckDB, over the same tables."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs = count()
        self.duckdb = duckdb.connect()
        self.sessions: dict[str, Session] = {
            mode: sqlstream.connect({"execution.runtime-mode": mode}) for mode in _MODES
        }

    def load(self, table: str, rows: list[Row], cut: Cut) -> None:
        folder = self._folder / str(next(self._runs))
        write_rows(rows, cut.files, folder)
        options = "'connector' = 'filesystem', 'format' = 'csv', 'csv.null-literal' = ''"
        for session in self.sessions.values():
            session.sql(
                f"""
                DROP TEMPORARY TABLE IF EXISTS {table};
                CREATE TEMPORARY TABLE {table} (id INT, k INT, v INT, s STRING) WITH ({options}, 'path' = '{folder}')
                """
            )
        self.duckdb.execute(f"CREATE OR REPLACE TABLE {table} (id INT, k INT, v INT, s VARCHAR)")
        self.duckdb.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' for _ in COLUMNS)})", rows)

    def close(self) -> None:
        for session in self.sessions.values():
            session.close()


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    engines = Engines(tmp_path_factory.mktemp("subqueries"))
    yield engines
    engines.close()


@pytest.mark.parametrize("sql", SHAPES.values(), ids=SHAPES)
@settings(max_examples=2, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_streams_and_batches_give_what_a_database_gives(sql: str, engines: Engines, seed: int) -> None:
    random_ = random.Random(seed)
    for table in TABLES:
        rows = random_rows(random_)
        cut = Cut((len(rows),), 1, 1, False) if len(rows) < 7 else Cut.random(seed, len(rows))
        engines.load(table, rows, cut)
        for session in engines.sessions.values():
            session.set("parallelism.default", str(cut.parallelism))
            session.set("execution.batch-size", str(cut.batch_size))
            session.set("table.exec.mini-batch.enabled", str(cut.mini_batch).lower())
    expected = Counter(map(comparable, engines.duckdb.execute(sql).fetchall()))
    for mode, session in engines.sessions.items():
        table = session.sql(sql).to_arrow()
        found = zip(*(column.to_pylist() for column in table.columns), strict=True)
        assert (mode, Counter(map(comparable, found))) == (mode, expected)
