"""What has become of a job's checkpoints: counts, the latest of each kind, the last few in detail."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlstream.runtime.jobmanager.checkpoint_settings import CheckpointSettings
from sqlstream.runtime.jobmanager.checkpoint_statistics import (
    QUANTILES,
    CheckpointCounts,
    CheckpointStatus,
    CheckpointsView,
    CheckpointView,
    RequestView,
    RestoredView,
    SummaryView,
    quantile,
)
from sqlstream.runtime.jobmanager.pending_checkpoint import PendingCheckpoint
from sqlstream.state.handles import CompletedCheckpoint, SnapshotKind

_REMEMBERED = 10
"""Checkpoints that have ended and are kept in detail; Flink's web.checkpoints.history."""

_IN_QUANTILES = 1_000


@dataclass
class _Summary:
    """Quantiles are of the latest values, everything else is of all."""

    count: int = 0
    total: int = 0
    minimum: int = 0
    maximum: int = 0
    latest: deque[int] = field(default_factory=deque)
    ordered: list[int] = field(default_factory=list)
    """The latest, in ascending order."""

    def add(self, value: int) -> None:
        self.minimum = min(self.minimum, value) if self.count else value
        self.maximum = max(self.maximum, value)
        self.total += value
        self.count += 1
        self.latest.append(value)
        insort(self.ordered, value)
        if len(self.latest) > _IN_QUANTILES:
            del self.ordered[bisect_left(self.ordered, self.latest.popleft())]

    def view(self) -> SummaryView:
        if not self.count:
            return SummaryView()
        quantiles = tuple(quantile(self.ordered, share) for share in QUANTILES)
        return SummaryView(self.minimum, self.maximum, self.total // self.count, quantiles)


class CheckpointHistory:
    def __init__(self) -> None:
        self._restored = 0
        self._completed = 0
        self._failed = 0
        self._ended: list[CheckpointView] = []
        self._latest_completed: CheckpointView | None = None
        self._latest_savepoint: CheckpointView | None = None
        self._latest_failed: CheckpointView | None = None
        self._latest_restored: RestoredView | None = None
        self._duration = _Summary()
        self._stored_bytes = _Summary()
        self._state_bytes = _Summary()

    def restored(self, checkpoint: CompletedCheckpoint, now: int) -> None:
        self._restored += 1
        self._latest_restored = RestoredView(checkpoint.id, checkpoint.metadata.kind, checkpoint.location, now)

    def completed(self, pending: PendingCheckpoint, location: str, now: int) -> None:
        view = pending.view(CheckpointStatus.COMPLETED, now, location=location)
        self._completed += 1
        self._duration.add(now - view.triggered)
        self._stored_bytes.add(view.stored_bytes)
        self._state_bytes.add(view.state_bytes)
        if view.kind is SnapshotKind.SAVEPOINT:
            self._latest_savepoint = view
        else:
            self._latest_completed = view
        self._remember(view)

    def failed(self, pending: PendingCheckpoint, error: str, now: int) -> None:
        self._failed += 1
        self._latest_failed = pending.view(CheckpointStatus.FAILED, now, error=error)
        self._remember(self._latest_failed)

    def discarded(self, checkpoint: CompletedCheckpoint) -> None:
        if checkpoint.metadata.kind is SnapshotKind.SAVEPOINT:
            return

        def marked(view: CheckpointView | None) -> CheckpointView | None:
            return replace(view, discarded=True) if view is not None and view.id == checkpoint.id else view

        self._ended = [view for view in map(marked, self._ended) if view is not None]
        self._latest_completed = marked(self._latest_completed)

    def view(
        self,
        settings: CheckpointSettings,
        pending: Iterable[PendingCheckpoint],
        requests: Mapping[str, RequestView],
    ) -> CheckpointsView:
        in_progress = [checkpoint.view() for checkpoint in pending]
        return CheckpointsView(
            settings=settings,
            counts=CheckpointCounts(
                restored=self._restored,
                total=len(in_progress) + self._completed + self._failed,
                in_progress=len(in_progress),
                completed=self._completed,
                failed=self._failed,
            ),
            history=tuple(sorted((*in_progress, *self._ended), key=lambda view: view.id, reverse=True)),
            latest_completed=self._latest_completed,
            latest_savepoint=self._latest_savepoint,
            latest_failed=self._latest_failed,
            latest_restored=self._latest_restored,
            duration=self._duration.view(),
            stored_bytes=self._stored_bytes.view(),
            state_bytes=self._state_bytes.view(),
            requests=dict(requests),
        )

    def _remember(self, view: CheckpointView) -> None:
        self._ended = [*self._ended, view][-_REMEMBERED:]
