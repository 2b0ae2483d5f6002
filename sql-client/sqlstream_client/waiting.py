"""What a terminal shows while a query has no rows yet: how far its job has come, or at least for how long it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, TextIO

from sqlstream.session.text_result import TextPage, TextResult
from sqlstream_client.gateway_result import GatewayResult
from sqlstream_client.job_steps import JobSteps

if TYPE_CHECKING:
    from rich.console import RenderableType

_PATIENCE_SECONDS = 0.5
"""Queries that are quicker than this show nothing: it would only flicker."""
_REFRESH_SECONDS = 0.2

Progress = Callable[[], JobSteps | None]


class AwaitedResult(TextResult):
    """``result``, whose pages are awaited under a progress view on ``out``, which must be a terminal."""

    def __init__(self, result: GatewayResult, out: TextIO) -> None:
        self._result = result
        self._out = out
        self.schema = result.schema
        self.is_query = result.is_query
        self.is_text = result.is_text
        self.changelog = result.changelog

    def pages(self) -> Iterator[TextPage]:
        with progress_shown(self._result.progress, self._out):
            yield from self._result.pages()


def _not_known() -> None:
    """How far a statement has come whose job is not there yet."""


@contextmanager
def progress_shown(progress: Progress = _not_known, out: TextIO | None = None) -> Iterator[None]:
    """What is done within takes its time, and on ``out``, a terminal, one sees that, and how far it has come."""
    if out is None:
        yield
        return
    done = Event()
    view = Thread(target=_show, args=(progress, out, done, time.monotonic), name="progress", daemon=True)
    view.start()
    try:
        yield
    finally:
        done.set()
        view.join()


def _show(progress: Progress, out: TextIO, done: Event, clock: Callable[[], float]) -> None:
    started = clock()
    if done.wait(_PATIENCE_SECONDS):
        return
    from rich.console import Console
    from rich.live import Live

    def view() -> RenderableType:
        return progress_view(progress(), clock() - started)

    with Live(view(), console=Console(file=out), auto_refresh=False, transient=True) as live:
        while not done.wait(_REFRESH_SECONDS):
            live.update(view(), refresh=True)


def progress_view(progress: JobSteps | None, seconds: float) -> RenderableType:
    """The steps of a job, below a line with its status and how long it has run."""
    from rich.console import Group
    from rich.text import Text

    from sqlstream_client.progress import progress_table

    status = "RUNNING" if progress is None else progress.status.value
    heading = Text(f"{status} {seconds:.1f} s (Ctrl-C cancels)", style="bold")
    return heading if progress is None else Group(heading, progress_table(progress))
