"""The physical plan: one frozen, JSON-serialisable structure for each operator that can run.

A node here is all that its operator (``sqlstream/operators/``) needs to know. Column references are indices
into the input row; for two inputs, the joined row is left columns then right columns. ``schema`` is always the
output row.
"""

from __future__ import annotations

from enum import Enum
from typing import Union

import msgspec

from sqlstream.plan.expressions import AggregateCall, Expression
from sqlstream.plan.physical_windows import (
    AttachedWindowAggregate,
    EmitStrategy,
    LocalWindowAggregate,
    SessionWindowAggregate,
    SessionWindowTableFunction,
    UpdatingWindowAggregate,
    WindowAggregate,
    WindowKind,
    WindowProperty,
    WindowSpec,
    WindowTableFunction,
)
from sqlstream.plan.row_pattern import PatternElement, PatternExpression, SkipStrategy
from sqlstream.types.schema import Schema

__all__ = [
    "AttachedWindowAggregate",
    "EmitStrategy",
    "LocalWindowAggregate",
    "SessionWindowAggregate",
    "SessionWindowTableFunction",
    "UpdatingWindowAggregate",
    "WindowAggregate",
    "WindowKind",
    "WindowProperty",
    "WindowSpec",
    "WindowTableFunction",
]


class TableDescriptor(msgspec.Struct, frozen=True):
    """A resolved table as its connector sees it. ``schema`` has physical and metadata columns only."""

    identifier: tuple[str, ...]
    options: dict[str, str]
    schema: Schema
    metadata_keys: dict[str, str] = {}
    """Metadata columns: column name -> the connector's metadata key."""
    partition_keys: tuple[str, ...] = ()
    primary_key: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return ".".join(self.identifier)


class TableSourceScan(msgspec.Struct, frozen=True, tag="TableSourceScan"):
    """Reads ``projection`` (indices into the table's schema) from a connector."""

    table: TableDescriptor
    projection: tuple[int, ...]
    schema: Schema
    limit: int | None = None


class Values(msgspec.Struct, frozen=True, tag="Values"):
    """Literal rows: every cell is a constant expression. Emitted by subtask 0 alone."""

    rows: tuple[tuple[Expression, ...], ...]
    schema: Schema


class Calc(msgspec.Struct, frozen=True, tag="Calc"):
    """Filters by ``condition`` (rows where it is TRUE stay), then computes ``projection``."""

    projection: tuple[Expression, ...]
    condition: Expression | None
    schema: Schema


class Expand(msgspec.Struct, frozen=True, tag="Expand"):
    """Each row once for each of ``projections``, computed by it."""

    projections: tuple[tuple[Expression, ...], ...]
    schema: Schema


class WatermarkAssigner(msgspec.Struct, frozen=True, tag="WatermarkAssigner"):
    """Emits the highest value of ``expression`` seen so far as the watermark, per subtask.

    With a ``step`` it is rounded down to the last millisecond before a whole number of steps after ``offset`` (ms).
    """

    rowtime: int
    expression: Expression
    schema: Schema
    step: int = 0
    offset: int = 0


class ToChangelog(msgspec.Struct, frozen=True, tag="ToChangelog"):
    """Prepends what each row does: its code of ``codes``, which are in the order of row kinds; without one the row is
    dropped. All rows are insertions then."""

    codes: tuple[str | None, ...]
    schema: Schema


class FromChangelog(msgspec.Struct, frozen=True, tag="FromChangelog"):
    """Rows of the kind that ``kinds`` pairs with the code in column ``op``, without that column."""

    op: int
    kinds: tuple[tuple[str, int], ...]
    schema: Schema


class DropUpdateBefore(msgspec.Struct, frozen=True, tag="DropUpdateBefore"):
    """Lets all rows pass but -U: nobody wants to know what a row was before an update."""

    schema: Schema


class ChangelogNormalize(msgspec.Struct, frozen=True, tag="ChangelogNormalize"):
    """Makes a whole changelog of +I, +U and -D by ``keys``: what a row was is known, and what changes nothing dropped.

    ``update_before``: emit -U (else only +U). ``state_ttl``: see :mod:`sqlstream.operators.time_to_live`.
    """

    keys: tuple[int, ...]
    update_before: bool
    schema: Schema
    state_ttl: int = 0


class GroupAggregate(msgspec.Struct, frozen=True, tag="GroupAggregate"):
    """GROUP BY over a stream that never ends: key columns, then aggregates, updated as rows come.

    ``retracting``: the input has -U/-D rows. ``update_before``: emit -U (else only +U).
    ``per_record``: one update for each input row, as Flink without mini-batch; else one a batch and key.
    ``merging``: what comes in are groups of a LocalAggregate, their keys first; ``input`` is what that one reads.
    ``state_ttl``: see :mod:`sqlstream.operators.time_to_live`.
    """

    keys: tuple[int, ...]
    aggregates: tuple[AggregateCall, ...]
    retracting: bool
    update_before: bool
    per_record: bool
    schema: Schema
    input: Schema
    merging: bool = False
    state_ttl: int = 0


