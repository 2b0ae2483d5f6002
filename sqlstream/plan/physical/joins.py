"""Joins of two inputs, and of one with a table that is asked."""

from __future__ import annotations

from enum import Enum

import msgspec

from sqlstream.plan.expressions import Expression
from sqlstream.plan.physical.ranks import RankWindow
from sqlstream.plan.physical.tables import TableDescriptor
from sqlstream.types.schema import Schema


class JoinKind(Enum):
    """Which rows a join gives besides, or instead of, the pairs that match."""

    INNER = "inner"
    LEFT = "left"
    RIGHT = "right"
    FULL = "full"
    SEMI = "semi"
    """Left rows that have a partner, once each."""
    ANTI = "anti"
    """Left rows that have none."""

    @property
    def left_only(self) -> bool:
        """Whether only the left columns come out."""
        return self in (JoinKind.SEMI, JoinKind.ANTI)

    @property
    def pads_right(self) -> bool:
        """Whether left rows without a partner come out, the right columns NULL."""
        return self in (JoinKind.LEFT, JoinKind.FULL)

    @property
    def pads_left(self) -> bool:
        """Whether right rows without a partner come out, the left columns NULL."""
        return self in (JoinKind.RIGHT, JoinKind.FULL)


class Join(msgspec.Struct, frozen=True, tag="Join"):
    """Join of two streams, each of which may retract; ``condition`` is over left columns then right columns."""

    left_keys: tuple[int, ...]
    right_keys: tuple[int, ...]
    condition: Expression | None
    left: Schema
    right: Schema
    schema: Schema
    kind: JoinKind = JoinKind.INNER
    null_safe: tuple[int, ...] = ()
    """Those of the keys (by position) whose NULLs are equal to each other; other NULLs match nothing."""
    left_unique: tuple[int, ...] | None = None
    """Columns of the left input that no two of its rows agree in, if any are known."""
    right_unique: tuple[int, ...] | None = None
    state_ttl: int = 0
    """How long (ms) a row of either input is kept; 0 is for ever."""


class JoinStrategy(Enum):
    """What join hints ask for."""

    BROADCAST = "BROADCAST"
    SHUFFLE_HASH = "SHUFFLE_HASH"
    SHUFFLE_MERGE = "SHUFFLE_MERGE"
    NEST_LOOP = "NEST_LOOP"


class JoinHint(msgspec.Struct, frozen=True):
    """How a query asks for a join to be run, if it is bounded, and which side is to be held."""

    strategy: JoinStrategy
    build_left: bool


class HashJoin(msgspec.Struct, frozen=True, tag="HashJoin"):
    """Join of bounded inputs: one side is held by key, the other goes past it. ``broadcast``: each subtask holds it
    whole."""

    left_keys: tuple[int, ...]
    right_keys: tuple[int, ...]
    condition: Expression | None
    left: Schema
    right: Schema
    schema: Schema
    kind: JoinKind = JoinKind.INNER
    null_safe: tuple[int, ...] = ()
    build_left: bool = False
    broadcast: bool = False


class SortMergeJoin(msgspec.Struct, frozen=True, tag="SortMergeJoin"):
    """Join of bounded inputs, both of which are held and sorted by key."""

    left_keys: tuple[int, ...]
    right_keys: tuple[int, ...]
    condition: Expression | None
    left: Schema
    right: Schema
    schema: Schema
    kind: JoinKind = JoinKind.INNER
    null_safe: tuple[int, ...] = ()


class NestedLoopJoin(msgspec.Struct, frozen=True, tag="NestedLoopJoin"):
    """Join of bounded inputs in which each row is compared with all rows of the side that is held."""

    condition: Expression | None
    left: Schema
    right: Schema
    schema: Schema
    kind: JoinKind = JoinKind.INNER
    build_left: bool = False
    broadcast: bool = False


class JoinInterval(msgspec.Struct, frozen=True):
    """``lower`` <= column ``left_time`` of the left row less column ``right_time`` of the right row <= ``upper`` (ms).
    Not ``event_time``: the times are when the rows come."""

    left_time: int
    right_time: int
    lower: int
    upper: int
    event_time: bool = True


class IntervalJoin(msgspec.Struct, frozen=True, tag="IntervalJoin"):
    """Join of two append-only streams whose rows match only within an ``interval`` of time."""

    left_keys: tuple[int, ...]
    right_keys: tuple[int, ...]
    condition: Expression | None
    interval: JoinInterval
    left: Schema
    right: Schema
    schema: Schema
    kind: JoinKind = JoinKind.INNER
    null_safe: tuple[int, ...] = ()


class TemporalJoin(msgspec.Struct, frozen=True, tag="TemporalJoin"):
    """Inner or left join with the version of the right row that was valid at the left row's event time."""

    left_keys: tuple[int, ...]
    right_keys: tuple[int, ...]
    left_time: int
    right_time: int
    condition: Expression | None
    kind: JoinKind
    left: Schema
    right: Schema
    schema: Schema
    null_safe: tuple[int, ...] = ()


class LookupKey(msgspec.Struct, frozen=True):
    """Column ``column`` of the table is asked to equal ``value`` of the left row."""

    column: int
    value: Expression


class AsyncLookup(msgspec.Struct, frozen=True):
    """Up to ``capacity`` questions at a time, each answered within ``timeout`` ms."""

    ordered: bool
    capacity: int
    timeout: int


class LookupRetry(msgspec.Struct, frozen=True):
    """Keys without rows are asked for again, ``delay`` ms later, up to ``attempts`` times in all."""

    delay: int
    attempts: int


class LookupJoin(msgspec.Struct, frozen=True, tag="LookupJoin"):
    """Each row with the rows of ``table`` that have its ``keys`` now. Of the table ``fetched`` is read, ``filter`` kept
    and ``projection`` made; ``condition`` is over left columns, then these."""

    table: TableDescriptor
    fetched: Schema
    keys: tuple[LookupKey, ...]
    projection: tuple[Expression, ...]
    filter: Expression | None
    condition: Expression | None
    kind: JoinKind
    left: Schema
    schema: Schema
    asynchronous: AsyncLookup | None = None
    retry: LookupRetry | None = None


class JoinWindow(msgspec.Struct, frozen=True):
    """The columns in which each input of a join says which window a row belongs to."""

    left: RankWindow
    right: RankWindow


class WindowJoin(msgspec.Struct, frozen=True, tag="WindowJoin"):
    """Join of the rows of the same window of two append-only streams, emitted when the watermark passes its end.

    Rows of windows that are closed are late: dropped and counted in ``numLateRecordsDropped``.
    """

    left_keys: tuple[int, ...]
    right_keys: tuple[int, ...]
    condition: Expression | None
    window: JoinWindow
    left: Schema
    right: Schema
    schema: Schema
    kind: JoinKind = JoinKind.INNER
    null_safe: tuple[int, ...] = ()
