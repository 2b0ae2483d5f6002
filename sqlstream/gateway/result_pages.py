"""A result on its way to a client: written by the thread that reads the job's rows, taken page by page.

Bounded: with a page's worth of rows waiting, the writer waits too, and with it, through the job's own result queue, the
job. So a client that stops reading stops its query. Pages have tokens that count up; the last page can be asked for
once more, as a client does whose connection broke.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from threading import Condition

from sqlstream.columnar.batch import Batch
from sqlstream.gateway.changes import Changes
from sqlstream.gateway.errors import GatewayError
from sqlstream.gateway.result_page import ResultInfo, ResultPage

PAGE_ROWS = 5_000
PAGE_BYTES = 8 << 20
"""The most rows of a page, and about the most bytes; a page has one row at least."""


class ResultPages:
    """One writer, and readers that ask in turn. ``changes`` is told when there is something new to take."""

    def __init__(self, info: ResultInfo, changes: Changes) -> None:
        self.info = info
        self._changes = changes
        self._changed = Condition()
        self._waiting: deque[Batch] = deque()
        self._rows = 0
        self._bytes = 0
        self._ended = False
        self._closed = False
        self._error: GatewayError | None = None
        self._next_token = 0
        self._last: ResultPage | None = None

    @staticmethod
    def of(info: ResultInfo, batches: Iterable[Batch], changes: Changes) -> ResultPages:
        """A result that is there already."""
        pages = ResultPages(info, changes)
        for batch in batches:
            pages._append(batch)
        pages._ended = True
        return pages

    def put(self, batch: Batch) -> bool:
        """Waits for room; False when nobody wants more."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self._full())
            if self._closed:
                return False
            self._append(batch)
        self._changes.tell()
        return True

    def finish(self, error: GatewayError | None = None) -> None:
        """There will be no more rows; ``error`` is why, when the job failed."""
        with self._changed:
            self._ended, self._error = True, error
        self._changes.tell()

    def close(self) -> None:
        """Nobody will read on: let go of the rows, and of the writer."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._rows = self._bytes = 0
            self._last = None
            self._changed.notify_all()
        self._changes.tell()

    @property
    def complete(self) -> bool:
        """Whether the last page has been taken, or all that can be."""
        with self._changed:
            return self._closed or (self._ended and not self._waiting)

    def answers_at_once(self, token: int) -> bool:
        """Whether :meth:`take` of ``token`` has more to give than an empty page."""
        with self._changed:
            return bool(self._waiting) or self._ended or self._closed or token != self._next_token

    def take(self, token: int) -> ResultPage:
        """The page of ``token``: the next one, or the one taken last. An empty page means that there are no rows yet.
        GatewayError when it is another's turn, or, after the rows that came before, because the job failed."""
        with self._changed:
            if token == self._next_token - 1 and self._last is not None:
                return self._last
            if token != self._next_token:
                raise GatewayError(self._out_of_turn(token))
            if self._ended and not self._waiting:
                if self._error is not None:
                    raise self._error
                return ResultPage(self.info, (), None)
            self._next_token += 1
            self._last = ResultPage(self.info, tuple(self._next_rows()), self._next_token)
            self._changed.notify_all()
            return self._last

    def _append(self, batch: Batch) -> None:
        if batch.num_rows:
            self._waiting.append(batch)
            self._rows += batch.num_rows
            self._bytes += batch.data.nbytes

    def _full(self) -> bool:
        return self._rows >= PAGE_ROWS or self._bytes >= PAGE_BYTES

    def _next_rows(self) -> Iterator[Batch]:
        rows = size = 0
        while self._waiting and rows < PAGE_ROWS and size < PAGE_BYTES:
            batch = self._waiting.popleft()
            row_size = max(1, batch.data.nbytes // batch.num_rows)
            room = min(PAGE_ROWS - rows, max(1, (PAGE_BYTES - size) // row_size))
            if batch.num_rows > room:
                self._waiting.appendleft(batch.slice(room, batch.num_rows - room))
                batch = batch.slice(0, room)
            rows += batch.num_rows
            size += row_size * batch.num_rows
            yield batch
        self._rows -= rows
        self._bytes = sum(batch.data.nbytes for batch in self._waiting)

    def _out_of_turn(self, token: int) -> str:
        if self._next_token == 0:
            return f"Expecting token to be 0, but found {token}."
        return f"Expecting token to be {self._next_token} or {self._next_token - 1}, but found {token}."