class LocalAggregate(msgspec.Struct, frozen=True, tag="LocalAggregate"):
    """The first of two phases of GROUP BY: the groups of each batch, as rows of keys, number of rows and state.

    ``schema`` is that of :func:`~sqlstream.plan.aggregate_state.partial_schema`. Input is append-only.
    """

    keys: tuple[int, ...]
    aggregates: tuple[AggregateCall, ...]
    bounded: bool
    schema: Schema
    input: Schema


class HashAggregate(msgspec.Struct, frozen=True, tag="HashAggregate"):
    """GROUP BY over bounded input: emits each group once, at the end. ``merging``: see GroupAggregate."""

    keys: tuple[int, ...]
    aggregates: tuple[AggregateCall, ...]
    schema: Schema
    input: Schema
    merging: bool = False


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


class ReplicateRows(msgspec.Struct, frozen=True, tag="ReplicateRows"):
    """Each row as often as its last column (BIGINT) says, without that column."""

    schema: Schema


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


class Correlate(msgspec.Struct, frozen=True, tag="Correlate"):
    """Each row with the columns ``outputs`` of the rows that a table function of ``arguments`` over it gives."""

    function: str
    arguments: tuple[Expression, ...]
    outputs: tuple[int, ...]
    kind: JoinKind
    schema: Schema


class MatchRecognize(msgspec.Struct, frozen=True, tag="MatchRecognize"):
    """Rows that fit ``pattern``, within a partition and in the order of ``time_column`` and ``order``, make one row:
    the ``partition`` columns, then ``measures``. ``define[v]`` is what rows of variable ``v`` must fulfil, if anything.

    ``within`` is the longest a match may take, in ms. Without ``is_rowtime`` rows are taken in the order they come.
    """

    partition: tuple[int, ...]
    time_column: int
    is_rowtime: bool
    order: tuple[SortKey, ...]
    pattern: tuple[PatternElement, ...]
    define: tuple[PatternExpression | None, ...]
    measures: tuple[PatternExpression, ...]
    skip: SkipStrategy
    within: int | None
    schema: Schema
    input: Schema


class SortKey(msgspec.Struct, frozen=True):
    column: int
    descending: bool = False
    nulls_last: bool = False


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


class TemporalSort(msgspec.Struct, frozen=True, tag="TemporalSort"):
    """ORDER BY a time attribute, ascending, then ``keys``: rows are emitted once their time has come."""

    time: int
    proctime: bool
    keys: tuple[SortKey, ...]
    schema: Schema


class Sort(msgspec.Struct, frozen=True, tag="Sort"):
    """Bounded input only: holds all rows, emits them in order at the end; ``fetch`` makes it a SortLimit.

    ``local``: it sorts the rows of one subtask, for another one to merge.
    """

    keys: tuple[SortKey, ...]
    schema: Schema
    offset: int = 0
    fetch: int | None = None
    local: bool = False


class RankType(Enum):
    ROW_NUMBER = "ROW_NUMBER"
    RANK = "RANK"
    DENSE_RANK = "DENSE_RANK"


class RankStrategy(Enum):
    """How a Top-N follows its input: nothing is taken back; rows only get better, and are replaced by key; anything."""

    APPEND_FAST = "AppendFastStrategy"
    UPDATE_FAST = "UpdateFastStrategy"
    RETRACT = "RetractStrategy"


class Ranking(msgspec.Struct, frozen=True):
    """The rows of rank ``first`` to ``last`` in their partition. A processing time orders rows as they come."""

    type: RankType
    first: int
    last: int
    partition: tuple[int, ...]
    order: tuple[SortKey, ...]


class RankWindow(msgspec.Struct, frozen=True):
    """Columns ``start`` and ``end`` are the bounds of ``window``; ``is_instant``: they are readings of the session time
    zone's clock."""

    window: WindowSpec
    start: int
    end: int
    is_instant: bool


class Rank(msgspec.Struct, frozen=True, tag="Rank"):
    """Top-N over a stream: the input's columns, then the rank with ``with_rank``.

    ``row_key``: columns that identify a row of the input, where there are any. ``update_before``: emit -U.
    """

    ranking: Ranking
    strategy: RankStrategy
    row_key: tuple[int, ...]
    with_rank: bool
    update_before: bool
    schema: Schema
    input: Schema


