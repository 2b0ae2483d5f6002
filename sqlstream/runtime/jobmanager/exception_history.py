"""What went wrong with a job: the latest causes of failures and restarts, each with what it brought about."""

from __future__ import annotations

from collections import deque

from sqlstream.runtime.jobmanager.views import ExceptionEntry, Failure

MAX_CONCURRENT = 16
"""Failures kept beside each cause; beyond the first ones they are echoes."""


class ExceptionHistory:
    """The latest ``size`` causes."""

    def __init__(self, size: int) -> None:
        self._entries: deque[ExceptionEntry] = deque(maxlen=size)

    def begin(self, cause: Failure) -> None:
        """Something new has failed."""
        self._entries.append(ExceptionEntry(cause))

    def add(self, failure: Failure) -> None:
        """It failed while the job was dealing with an earlier failure, or was being cancelled."""
        if not self._entries:
            self.begin(failure)
        elif len(self._entries[-1].concurrent) < MAX_CONCURRENT:
            entry = self._entries[-1]
            self._entries[-1] = ExceptionEntry(entry.cause, (*entry.concurrent, failure))

    def explain(self, address: str, error: str) -> None:
        """The TaskManager at ``address`` is lost. A peer's broken connection is heard of long before the silence that
        explains it: ``error`` takes the place of a cause that names the address."""
        if not self._entries or address not in self._entries[-1].cause.error:
            return
        entry = self._entries[-1]
        loss = next((failure for failure in entry.concurrent if failure.error == error), None)
        if loss is not None:
            others = tuple(failure for failure in entry.concurrent if failure is not loss)
            self._entries[-1] = ExceptionEntry(loss, (entry.cause, *others))

    def entries(self) -> tuple[ExceptionEntry, ...]:
        """The oldest first."""
        return tuple(self._entries)
