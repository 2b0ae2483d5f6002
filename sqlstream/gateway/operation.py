"""A statement on its way: its status, what it answers, and the job behind it.

Thread-safe: the worker that executes the statement, the thread that reads its rows and the requests about it meet here.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from enum import Enum
from threading import Lock, Thread

from sqlstream.deploy.target import JobClient
from sqlstream.errors import SqlStreamError
from sqlstream.gateway.changes import Changes
from sqlstream.gateway.errors import GatewayError, told_to_users
from sqlstream.gateway.result_page import ResultInfo, ResultPage
from sqlstream.gateway.result_pages import ResultPages
from sqlstream.session.result import Result, ResultKind
from sqlstream.types.logical import STRING


class OperationStatus(Enum):
    """Flink's. A query is FINISHED as soon as its job is submitted and its rows can be fetched."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    CANCELED = "CANCELED"
    CLOSED = "CLOSED"
    ERROR = "ERROR"
    TIMEOUT = "TIMEOUT"


_UNDER_WAY = (OperationStatus.PENDING, OperationStatus.RUNNING)


class Operation:
    """``changes`` is told when the status changes, or there are rows. ``traced``: when the statement fails, it is told
    where."""

    def __init__(self, handle: str, now: int, *, traced: bool = False) -> None:
        self.handle = handle
        self._traced = traced
        self.last_access = now
        self.changes = Changes()
        self._lock = Lock()
        self._status = OperationStatus.PENDING
        self._job: JobClient | None = None
        self._pages: ResultPages | None = None
        self._error: GatewayError | None = None

    @property
    def status(self) -> OperationStatus:
        return self._status

    def run(self, execute: Callable[[], tuple[Result, str]]) -> None:
        """Execute the statement, unless it has been canceled or closed before its turn: ``execute`` gives its result
        and the time zone that TIMESTAMP_LTZ is shown in."""
        if not self._advance(OperationStatus.RUNNING, (OperationStatus.PENDING,)):
            return
        try:
            result, time_zone = execute()
            pages = self._as_pages(result, time_zone)
        except Exception as error:  # whatever it is, it is the statement that fails and not the gateway
            self._error = told_to_users(error, traced=self._traced)
            self._advance(OperationStatus.ERROR, (OperationStatus.RUNNING,))
            return
        self._pages = pages
        if not self._advance(OperationStatus.FINISHED, (OperationStatus.RUNNING,)):
            pages.close()
        if result.is_query:
            Thread(
                target=_read, args=(result, pages, self._traced), name=f"result-{pages.info.job_id}", daemon=True
            ).start()

    def own(self, job: JobClient) -> None:
        """The statement has started ``job``; when it has been canceled meanwhile, so is the job."""
        with self._lock:
            self._job = job
            unwanted = self._status is not OperationStatus.RUNNING
        if unwanted:
            _cancel(job)

    def cancel(self) -> None:
        """Stop the statement, or the query whose rows are being fetched. GatewayError when it has ended."""
        being_read = (OperationStatus.FINISHED,) if self._is_being_read() else ()
        if not self._end(OperationStatus.CANCELED, (*_UNDER_WAY, *being_read)):
            raise GatewayError(
                f"Failed to convert the Operation Status from {self._status.value} to CANCELED for {self.handle}."
            )

    def time_out(self) -> None:
        """Stop the statement if it is still being executed."""
        self._end(OperationStatus.TIMEOUT, _UNDER_WAY)

    def close(self) -> None:
        """Stop what still runs for this operation, and let go of its rows. The job of an INSERT that has been submitted
        goes on."""
        self._end(OperationStatus.CLOSED, tuple(OperationStatus))

    def answers_at_once(self, token: int) -> bool:
        """Whether :meth:`page` of ``token`` has more to say than that there is nothing yet."""
        pages = self._pages
        return self._status not in _UNDER_WAY and (pages is None or pages.answers_at_once(token))

    def page(self, token: int) -> ResultPage | None:
        """The page of ``token``, None while the statement is being executed. GatewayError when the statement failed or
        was stopped, and see :meth:`ResultPages.take`."""
        status = self._status
        if status in _UNDER_WAY:
            return None
        if status is OperationStatus.ERROR:
            raise self._error or GatewayError("The statement failed.")
        if status is not OperationStatus.FINISHED or self._pages is None:
            raise GatewayError(f"Can not fetch results from the {self.handle} in {status.value} status.")
        return self._pages.take(token)

    def _is_being_read(self) -> bool:
        pages = self._pages
        return pages is not None and pages.info.is_query and not pages.complete

    def _end(self, status: OperationStatus, sources: tuple[OperationStatus, ...]) -> bool:
        """Come to an end that is not the statement's own; whether that was possible."""
        with self._lock:
            before = self._status
            if before not in sources:
                return False
            reading = self._is_being_read()
            self._status = status
            job, pages = self._job, self._pages
        if pages is not None:
            pages.close()
        if job is not None and (before is OperationStatus.RUNNING or reading):
            _cancel(job)
        self.changes.tell()
        return True

    def _advance(self, status: OperationStatus, sources: tuple[OperationStatus, ...]) -> bool:
        with self._lock:
            if self._status not in sources:
                return False
            self._status = status
        self.changes.tell()
        return True

    def _as_pages(self, result: Result, time_zone: str) -> ResultPages:
        """What Flink's gateway answers: ``OK`` where there is nothing to show, and the id of a job that writes."""
        job_id = None if result.job is None else result.job.job_id
        if result.is_query:
            info = ResultInfo(result.kind, result.schema, time_zone, job_id, is_query=True)
            return ResultPages(info, self.changes)
        if job_id is not None:
            result = Result.of_rows([("job id", STRING)], [(job_id,)])
        elif result.kind is ResultKind.SUCCESS:
            result = Result.of_rows([("result", STRING)], [("OK",)])
            result.kind = ResultKind.SUCCESS
        info = ResultInfo(result.kind, result.schema, time_zone, job_id)
        return ResultPages.of(info, result.batches(), self.changes)


def _read(result: Result, pages: ResultPages, traced: bool) -> None:
    """Carry a query's rows to its pages until one of the two has had enough."""
    error: GatewayError | None = None
    try:
        with closing(result.batches()) as batches:
            for batch in batches:
                if not pages.put(batch):
                    result.cancel()
                    break
    except Exception as failure:  # the client is told, whatever it is
        error = told_to_users(failure, traced=traced)
    pages.finish(error)


def _cancel(job: JobClient) -> None:
    """What has ended by itself meanwhile, or cannot be reached, needs no word."""
    with suppress(SqlStreamError):
        job.cancel()
