"""Savepoints that are being removed: each a task of its own, remembered for as long as somebody may ask."""

from __future__ import annotations

import secrets
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock

from sqlstream.errors import ClusterError, SqlStreamError
from sqlstream.runtime.jobmanager.checkpoint_statistics import RequestStatus, RequestView
from sqlstream.state.checkpoint_files import dispose_savepoint

_REMEMBERED = 100


class SavepointDisposals:
    """The last hundred."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="savepoint-disposal")
        self._begun: dict[str, Future[None]] = {}
        self._lock = Lock()

    def begin(self, path: str) -> str:
        """Remove the savepoint at ``path``, a path or URI; the id to ask about it with."""
        request_id = secrets.token_hex(16)
        with self._lock:
            self._begun[request_id] = self._pool.submit(dispose_savepoint, path)
            for forgotten in list(self._begun)[:-_REMEMBERED]:
                del self._begun[forgotten]
        return request_id

    def outcome(self, request_id: str, timeout: float) -> RequestView:
        """As it is once it is there, or ``timeout`` seconds have passed. ClusterError when there is no such request."""
        with self._lock:
            future = self._begun.get(request_id)
        if future is None:
            raise ClusterError(f"There is no savepoint disposal with triggerId={request_id}.")
        wait([future], timeout)
        if not future.done():
            return RequestView(RequestStatus.IN_PROGRESS)
        error = future.exception()
        if error is None:
            return RequestView(RequestStatus.COMPLETED)
        reason = str(error) if isinstance(error, SqlStreamError) else f"{type(error).__name__}: {error}"
        return RequestView(RequestStatus.FAILED, error=reason)