class SortLimit(msgspec.Struct, frozen=True, tag="SortLimit"):
    """ORDER BY and LIMIT over a stream: a Top-N of all rows."""

    keys: tuple[SortKey, ...]
    offset: int
    fetch: int
    strategy: RankStrategy
    row_key: tuple[int, ...]
    update_before: bool
    schema: Schema


class Deduplicate(msgspec.Struct, frozen=True, tag="Deduplicate"):
    """The first row of each key by column ``time``, or the last, over rows that are only added.

    ``inserts_only``: the first one by event time is emitted when the watermark has reached it, and stands.
    """

    keys: tuple[int, ...]
    time: int
    keep_last: bool
    inserts_only: bool
    update_before: bool
    schema: Schema


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


class WindowRank(msgspec.Struct, frozen=True, tag="WindowRank"):
    """Top-N of each window, emitted when the watermark passes its end; ``ranking`` partitions by the window too.

    Rows of windows that are closed are late: dropped and counted in ``numLateRecordsDropped``.
    """

    ranking: Ranking
    window: RankWindow
    with_rank: bool
    retracting: bool
    schema: Schema
    input: Schema


class WindowDeduplicate(msgspec.Struct, frozen=True, tag="WindowDeduplicate"):
    """The first row of each key and window by event time, or the last; otherwise a WindowRank."""

    keys: tuple[int, ...]
    window: RankWindow
    time: int
    keep_last: bool
    schema: Schema


class BatchRank(msgspec.Struct, frozen=True, tag="BatchRank"):
    """Top-N of bounded input, emitted at the end."""

    ranking: Ranking
    with_rank: bool
    schema: Schema
    input: Schema


class Limit(msgspec.Struct, frozen=True, tag="Limit"):
    """Any ``fetch`` rows after ``offset``; with ``retracting`` input, a removed row is replaced by a waiting one."""

    offset: int
    fetch: int | None
    retracting: bool
    schema: Schema


class LengthConstraint(msgspec.Struct, frozen=True):
    """Values of ``column`` have at most ``length`` characters or bytes; ``exact``: no less either."""

    column: int
    length: int
    exact: bool


class ConstraintEnforcer(msgspec.Struct, frozen=True, tag="ConstraintEnforcer"):
    """Holds rows against what a sink declares: ``not_null`` columns, whose NULLs fail the job or, with ``drop_nulls``,
    have their row dropped; and ``lengths``, to which values are cut and padded with ``trim_pad``, else fail the job.
    """

    not_null: tuple[int, ...]
    drop_nulls: bool
    lengths: tuple[LengthConstraint, ...]
    trim_pad: bool
    schema: Schema


class SinkMaterializer(msgspec.Struct, frozen=True, tag="SinkMaterializer"):
    """Keeps all rows of each ``primary_key``, and emits the latest that is left as upserts: what the key's changes are
    worth that come from different keys of the query, in whatever order. ``state_ttl``: as ChangelogNormalize has it."""

    primary_key: tuple[int, ...]
    schema: Schema
    state_ttl: int = 0


class TableSink(msgspec.Struct, frozen=True, tag="Sink"):
    """Writes to a connector. ``overwrite`` is INSERT OVERWRITE; ``partition`` the static PARTITION clause."""

    table: TableDescriptor
    schema: Schema
    overwrite: bool = False
    partition: dict[str, str] = {}
    materialized: bool = False
    """Whether a SinkMaterializer is before it."""


class CollectSink(msgspec.Struct, frozen=True, tag="Collect"):
    """Hands the rows of a SELECT to the client that asked, back-pressured; parallelism 1."""

    schema: Schema


PhysicalOperator = Union[
    TableSourceScan,
    Values,
    Calc,
    Expand,
    WatermarkAssigner,
    ToChangelog,
    FromChangelog,
    DropUpdateBefore,
    ChangelogNormalize,
    WindowTableFunction,
    GroupAggregate,
    LocalAggregate,
    HashAggregate,
    WindowAggregate,
    AttachedWindowAggregate,
    SessionWindowAggregate,
    UpdatingWindowAggregate,
    SessionWindowTableFunction,
    LocalWindowAggregate,
    Join,
    HashJoin,
    SortMergeJoin,
    NestedLoopJoin,
    IntervalJoin,
    WindowJoin,
    ReplicateRows,
    TemporalJoin,
    LookupJoin,
    Correlate,
    OverAggregate,
    ChangingOverAggregate,
    BatchOverAggregate,
    TemporalSort,
    Sort,
    Rank,
    SortLimit,
    Deduplicate,
    WindowRank,
    WindowDeduplicate,
    BatchRank,
    Limit,
    ConstraintEnforcer,
    SinkMaterializer,
    MatchRecognize,
    TableSink,
    CollectSink,
]
