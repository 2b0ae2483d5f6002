"""A job's checkpoints as whoever looks sees them: immutable pictures of the CheckpointCoordinator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from sqlstream.runtime.jobmanager.checkpoint_settings import CheckpointSettings
from sqlstream.runtime.jobmanager.messages import StopMode
from sqlstream.state.handles import SnapshotKind


class CheckpointStatus(Enum):
    """As Flink names them."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class RequestStatus(Enum):
    """Of a user's request for a snapshot."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class SubtaskCheckpointView:
    """One subtask's share. ``acknowledged`` is when (ms) it was heard of, ``duration`` in ms from the trigger on;
    see :class:`~sqlstream.runtime.deployment.CheckpointAcknowledged` for the rest."""

    subtask: int
    acknowledged: int
    duration: int
    sync_ms: int
    async_ms: int
    alignment_ms: int
    stored_bytes: int
    state_bytes: int


@dataclass(frozen=True)
class VertexCheckpointView:
    """``subtasks[i]`` is None while subtask ``i`` has not acknowledged."""

    vertex_id: str
    subtasks: tuple[SubtaskCheckpointView | None, ...]

    @property
    def acknowledged(self) -> int:
        return sum(subtask is not None for subtask in self.subtasks)


@dataclass(frozen=True)
class CheckpointView:
    """One checkpoint or savepoint. ``triggered`` and ``ended`` are in ms; ``location`` (a URI) is known once it is
    complete, ``error`` once it has failed. ``discarded``: it is stored no longer."""

    id: int
    kind: SnapshotKind
    status: CheckpointStatus
    stop: StopMode | None
    triggered: int
    ended: int | None
    vertices: tuple[VertexCheckpointView, ...]
    location: str | None = None
    error: str | None = None
    discarded: bool = False

    @property
    def subtasks(self) -> int:
        return sum(len(vertex.subtasks) for vertex in self.vertices)

    @property
    def acknowledged(self) -> int:
        return sum(vertex.acknowledged for vertex in self.vertices)

    @property
    def latest_acknowledgement(self) -> int | None:
        """In ms."""
        return max((subtask.acknowledged for subtask in self._acknowledged()), default=None)

    @property
    def duration(self) -> int | None:
        """In ms, from the trigger to the end."""
        return None if self.ended is None else self.ended - self.triggered

    @property
    def stored_bytes(self) -> int:
        """What it added to the storage."""
        return sum(subtask.stored_bytes for subtask in self._acknowledged())

    @property
    def state_bytes(self) -> int:
        """All that it refers to."""
        return sum(subtask.state_bytes for subtask in self._acknowledged())

    def _acknowledged(self) -> list[SubtaskCheckpointView]:
        return [subtask for vertex in self.vertices for subtask in vertex.subtasks if subtask is not None]


@dataclass(frozen=True)
class RestoredView:
    """What the job was last restored from, and when (ms)."""

    id: int
    kind: SnapshotKind
    location: str
    restored: int


QUANTILES = (0.5, 0.9, 0.95, 0.99, 0.999)


def quantile(ordered: Sequence[float], share: float) -> float:
    """Of values in ascending order, of which there is at least one; between two of them it is interpolated."""
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


@dataclass(frozen=True)
class SummaryView:
    """Of one figure over all completed checkpoints; ``quantiles`` are those of QUANTILES."""

    minimum: int = 0
    maximum: int = 0
    average: int = 0
    quantiles: tuple[float, ...] = (0.0,) * len(QUANTILES)


@dataclass(frozen=True)
class RequestView:
    """A user's request: ``location`` (a URI) when it completed, ``error`` when it failed."""

    status: RequestStatus
    checkpoint_id: int | None = None
    location: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class CheckpointCounts:
    """``total`` is all ever triggered; the others are a part of it, but for ``restored``, which counts restores."""

    restored: int = 0
    total: int = 0
    in_progress: int = 0
    completed: int = 0
    failed: int = 0


@dataclass(frozen=True)
class CheckpointsView:
    """``history`` has the last ones, the latest first; summaries are of ``duration`` (ms), ``stored_bytes`` and
    ``state_bytes`` of completed ones; ``requests`` is by request id."""

    settings: CheckpointSettings
    counts: CheckpointCounts
    history: tuple[CheckpointView, ...]
    latest_completed: CheckpointView | None
    latest_savepoint: CheckpointView | None
    latest_failed: CheckpointView | None
    latest_restored: RestoredView | None
    duration: SummaryView = SummaryView()
    stored_bytes: SummaryView = SummaryView()
    state_bytes: SummaryView = SummaryView()
    requests: Mapping[str, RequestView] = field(default_factory=dict)

    def checkpoint(self, checkpoint_id: int) -> CheckpointView | None:
        """One that is remembered still."""
        candidates = (*self.history, self.latest_completed, self.latest_savepoint, self.latest_failed)
        return next((view for view in candidates if view is not None and view.id == checkpoint_id), None)
