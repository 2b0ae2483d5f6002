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
"""Columns of a line: nothing is left out, and where a name is too long for the terminal, it is that that breaks it."""


def print_jobs(title: str, jobs: Sequence[JobOverview], now: int) -> None:
    """A line a job; ``now``, in ms since the epoch, is how long running ones have run."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("JOB ID")
    table.add_column("STATE")
    table.add_column("STARTED")
    table.add_column("DURATION", justify="right")
    table.add_column("NAME")
    for job in jobs:
        table.add_row(
            job.job_id,
            job.status.value,
            f"{datetime.fromtimestamp(job.start_time / 1000):%Y-%m-%d %H:%M:%S}",
            str(timedelta(seconds=duration(job, now) // 1000)),
            Text(job.name),
        )
    console = Console(file=sys.stdout, highlight=False, width=_UNLIMITED)
    with console.capture() as captured:
        console.print(Text(title, style="bold"))
        console.print(table)
    for line in captured.get().splitlines():
        print(line.rstrip())


def duration(job: JobOverview, now: int) -> int:
    """How long ``job`` has run, or ran, in ms."""
    return max(0, (job.end_time or now) - job.start_time)
