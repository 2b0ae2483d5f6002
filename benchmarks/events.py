"""The input of the query benchmarks: made-up events in Parquet and CSV files, the same on every run.

There is one file a subtask, each holding every n-th event, so that all subtasks read the same stretch of time at once.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

KEYS = 300_000
WORDS = 10_000
CODES = 1_000
MILLISECONDS_APART = 2
"""Between one event and the next: a million of them take 33 minutes."""
DISORDER = 5_000
"""How many ms the column ``disordered`` is behind ``ts`` at most."""

_COLUMNS = """
    id BIGINT, k INT, word STRING, code INT, device INT, amount DOUBLE, quantity INT,
    ts TIMESTAMP(3), disordered TIMESTAMP(3)"""


def write_events(directory: Path, rows: int, files: int) -> None:
    """Make ``directory``/events (Parquet), /csv (the first three columns and more) and /codes."""
    table = _events(rows)
    for part in range(files):
        data = table.take(np.arange(part, rows, files))
        pq.write_table(data, _file(directory, "events", f"{part}.parquet"), compression="snappy")
        text = data.slice(0, data.num_rows // 4)
        csv.write_csv(text, _file(directory, "csv", f"{part}.csv"), csv.WriteOptions(include_header=False))
    codes = pa.table({"code": pa.array(np.arange(CODES), pa.int32()), "name": [f"code {i}" for i in range(CODES)]})
    pq.write_table(codes, _file(directory, "codes", "codes.parquet"))


def declarations(directory: Path) -> str:
    """CREATE TABLE statements for what :func:`write_events` has made; ``drain`` tables are made by each query."""

    def table(name: str, folder: str, watermark: str = "", format_: str = "parquet", columns: str = _COLUMNS) -> str:
        options = f"'connector' = 'filesystem', 'path' = '{directory / folder}', 'format' = '{format_}'"
        return f"CREATE TABLE {name} ({columns}{watermark}) WITH ({options});"

    return "\n".join(
        (
            table("events", "events", ", WATERMARK FOR ts AS ts"),
            table("disordered_events", "events", ", WATERMARK FOR disordered AS disordered"),
            table("text_events", "csv", format_="csv"),
            table("codes", "codes", columns="code INT, name STRING"),
        )
    )


def _events(rows: int) -> pa.Table:
    random = np.random.default_rng(7)
    ids = np.arange(rows)
    times = ids * MILLISECONDS_APART
    words = pa.array([f"word-{i}" for i in range(WORDS)])
    return pa.table(
        {
            "id": ids,
            "k": pa.array(random.integers(0, KEYS, rows), pa.int32()),
            "word": words.take(pa.array(random.integers(0, WORDS, rows))),
            "code": pa.array(random.integers(0, CODES, rows), pa.int32()),
            "device": pa.array(random.integers(0, 100, rows), pa.int32()),
            "amount": np.round(random.random(rows) * 1000, 2),
            "quantity": pa.array(random.integers(1, 100, rows), pa.int32()),
            "ts": pa.array(times, pa.timestamp("ms")),
            "disordered": pa.array(times - random.integers(0, DISORDER, rows), pa.timestamp("ms")),
        }
    )


def _file(directory: Path, folder: str, name: str) -> Path:
    (directory / folder).mkdir(parents=True, exist_ok=True)
    return directory / folder / name
