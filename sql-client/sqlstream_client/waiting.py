"""What a terminal shows while a query has no rows yet: how far its job has come, or at least for how long it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, TextIO

from sqlstream.session.text_result import TextPage, TextResult
from sqlstream_client.gateway_result import GatewayResult

if TYPE_CHECKING:
    from rich.console import RenderableType

_PATIENCE_SECONDS = 0.5
"""Queries that are quicker than this show nothing: it would only flicker."""
_REFRESH_SECONDS = 0.2


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
        with _shown(self._result, self._out):
            yield from self._result.pages()


@contextmanager
def _shown(result: GatewayResult, out: TextIO) -> Iterator[None]:
    done = Event()
    view = Thread(target=_show, args=(result, out, done, time.monotonic), name="progress", daemon=True)
    view.start()
    try:
        yield
    finally:
        done.set()
        view.join()


def _show(result: GatewayResult, out: TextIO, done: Event, clock: Callable[[], float]) -> None:
    started = clock()
    if done.wait(_PATIENCE_SECONDS):
        return
    from rich.console import Console
    from rich.live import Live

    def view() -> RenderableType:
        return progress_view(result, clock() - started)

    with Live(view(), console=Console(file=out), auto_refresh=False, transient=True) as live:
        while not done.wait(_REFRESH_SECONDS):
            live.update(view(), refresh=True)


def progress_view(result: GatewayResult, seconds: float) -> RenderableType:
    """The steps of the query's job, below a line with its status and how long it has run."""
    from rich.console import Group
    from rich.text import Text

    from sqlstream_client.progress import progress_table

    progress = result.progress()
    status = "RUNNING" if progress is None else progress.status.value
    heading = Text(f"{status} {seconds:.1f} s (Ctrl-C cancels)", style="bold")
    return heading if progress is None else Group(heading, progress_table(progress))
