"""OVER windows."""

from __future__ import annotations

from enum import Enum

import msgspec

from sqlstream.plan.expressions import AggregateCall
from sqlstream.plan.physical.ordering import SortKey
from sqlstream.types.schema import Schema


class FrameUnit(Enum):
    ROWS = "ROWS"
    RANGE = "RANGE"


class OverFrame(msgspec.Struct, frozen=True):
    """Which rows of its ordered partition a row sees: those from ``start`` to ``end``, both included.

    A bound is relative to the row: negative is PRECEDING, 0 CURRENT ROW, positive FOLLOWING, None UNBOUNDED. In ROWS it
    is a number of rows; in RANGE a distance of order keys, milliseconds for time, as text where it is a fraction.
    """

    unit: FrameUnit
    start: int | str | None = None
    end: int | str | None = 0


class OverWindow(msgspec.Struct, frozen=True):
    """Calls that see the same frame."""

    frame: OverFrame
    calls: tuple[AggregateCall, ...]


class OverAggregate(msgspec.Struct, frozen=True, tag="OverAggregate"):
    """Window functions over insertions in the order of ``time``, a time attribute: each row is emitted once, when its
    time has come. Event time waits for the watermark, processing time (``proctime``) is when the row comes.

    The frame ends at the row or before. Rows that are late are dropped and counted in ``numLateRecordsDropped``.
    """

    partition: tuple[int, ...]
    time: int
    proctime: bool
    window: OverWindow
    schema: Schema
    input: Schema


class ChangingOverAggregate(msgspec.Struct, frozen=True, tag="ChangingOverAggregate"):
    """Window functions over a stream that changes, or in an order that rows do not come in: what other rows have so far
    is taken back and emitted anew. ``update_before``: emit -U (else only +U)."""

    partition: tuple[int, ...]
    order: tuple[SortKey, ...]
    window: OverWindow
    update_before: bool
    schema: Schema
    input: Schema


class BatchOverAggregate(msgspec.Struct, frozen=True, tag="BatchOverAggregate"):
    """Window functions over bounded input: the input's columns, then the calls of each of ``windows``."""

    partition: tuple[int, ...]
    order: tuple[SortKey, ...]
    windows: tuple[OverWindow, ...]
    schema: Schema
    input: Schema
