"""What travels on a channel, in order: batches, watermarks, idleness, barriers, and the end.

All times are int64 milliseconds since the epoch.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlstream.columnar.batch import Batch

MIN_TIMESTAMP = -(2**63)
MAX_TIMESTAMP = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Watermark:
    """No row with an event time at or before ``timestamp`` is expected any more."""

    timestamp: int


@dataclass(frozen=True, slots=True)
class WatermarkStatus:
    """An idle channel no longer holds the watermark back until it is active again."""

    idle: bool


@dataclass(frozen=True, slots=True)
class Barrier:
    """Separates what belongs to checkpoint ``checkpoint_id`` from what comes after.

    ``savepoint`` is the directory (a URI) that everything must be stored in, for a savepoint. With ``stop`` nothing
    comes after: once the checkpoint is complete, every task ends.
    """

    checkpoint_id: int
    timestamp: int
    savepoint: str | None = None
    stop: bool = False


@dataclass(frozen=True, slots=True)
class EndOfInput:
    """No rows follow on this channel; barriers may. ``drained``: the job is being stopped with a savepoint, whose
    barrier follows, also in a job that has no other checkpoints."""

    drained: bool = False


Element = Batch | Watermark | WatermarkStatus | Barrier | EndOfInput
Output = Batch | Watermark | WatermarkStatus
"""What an operator may emit; barriers and the end are the task's own business."""
