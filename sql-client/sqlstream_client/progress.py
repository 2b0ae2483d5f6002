"""A running job on the terminal: what each step has read and written, and how far event time has come."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from sqlstream.columnar.elements import MAX_TIMESTAMP
from sqlstream.deploy.target import JobClient
from sqlstream.errors import SqlStreamError
from sqlstream.runtime.deployment import JobStatus
from sqlstream_client.job_steps import JobSteps
from sqlstream_client.job_totals import JobTotals

REFRESH_SECONDS = 0.2


def watermark_text(milliseconds: int | None) -> str:
    """A watermark as a timestamp; nothing before the first, ``end`` after the last."""
    if milliseconds is None or milliseconds < -(2**62):
        return ""
    if milliseconds >= MAX_TIMESTAMP:
        return "end"
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S}"


def progress_table(job: JobSteps) -> Table:
    """One line a vertex."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title, justify in (("step", "left"), ("rows in", "right"), ("rows out", "right"), ("event time", "left")):
        table.add_column(title, justify=justify, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
    for step in job.steps:
        table.add_row(
            Text(f"{step.name} ({step.parallelism})"),
            f"{step.rows_in:,}",
            f"{step.rows_out:,}",
            watermark_text(step.watermark),
        )
    return table


def progress_lines(job: JobSteps, width: int) -> list[str]:
    """Its status, and :func:`progress_table` as lines of text for ``width`` columns."""
    out = StringIO()
    Console(file=out, width=width, color_system=None).print(progress_table(job))
    return [job.status.value, "", *(line.rstrip() for line in out.getvalue().splitlines())]


def watch(
    job: JobClient,
    out: TextIO,
    *,
    errors: TextIO | None = None,
    extra: Callable[[], RenderableType] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Show ``job`` until it ends, then its totals; whether it finished. Ctrl-C cancels it. ``extra`` is shown below.

    On a terminal the view is live; elsewhere only the end is printed. Why a job failed goes to ``errors``, or ``out``.
    """
    console = Console(file=out)
    started = clock()

    def view() -> RenderableType:
        progress = job.progress()
        parts: list[RenderableType] = [
            Text(f"{job.name} {progress.status.value} {clock() - started:.1f} s", style="bold"),
            progress_table(JobSteps.of(progress)),
        ]
        return Group(*parts, extra()) if extra else Group(*parts)

    status: JobStatus | None = None
    failure: SqlStreamError | None = None
    with Live(view(), console=console, auto_refresh=False, transient=not console.is_terminal) as live:
        try:
            while status is None or not status.is_terminal:
                try:
                    status = job.wait(REFRESH_SECONDS)
                except KeyboardInterrupt:
                    job.cancel()
                if console.is_terminal:
                    live.update(view(), refresh=True)
        except SqlStreamError as error:
            failure = error
            status = JobStatus.FAILED
        live.update(view(), refresh=True)
    out.write(f"{status.value}: {JobTotals.of(job.progress())}, elapsed {clock() - started:.2f} s\n")
    out.flush()
    if failure is not None:
        print(f"[ERROR] {failure}", file=errors or out, flush=True)
    return status is JobStatus.FINISHED
