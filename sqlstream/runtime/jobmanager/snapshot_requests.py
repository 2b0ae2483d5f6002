"""Users' requests for checkpoints and savepoints: each has exactly one outcome."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace

from sqlstream.runtime.jobmanager.checkpoint_statistics import RequestStatus, RequestView
from sqlstream.runtime.jobmanager.messages import TriggerSnapshot

_REMEMBERED = 100
"""Outcomes kept; who asks for an older one comes too late."""


class SnapshotRequests:
    """Those that wait for their turn, and what became of the others."""

    def __init__(self) -> None:
        self._waiting: deque[TriggerSnapshot] = deque()
        self._views: dict[str, RequestView] = {}

    def __bool__(self) -> bool:
        """Whether one waits."""
        return bool(self._waiting)

    @property
    def views(self) -> Mapping[str, RequestView]:
        return self._views

    def knows(self, request: TriggerSnapshot) -> bool:
        return request.request_id in self._views

    def add(self, request: TriggerSnapshot) -> None:
        self._views[request.request_id] = RequestView(RequestStatus.IN_PROGRESS)
        self._waiting.append(request)

    def begin(self, checkpoint_id: int) -> TriggerSnapshot:
        """The one whose turn it is."""
        request = self._waiting.popleft()
        self._views[request.request_id] = RequestView(RequestStatus.IN_PROGRESS, checkpoint_id)
        return request

    def complete(self, request: TriggerSnapshot, location: str) -> None:
        self._end(request, RequestStatus.COMPLETED, location=location)

    def fail(self, request: TriggerSnapshot, error: str) -> None:
        self._end(request, RequestStatus.FAILED, error=error)

    def fail_waiting(self, error: str) -> None:
        while self._waiting:
            self.fail(self._waiting.popleft(), error)

    def _end(
        self, request: TriggerSnapshot, status: RequestStatus, location: str | None = None, error: str | None = None
    ) -> None:
        begun = self._views.pop(request.request_id, RequestView(status))
        self._views[request.request_id] = replace(begun, status=status, location=location, error=error)
        ended = [id_ for id_, view in self._views.items() if view.status is not RequestStatus.IN_PROGRESS]
        for id_ in ended[:-_REMEMBERED]:
            del self._views[id_]
