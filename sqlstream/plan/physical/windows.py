"""The physical nodes of windows. Lengths are in milliseconds."""

from __future__ import annotations

from enum import Enum

import msgspec

from sqlstream.plan.expressions import AggregateCall
from sqlstream.types.schema import Schema


class WindowKind(Enum):
    TUMBLE = "TUMBLE"
    HOP = "HOP"
    CUMULATE = "CUMULATE"
    SESSION = "SESSION"


class WindowSpec(msgspec.Struct, frozen=True):
    """A window assigner. ``size`` is the gap of a SESSION; ``slide`` the HOP slide or the CUMULATE step."""

    kind: WindowKind
    size: int
    slide: int = 0
    offset: int = 0

    def __str__(self) -> str:
        parts = [f"{'gap' if self.kind is WindowKind.SESSION else 'size'}=[{self.size} ms]"]
        if self.kind is WindowKind.HOP:
            parts.append(f"slide=[{self.slide} ms]")
        if self.kind is WindowKind.CUMULATE:
            parts.append(f"step=[{self.slide} ms]")
        if self.offset:
            parts.append(f"offset=[{self.offset} ms]")
        return f"{self.kind.value}({', '.join(parts)})"


class WindowProperty(Enum):
    START = "window_start"
    END = "window_end"
    TIME = "window_time"


class EmitStrategy(msgspec.Struct, frozen=True):
    """When a window is emitted besides at its end: ``early`` before it, ``late`` after it, for rows up to ``lateness``
    behind the watermark. 0: with every row; more: that long (processing time) after a row; None: not at all."""

    early: int | None = None
    late: int | None = None
    lateness: int = 0


class WindowTableFunction(msgspec.Struct, frozen=True, tag="WindowTableFunction"):
    """Appends window_start, window_end, window_time to every row, once for each window it falls in.

    ``proctime``: the windows are those of the time at which the row is seen.
    """

    window: WindowSpec
    time_column: int
    schema: Schema
    proctime: bool = False


class SessionWindowTableFunction(msgspec.Struct, frozen=True, tag="SessionWindowTableFunction"):
    """Appends the bounds of its session to every row, once the session has ended; sessions are those of ``keys``."""

    window: WindowSpec
    time_column: int
    keys: tuple[int, ...]
    schema: Schema
    input: Schema
    proctime: bool = False


class _WindowAggregation(msgspec.Struct, frozen=True):
    """GROUP BY ``keys`` and window. Output: key columns, aggregates, then ``properties`` in order.

    ``name`` is what Flink calls the operator. ``retracting``: the input has -U/-D rows. Rows whose every window is
    closed are late: dropped and counted in ``numLateRecordsDropped``.
    """

    window: WindowSpec
    time_column: int
    keys: tuple[int, ...]
    aggregates: tuple[AggregateCall, ...]
    properties: tuple[WindowProperty, ...]
    retracting: bool
    schema: Schema
    input: Schema
    proctime: bool = False
    name: str = "WindowAggregate"


class LocalWindowAggregate(msgspec.Struct, frozen=True, tag="LocalWindowAggregate"):
    """The first of two phases of GROUP BY and window: the groups and slices of each batch. Input is append-only.

    ``schema``: keys, the end of the slice (ms on the clock that windows are aligned to), number of rows, state.
    """

    window: WindowSpec
    time_column: int
    keys: tuple[int, ...]
    aggregates: tuple[AggregateCall, ...]
    schema: Schema
    input: Schema


class WindowAggregate(_WindowAggregation, frozen=True, tag="WindowAggregate"):
    """Emits each window of a fixed length once, when time passes its end. ``merging``: the rows are those of a
    LocalWindowAggregate over rows of ``input``."""

    merging: bool = False


class SessionWindowAggregate(_WindowAggregation, frozen=True, tag="SessionWindowAggregate"):
    """Emits each session once, when time passes its end."""


class AttachedWindowAggregate(_WindowAggregation, frozen=True, tag="AttachedWindowAggregate"):
    """Rows bring their window: ``start_column`` has its start and ``time_column`` its end. ``instants``: the bounds are
    readings of the session time zone's clock, event time being instants."""

    start_column: int = 0
    instants: bool = False


class UpdatingWindowAggregate(_WindowAggregation, frozen=True, tag="UpdatingWindowAggregate"):
    """Emits windows before or after their end, too, and then what has changed. ``update_before``: emit -U (else only
    +U)."""

    emit: EmitStrategy = EmitStrategy()
    update_before: bool = True
