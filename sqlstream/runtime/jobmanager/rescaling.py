"""Rescaling a job: it is checkpointed, its tasks end, and others begin at another parallelism where they left off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import CHECKPOINTING_INTERVAL
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.jobmanager.checkpoint_statistics import RequestStatus, RequestView
from sqlstream.runtime.jobmanager.messages import RescaleJob

_REMEMBERED = 100
"""Outcomes kept; who asks for an older one comes too late."""


class Rescaling:
    """One job's: what is under way, and what became of earlier requests.

    A request waits for its checkpoint; then the job has a ``target``, the graph that it is to go on with, until that
    has its slots. When it cannot get them the job goes back to the graph it had ``before``.
    """

    def __init__(self) -> None:
        self.request: RescaleJob | None = None
        """Under way."""
        self.target: JobGraph | None = None
        """What the tasks are being ended for."""
        self.before: JobGraph | None = None
        """What the job can go back to: the target has been begun, and is not running yet."""
        self.bounds: Mapping[str, tuple[int, int]] = {}
        """Of the parallelism that its user wants, by vertex, where that was said."""
        self.count = 0
        self._checkpointed = False
        self._views: dict[str, RequestView] = {}

    @property
    def views(self) -> Mapping[str, RequestView]:
        return self._views

    def take(self, request: RescaleJob, graph: JobGraph, is_collected: bool) -> bool:
        """Whether a checkpoint must be triggered for ``request`` (with its request id). ``graph`` is the job as it
        runs; ``is_collected``: a client reads its rows."""
        if request.request_id in self._views:
            return False
        refusal = self._refusal(graph, is_collected)
        if refusal is not None:
            self._end(request, RequestStatus.FAILED, refusal)
            return False
        if request.graph == graph:
            self.bounds = request.bounds or self.bounds
            self._end(request, RequestStatus.COMPLETED)
            return False
        self._views[request.request_id] = RequestView(RequestStatus.IN_PROGRESS)
        self.request = request
        return True

    def review(self, outcome: Callable[[str], RequestView | None]) -> None:
        """``outcome`` is that of the checkpoint with a request id: has the one that is waited for ended?"""
        if self.request is None or self.target is not None or self.before is not None:
            return
        checkpoint = outcome(self.request.request_id)
        if checkpoint is not None and checkpoint.status is RequestStatus.FAILED:
            self.fail(checkpoint.error or "its checkpoint has failed")
        self._checkpointed = checkpoint is not None and checkpoint.status is RequestStatus.COMPLETED

    def stop_tasks(self) -> bool:
        """Whether it is time to: the checkpoint is complete, and they have not been told yet."""
        if self.request is None or not self._checkpointed:
            return False
        self._checkpointed = False
        self.target = self.request.graph
        return True

    def swapped(self, before: JobGraph) -> None:
        """The tasks of the target wait for their slots."""
        self.target = None
        self.before = before if self.request is not None else None

    def revert(self, error: str) -> None:
        """There are not enough slots: the job is to go on as before."""
        self.target = self.before
        self.fail(error)

    def complete(self) -> None:
        """The tasks of the target have been deployed."""
        if self.request is not None:
            self.bounds = self.request.bounds or self.bounds
            self.count += 1
            self._end(self.request, RequestStatus.COMPLETED)
        self.request = self.before = None

    def fail(self, error: str) -> None:
        if self.request is not None:
            self._end(self.request, RequestStatus.FAILED, error)
        self.request = self.before = None

    def _refusal(self, graph: JobGraph, is_collected: bool) -> str | None:
        if self.request is not None or self.target is not None:
            return "the job is being rescaled"
        if is_collected:
            return "what a client has read of its rows cannot be taken back"
        if Configuration(graph.configuration).optional(CHECKPOINTING_INTERVAL) is None:
            return f"the job has no checkpoints: '{CHECKPOINTING_INTERVAL.key}' is not set"
        return None

    def _end(self, request: RescaleJob, status: RequestStatus, error: str | None = None) -> None:
        begun = self._views.pop(request.request_id, RequestView(status))
        self._views[request.request_id] = replace(begun, status=status, error=error)
        ended = [id_ for id_, view in self._views.items() if view.status is not RequestStatus.IN_PROGRESS]
        for id_ in ended[:-_REMEMBERED]:
            del self._views[id_]
