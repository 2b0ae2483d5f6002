"""Measurements as tables on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.table import Table

from benchmarks.nexmark.measurement import Measurement
from benchmarks.nexmark.workload import Workload


def results_table(measured: Sequence[Measurement], workload: Workload, parallelism: int) -> Table:
    """One line a query."""
    title = f"Nexmark, {workload.events:,} events, parallelism {parallelism}"
    table = _table(title, "M events/s", "seconds", "spread %", "CPU s per M events", "peak RSS MB")
    for m in measured:
        table.add_row(
            m.query,
            f"{m.events_per_second / 1e6:.2f}",
            f"{m.median:.2f}",
            f"{100 * m.spread:.0f}",
            f"{m.cpu_seconds_per_million:.2f}",
            f"{m.peak_rss_mb:.0f}",
        )
    return table


def peer_table(measured: Sequence[Measurement], peers: Mapping[str, float]) -> Table:
    """DuckDB, which has all events in files before it begins, beside the stream."""
    table = _table("DuckDB, once over the same events in Parquet files", "seconds", "sqlstream's seconds")
    for m in measured:
        table.add_row(m.query, f"{peers[m.query]:.2f}", f"{m.median:.2f}")
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table("query", *columns, title=title, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    return table
