"""The same queries on the same events, all at once, in DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.nexmark.workload import Workload, select_text
from sqlstream.config.configuration import Configuration
from sqlstream.spi.connector import TableContext
from sqlstream.spi.plugins import load_plugin
from sqlstream_connectors.nexmark.events import EVENT_COLUMNS

_SQL = Path(__file__).with_name("duckdb")
_ROWS_PER_READ = 100_000
KINDS = ("person", "auction", "bid")


def peer_text(query: str) -> str:
    """``query`` in DuckDB's SQL: its own where it differs by more than quotation marks."""
    own = _SQL / f"{query}.sql"
    return own.read_text() if own.exists() else select_text(query).replace("`", '"')


def write_events(workload: Workload, directory: Path) -> None:
    """All events as Parquet files, one for each kind."""
    rate = str(workload.rate)
    options = {
        "events.num": str(workload.events), "first-event.rate": rate, "next-event.rate": rate,
        "seed": str(workload.seed),
    }  # fmt: skip
    source = load_plugin("connectors", "nexmark").source(TableContext("events", Configuration(options), EVENT_COLUMNS))
    reader = source.reader(source.splits(1)[0], None)
    writers: dict[str, pq.ParquetWriter] = {}
    while (batch := reader.read(_ROWS_PER_READ, 0.0)) is not None:
        for kind in KINDS:
            rows = batch.data.column(batch.data.schema.get_field_index(kind))
            table = pa.Table.from_struct_array(rows.drop_null())
            if kind not in writers:
                writers[kind] = pq.ParquetWriter(directory / f"{kind}.parquet", table.schema)
            writers[kind].write_table(table)
    for writer in writers.values():
        writer.close()


def connect(directory: Path, threads: int) -> duckdb.DuckDBPyConnection:
    """A database over what :func:`write_events` has written."""
    database = duckdb.connect(config={"threads": threads})
    for kind in KINDS:
        database.execute(f"CREATE VIEW {kind} AS SELECT * FROM read_parquet('{directory / kind}.parquet')")
    return database


def answer(database: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """All rows of ``query``."""
    return database.execute(peer_text(query)).fetchall()
