"""Reads a result in a thread of its own, while somebody looks at it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

from sqlstream_client.gateway_result import GatewayResult
from sqlstream_client.materialized_rows import ShownRows


class PageReader:
    """Fills ``rows`` with ``result`` from the moment it is made; calls ``on_end`` from its thread at the end."""

    def __init__(self, result: GatewayResult, rows: ShownRows) -> None:
        self._result = result
        self._rows = rows
        self._ended = Event()
        self._on_end: Callable[[], None] = lambda: None
        self._cancelled = False
        self.failure: Exception | None = None
        """Why the rows ended early, unless :meth:`cancel` ended them."""
        self._thread = Thread(target=self._read, name="result-reader", daemon=True)

    def start(self, on_end: Callable[[], None]) -> None:
        self._on_end = on_end
        self._thread.start()

    @property
    def has_ended(self) -> bool:
        """Whether all rows there are have been read."""
        return self._ended.is_set()

    def cancel(self) -> None:
        """End the query, and wait for the last of its rows."""
        self._cancelled = True
        self._result.cancel()
        self._thread.join()

    def _read(self) -> None:
        try:
            for page in self._result.pages():
                self._rows.add(page)
        except Exception as error:  # raised again by the thread that shows the rows
            if not self._cancelled:
                self.failure = error
        finally:
            self._ended.set()
            self._on_end()
