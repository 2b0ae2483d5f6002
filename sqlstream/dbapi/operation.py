"""A statement that the gateway runs: waiting for its result, taking its rows page by page, cancelling it."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event

from sqlstream.columnar.batch import Batch
from sqlstream.dbapi.exceptions import Error, OperationalError
from sqlstream.dbapi.fetched_page import FetchedPage
from sqlstream.dbapi.gateway_client import GatewayClient, next_token
from sqlstream.dbapi.json_rows import JsonRows
from sqlstream.dbapi.logical_types import logical_type
from sqlstream.dbapi.protocol import END_OF_STREAM, NOT_READY, SUCCESS, FetchResults
from sqlstream.types.schema import Field, Schema

_SHORTEST_PAUSE = 0.005
_LONGEST_PAUSE = 0.1
"""Seconds between two questions whether there is something new."""


@dataclass(frozen=True)
class ResultInfo:
    """``schema`` is None where there are no rows to fetch: DDL, and a statement that only starts a job."""

    schema: Schema | None
    job_id: str | None
    comments: tuple[str | None, ...] = ()


class Operation:
    """``timeout`` bounds each wait, in seconds; after it, and after :meth:`cancel`, waiting ends with an
    OperationalError. ``time_zone`` gives the zone that the session's clock is in. All but :meth:`cancel` belong to one
    thread.
    """

    def __init__(
        self, client: GatewayClient, session: str, timeout: float | None, time_zone: Callable[[], dt.tzinfo]
    ) -> None:
        self._client = client
        self._session = session
        self._timeout = timeout
        self._time_zone = time_zone
        self._cancelled = Event()
        self._handle: str | None = None
        self._token: int | None = 0
        self._first: FetchedPage | None = None
        self._json_rows: JsonRows | None = None
        self._schema: Schema | None = None

    def start(self, statement: str) -> ResultInfo:
        """Run ``statement``, and wait until its result is there: for a query, its columns; else, its end."""
        with self._stopping_when_interrupted():
            self._handle = self._client.execute(self._session, statement)
            if self._cancelled.is_set():
                self.cancel()
            pauses = _Pauses(self._cancelled, self._timeout)
            while (page := self._fetch()).answer.result_type == NOT_READY:
                self._pause(pauses)
        answer = page.answer
        self._first = page
        if answer.result_kind == SUCCESS or (answer.job_id is not None and not answer.is_query_result):
            self.close()
            return ResultInfo(None, answer.job_id)
        self._schema = Schema(tuple(Field(column.name, logical_type(column.logical_type)) for column in page.columns))
        return ResultInfo(self._schema, answer.job_id, tuple(column.comment for column in page.columns))

    def next_batch(self) -> Batch | None:
        """The next rows, waiting for them; None at the end."""
        pauses = _Pauses(self._cancelled, self._timeout)
        with self._stopping_when_interrupted():
            while (page := self._next_page()) is not None:
                batch = self._rows(page)
                if batch is not None and batch.num_rows:
                    return batch
                if self._token is not None:
                    self._pause(pauses)
        self.close()
        return None

    def cancel(self) -> None:
        """Stop the statement and its job; from any thread, at any time. The thread that waits is told by an error."""
        self._cancelled.set()
        if self._handle is not None:
            with suppress(Error):  # it may have ended meanwhile
                self._client.cancel(self._session, self._handle)

    def close(self) -> None:
        """Let the gateway forget the statement; a query that still runs is stopped."""
        handle, self._handle = self._handle, None
        self._token = None
        if handle is not None:
            with suppress(Error):  # the session may be gone already
                self._client.close_operation(self._session, handle)

    def _next_page(self) -> FetchedPage | None:
        page, self._first = self._first, None
        if page is None and self._token is not None:
            page = self._fetch()
        return page

    def _fetch(self) -> FetchedPage:
        assert self._handle is not None and self._token is not None
        try:
            page = self._client.fetch(self._session, self._handle, self._token)
        except Error:
            self.close()
            if self._cancelled.is_set():
                raise _cancelled() from None
            raise
        if page.answer.result_type != NOT_READY:
            self._token = _token_after(page.answer)
        return page

    def _rows(self, page: FetchedPage) -> Batch | None:
        if page.rows is None or isinstance(page.rows, Batch):
            return page.rows
        assert self._schema is not None
        if self._json_rows is None:
            self._json_rows = JsonRows(self._schema, self._time_zone())
        return self._json_rows.decode(page.rows)

    def _pause(self, pauses: _Pauses) -> None:
        try:
            pauses.pause()
        except OperationalError:
            self._stop()
            raise

    def _stop(self) -> None:
        self.cancel()
        self.close()

    @contextmanager
    def _stopping_when_interrupted(self) -> Iterator[None]:
        """Ctrl-C while waiting stops the statement too."""
        try:
            yield
        except KeyboardInterrupt:
            self._stop()
            raise


class _Pauses:
    """The pauses of one wait, each longer than the one before."""

    def __init__(self, cancelled: Event, timeout: float | None) -> None:
        self._cancelled = cancelled
        self._timeout = timeout
        self._until = None if timeout is None else time.monotonic() + timeout
        self._next = _SHORTEST_PAUSE

    def pause(self) -> None:
        """OperationalError when the statement was cancelled, or the time is up."""
        if self._until is not None and time.monotonic() >= self._until:
            raise OperationalError(
                f"The statement gave nothing within {self._timeout} seconds, and was cancelled.",
                hint="Give connect() a longer statement_timeout.",
            )
        if self._cancelled.wait(self._next):
            raise _cancelled()
        self._next = min(self._next * 1.5, _LONGEST_PAUSE)


def _cancelled() -> OperationalError:
    return OperationalError("The statement was cancelled.")


def _token_after(answer: FetchResults) -> int | None:
    return None if answer.result_type == END_OF_STREAM else next_token(answer.next_result_uri)
