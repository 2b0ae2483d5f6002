"""How fast whole queries run embedded, from files (or datagen) into a blackhole, in streaming mode.

``python -m benchmarks.queries [--rows N] [--parallelism P] [--only TEXT]``. Each query runs in a process of its own,
once to warm up and then several times; the figures are medians over these, planning and deployment included.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.arguments import Arguments
from benchmarks.events import declarations, write_events
from benchmarks.report import Report

MINI_BATCH = ("table.exec.mini-batch.enabled", "true")
FLIGHTS = Path("demo-input")
FORMATS = {"rows/s": ",.0f", "seconds": ".2f", "CPU s per million rows": ".2f", "peak RSS MB": ".0f"}


@dataclass(frozen=True)
class Query:
    """``sql`` is a SELECT whose rows go into a blackhole of ``columns``; ``share`` says how many rows it reads for each
    event there is."""

    name: str
    columns: str
    sql: str
    settings: tuple[tuple[str, str], ...] = ()
    share: float = 1.0
    before: str = ""


def _windowed(function: str, keys: str = "word") -> str:
    return f"""SELECT {keys}, window_start, COUNT(*), SUM(quantity) FROM TABLE({function})
               GROUP BY {keys}, window_start, window_end"""


_WINDOW_ROW = "word STRING, s TIMESTAMP(3), n BIGINT, q BIGINT"
_DATAGEN = """CREATE TABLE made (id BIGINT, x INT, y INT, d DOUBLE) WITH (
    'connector' = 'datagen', 'number-of-rows' = '{rows}', 'rows-per-second' = '1000000000',
    'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '{rows}',
    'fields.x.min' = '0', 'fields.x.max' = '999');"""

QUERIES = (
    Query("datagen: pass 4 columns", "id BIGINT, x INT, y INT, d DOUBLE", "SELECT * FROM made", before=_DATAGEN),
    Query(
        "datagen: filter, project", "id BIGINT, x BIGINT, d DOUBLE",
        "SELECT id, CAST(x AS BIGINT) * 2 + y, d / 3 FROM made WHERE x > 100", before=_DATAGEN,
    ),
    Query(
        "filter, project", "id BIGINT, total DOUBLE, word STRING",
        "SELECT id, amount * quantity, word FROM events WHERE quantity > 50",
    ),
    Query(
        "string functions", "id BIGINT, a STRING, b STRING",
        "SELECT id, UPPER(word), SUBSTRING(word, 6) FROM events WHERE word LIKE '%7%'",
    ),
    Query(
        "CSV: filter, project", "id BIGINT, total DOUBLE, word STRING",
        "SELECT id, amount * quantity, word FROM text_events WHERE quantity > 50", share=0.25,
    ),
    Query(
        "GROUP BY 300 k integers", "k INT, n BIGINT, total BIGINT, most INT",
        "SELECT k, COUNT(*), SUM(quantity), MAX(quantity) FROM events GROUP BY k",
    ),
    Query(
        "GROUP BY 300 k integers, mini-batch", "k INT, n BIGINT, total BIGINT, most INT",
        "SELECT k, COUNT(*), SUM(quantity), MAX(quantity) FROM events GROUP BY k", (MINI_BATCH,),
    ),
    Query(
        "GROUP BY 10 k strings", "word STRING, n BIGINT, total BIGINT",
        "SELECT word, COUNT(*), SUM(quantity) FROM events GROUP BY word",
    ),
    Query(
        "GROUP BY 10 k strings, mini-batch", "word STRING, n BIGINT, total BIGINT",
        "SELECT word, COUNT(*), SUM(quantity) FROM events GROUP BY word", (MINI_BATCH,),
    ),
    Query(
        "GROUP BY two columns (1 M groups)", "word STRING, device INT, total DOUBLE",
        "SELECT word, device, SUM(amount) FROM events GROUP BY word, device",
    ),
    Query(
        "COUNT(DISTINCT) by 1000 codes", "code INT, n BIGINT",
        "SELECT code, COUNT(DISTINCT device) FROM events GROUP BY code",
    ),
    Query(
        "TUMBLE 1 min, 10 k keys", _WINDOW_ROW,
        _windowed("TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '1' MINUTE)"),
    ),
    Query(
        "TUMBLE 1 min, disordered, watermark without delay", _WINDOW_ROW,
        _windowed("TUMBLE(TABLE disordered_events, DESCRIPTOR(disordered), INTERVAL '1' MINUTE)"),
    ),
    Query(
        "HOP 5 min by 1 min, 1000 keys", "code INT, s TIMESTAMP(3), n BIGINT, q BIGINT",
        _windowed("HOP(TABLE events, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)", "code"),
    ),
    Query(
        "CUMULATE 10 min by 1 min, 1000 keys", "code INT, s TIMESTAMP(3), n BIGINT, q BIGINT",
        _windowed("CUMULATE(TABLE events, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '10' MINUTE)", "code"),
    ),
    Query(
        "join with 1000 rows", "id BIGINT, name STRING",
        "SELECT e.id, c.name FROM events AS e JOIN codes AS c ON e.code = c.code",
    ),
    Query(
        "join of two streams", "id BIGINT, a INT, b INT",
        "SELECT a.id, a.quantity, b.device FROM events AS a JOIN disordered_events AS b ON a.id = b.id", share=2.0,
    ),
)  # fmt: skip


def run(arguments: Arguments) -> Report:
    """Measure all queries whose name contains ``arguments.only``."""
    title = f"Queries over {arguments.rows:,} events, parallelism {arguments.parallelism}, median of {arguments.runs}"
    report = Report("queries", title, FORMATS)
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        write_events(directory, arguments.rows, arguments.parallelism)
        for query in QUERIES:
            if arguments.selects(query.name):
                rows = round(arguments.rows * query.share)
                report.add(query.name, _measure(_script(query, directory, arguments.rows), query, rows, arguments))
        if FLIGHTS.is_dir() and arguments.selects("flights demo"):
            script = Path("examples/flights/flights_daily.sql").read_text().replace("demo-output", folder)
            report.add("flights demo", _measure(script, Query("flights demo", "", ""), 336_776, arguments))
    return report


def _script(query: Query, directory: Path, rows: int) -> str:
    """Everything up to and including the one INSERT that is measured."""
    drain = f"CREATE TABLE drain ({query.columns}) WITH ('connector' = 'blackhole');"
    before = query.before.format(rows=rows)
    return "\n".join((declarations(directory), before, drain, f"INSERT INTO drain {query.sql};"))


def _measure(script: str, query: Query, rows: int, arguments: Arguments) -> dict[str, float]:
    settings = {"parallelism.default": str(arguments.parallelism), **dict(query.settings)}
    order = json.dumps({"script": script, "settings": settings, "runs": arguments.runs})
    command = [sys.executable, "-m", "benchmarks.query_run"]
    child = subprocess.run(command, input=order, stdout=subprocess.PIPE, text=True, check=True)
    runs = json.loads(child.stdout)
    seconds, cpu = (statistics.median(run[figure] for run in runs["runs"]) for figure in ("seconds", "cpu_seconds"))
    return {
        "rows/s": rows / seconds,
        "seconds": seconds,
        "CPU s per million rows": cpu / rows * 1e6,
        "peak RSS MB": runs["peak_rss_bytes"] / 2**20,
    }


if __name__ == "__main__":
    report = run(Arguments.parse(__doc__))
    report.print()
    report.write()
