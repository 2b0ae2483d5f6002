"""Jobs as a table for people."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from sqlstream.deploy.target import JobOverview

_UNLIMITED = 10_000
"""Columns where no terminal says how many there are: a program that reads the table gets it whole."""


def print_jobs(title: str, jobs: Sequence[JobOverview], now: int) -> None:
    """A line a job; ``now``, in ms since the epoch, is how long running ones have run."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("JOB ID", no_wrap=True)
    table.add_column("NAME", overflow="fold")
    table.add_column("STATE", no_wrap=True)
    table.add_column("STARTED", no_wrap=True)
    table.add_column("DURATION", no_wrap=True, justify="right")
    for job in jobs:
        table.add_row(
            job.job_id,
            Text(job.name),
            job.status.value,
            f"{datetime.fromtimestamp(job.start_time / 1000):%Y-%m-%d %H:%M:%S}",
            str(timedelta(seconds=duration(job, now) // 1000)),
        )
    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else _UNLIMITED)
    console.print(Text(title, style="bold"))
    console.print(table)


def duration(job: JobOverview, now: int) -> int:
    """How long ``job`` has run, or ran, in ms."""
    return max(0, (job.end_time or now) - job.start_time)
