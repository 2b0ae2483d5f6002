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
    """Separates what belongs to checkpoint ``checkpoint_id`` from what comes after."""

    checkpoint_id: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class EndOfInput:
    """Nothing follows on this channel."""


Element = Batch | Watermark | WatermarkStatus | Barrier | EndOfInput
Output = Batch | Watermark | WatermarkStatus
"""What an operator may emit; barriers and the end are the task's own business."""
