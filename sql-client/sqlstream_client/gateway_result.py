"""A statement under way at a SQL gateway, and its rows as texts, page by page."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Event
from typing import Any

import msgspec

from sqlstream.columnar.batch import RowKind
from sqlstream.dbapi.exceptions import Error, InternalError, NotSupportedError
from sqlstream.dbapi.gateway_client import GatewayClient, next_token
from sqlstream.dbapi.logical_types import logical_type
from sqlstream.dbapi.protocol import END_OF_STREAM, NOT_READY, ColumnInfo, FetchResults
from sqlstream.deploy.target import JobClient
from sqlstream.errors import SqlStreamError
from sqlstream.session.result import ResultKind
from sqlstream.session.text_result import TextPage, TextResult
from sqlstream.types.logical import STRING, LogicalType
from sqlstream.types.schema import Field, Schema
from sqlstream_client.interrupts import deferred_interrupt
from sqlstream_client.job_steps import JobSteps

_SHORTEST_PAUSE = 0.01
_LONGEST_PAUSE = 0.5
"""Seconds between two questions whether there is something new, from the one being asked to the other. A gateway that
holds its answer back for as long is asked again at once."""
_TEXT_COLUMN = "result"
"""The one column of EXPLAIN and SHOW CREATE."""


class _Row(msgspec.Struct):
    kind: str
    fields: list[Any]


_ROWS = msgspec.json.Decoder(list[_Row])


class _Operation:
    """The handle of a statement, and where in its result one is. All but :meth:`end` belong to one thread."""

    def __init__(self, client: GatewayClient, session: str, handle: str) -> None:
        self._client = client
        self._session = session
        self._handle = handle
        self._token: int | None = 0
        self._pause = _SHORTEST_PAUSE
        self._asked = 0.0
        self._ended = Event()

    @property
    def was_ended(self) -> bool:
        return self._ended.is_set()

    def next(self) -> FetchResults | None:
        """The next answer, NOT_READY ones too; None after the last."""
        if self._token is None:
            return None
        self._asked = time.monotonic()
        answer = self._client.fetch_text(self._session, self._handle, self._token)
        if answer.result_type != NOT_READY:
            uri = None if answer.result_type == END_OF_STREAM else answer.next_result_uri
            self._token = next_token(uri)
        return answer

    def wait(self, *, anew: bool = False) -> None:
        """A pause before the next question, longer than the last one unless the rows have begun to come ``anew``."""
        if anew:
            self._pause = _SHORTEST_PAUSE
            return
        self._ended.wait(max(0.0, self._asked + self._pause - time.monotonic()))
        self._pause = min(self._pause * 1.5, _LONGEST_PAUSE)

    def end(self) -> None:
        """Stop it, and let the gateway forget it. The job of an INSERT that has been submitted goes on."""
        if not self._ended.is_set():
            self._ended.set()
            with suppress(Error):  # it may have ended by itself
                self._client.cancel(self._session, self._handle)
            with suppress(Error):
                self._client.close_operation(self._session, self._handle)

    def forget(self) -> None:
        """Let the gateway forget what has ended by itself."""
        if not self._ended.is_set():
            self._ended.set()
            with suppress(Error):
                self._client.close_operation(self._session, self._handle)


class GatewayResult(TextResult):
    """What a statement gave, beginning with ``first``, the first answer with something in it. ``job`` is the handle of
    its job, None where there is none or it is out of reach; ``report`` tells how far a job has come."""

    def __init__(
        self,
        operation: _Operation,
        first: FetchResults,
        job: JobClient | None,
        report: Callable[[str], JobSteps | None],
        *,
        changelog: bool,
    ) -> None:
        columns = first.results.columns if first.results else ()
        self._operation = operation
        self._first = first
        self.kind = ResultKind(first.result_kind or ResultKind.SUCCESS_WITH_CONTENT.value)
        self.job_id = first.job_id
        self.job = job
        self._report = report
        self.schema = Schema(tuple(Field(column.name, _type(column)) for column in columns))
        self.is_query = bool(first.is_query_result)
        self.is_text = not self.is_query and [column.name for column in columns] == [_TEXT_COLUMN]
        self.changelog = changelog and self.is_query

    def pages(self) -> Iterator[TextPage]:
        answer: FetchResults | None = self._first
        try:
            while answer is not None:
                page = _page(answer)
                if page.rows:
                    yield page
                if answer.result_type != END_OF_STREAM:
                    self._operation.wait(anew=bool(page.rows))
                answer = self._operation.next()
        except Error:
            if not self._operation.was_ended:
                raise
        finally:
            self._operation.forget()

    def progress(self) -> JobSteps | None:
        """How far its job has come; None when that cannot be seen."""
        return None if self.job_id is None else self._report(self.job_id)

    def cancel(self) -> None:
        """End the statement and its job, and wait until they have ended, though a job out of reach may end a moment
        later. The pages end too. From any thread, at any time."""
        self._operation.end()
        if self.job is not None:
            with suppress(SqlStreamError):
                self.job.wait()


def begin(
    client: GatewayClient,
    session: str,
    statement: str,
    job_of: Callable[[str], JobClient | None],
    report: Callable[[str], JobSteps | None],
    *,
    changelog: bool,
) -> GatewayResult:
    """Run ``statement`` and wait until its result is there: a query's columns, the end of anything else. Error when it
    fails; Ctrl-C stops it. ``changelog``: a query's rows say what they do. ``job_of`` finds a job by its id,
    ``report`` tells how far it has come."""
    operation: _Operation | None = None
    try:
        with deferred_interrupt():
            operation = _Operation(client, session, client.execute(session, statement))
        while (answer := operation.next()) is not None and answer.result_type == NOT_READY:
            operation.wait()
        assert answer is not None
        job = None if answer.job_id is None else job_of(answer.job_id)
    except KeyboardInterrupt:
        if operation is not None:
            operation.end()
        raise
    except SqlStreamError:
        if operation is not None:
            operation.forget()
        raise
    result = GatewayResult(operation, answer, job, report, changelog=changelog)
    if result.job_id is not None and not result.is_query:
        operation.forget()
    return result


def _type(column: ColumnInfo) -> LogicalType:
    """Types that only Flink has are shown as text."""
    try:
        return logical_type(column.logical_type)
    except NotSupportedError:
        return STRING


def _page(answer: FetchResults) -> TextPage:
    if answer.results is None:
        return TextPage([], [])
    try:
        rows = _ROWS.decode(answer.results.data)
        kinds = [RowKind[row.kind] for row in rows]
    except (msgspec.DecodeError, KeyError) as error:
        raise InternalError(f"The gateway sent rows that cannot be read: {error}.") from None
    return TextPage([tuple(map(_text, row.fields)) for row in rows], kinds)


def _text(value: Any) -> str | None:
    """A value of JSON, which only the first version of the protocol sends, as a text."""
    if value is None or isinstance(value, str):
        return value
    return str(value).upper() if isinstance(value, bool) else json.dumps(value, ensure_ascii=False)
