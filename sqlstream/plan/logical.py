"""The logical plan: what a query means, as a tree of frozen, typed relational nodes.

Column references in expressions are indices into the node's input row; for a join, left columns then right columns.
Every node has its output ``schema``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from sqlstream.errors import Position
from sqlstream.plan.expressions import AggregateCall, Expression
from sqlstream.plan.physical import (
    AsyncLookup,
    EmitStrategy,
    JoinHint,
    JoinInterval,
    JoinKind,
    JoinWindow,
    LookupKey,
    LookupRetry,
    OverFrame,
    Ranking,
    RankWindow,
    SortKey,
    TableDescriptor,
    WindowProperty,
    WindowSpec,
)
from sqlstream.plan.row_pattern import PatternElement, PatternExpression, SkipStrategy
from sqlstream.spi.connector import ChangelogMode
from sqlstream.types.schema import Field, Schema


@dataclass(frozen=True)
class Scan:
    """Reads columns ``projection`` of a table; ``schema`` is what is read, ``table.schema`` what there is.

    No consumer wants more than ``limit`` rows of it. ``projects_fields``: the connector can read ROW columns with fewer
    fields than they have in ``table.schema``.
    """

    table: TableDescriptor
    projection: tuple[int, ...]
    schema: Schema
    changelog_mode: ChangelogMode = ChangelogMode.INSERT_ONLY
    bounded: bool = True
    limit: int | None = None
    projects_fields: bool = False


@dataclass(frozen=True)
class Values:
    """Rows of constant expressions."""

    rows: tuple[tuple[Expression, ...], ...]
    schema: Schema


@dataclass(frozen=True)
class Project:
    """Computes one expression a column."""

    input: LogicalNode
    expressions: tuple[Expression, ...]
    schema: Schema


@dataclass(frozen=True)
class Filter:
    """Keeps the rows for which ``condition`` is TRUE."""

    input: LogicalNode
    condition: Expression

    @property
    def schema(self) -> Schema:
        return self.input.schema


@dataclass(frozen=True)
class Calc:
    """A filter and a projection in one; what the rules make of adjacent ones. ``condition`` is over the input row."""

    input: LogicalNode
    expressions: tuple[Expression, ...]
    condition: Expression | None
    schema: Schema


@dataclass(frozen=True)
class Expand:
    """Each row once for each of ``projections``, computed by it; what GROUPING SETS are made of."""

    input: LogicalNode
    projections: tuple[tuple[Expression, ...], ...]
    schema: Schema


@dataclass(frozen=True)
class Watermark:
    """Declares column ``rowtime`` a time attribute whose watermark is ``expression``.

    Where there is a ``step``, the watermark is told when it passes the last millisecond before a whole number of steps
    after ``offset``, and is that.
    """

    input: LogicalNode
    rowtime: int
    expression: Expression
    schema: Schema
    step: int = 0
    offset: int = 0


@dataclass(frozen=True)
class Normalize:
    """Upserts by primary key ``keys``, or changes some of which may come twice, made a whole changelog."""

    input: LogicalNode
    keys: tuple[int, ...]

    @property
    def schema(self) -> Schema:
        return self.input.schema


@dataclass(frozen=True)
class ToChangelog:
    """Insertions of all rows, with what each does in a column before the others: ``codes`` by row kind; a row whose
    kind has none is left out."""

    input: LogicalNode
    codes: tuple[str | None, ...]
    schema: Schema


@dataclass(frozen=True)
class FromChangelog:
    """Rows that do what column ``op`` says, which is not in the output: ``kinds`` pairs codes with row kinds."""

    input: LogicalNode
    op: int
    kinds: tuple[tuple[str, int], ...]
    schema: Schema


@dataclass(frozen=True)
class Aggregate:
    """GROUP BY ``keys``: the keys' columns, then one column an aggregate. Without aggregates it is DISTINCT."""

    input: LogicalNode
    keys: tuple[int, ...]
    aggregates: tuple[AggregateCall, ...]
    schema: Schema


@dataclass(frozen=True)
class WindowFunction:
    """A window TVF: the input's columns, then window_start, window_end, window_time.

    ``keys``: whose sessions they are. ``grouped``: it stands for a window function in GROUP BY; sessions are then those
    of the other group keys.
    """

    input: LogicalNode
    window: WindowSpec
    time_column: int
    schema: Schema
    keys: tuple[int, ...] = ()
    grouped: bool = False


@dataclass(frozen=True)
class WindowAggregate:
    """GROUP BY ``keys`` and window: keys, aggregates, then the window ``properties``.

    ``time`` is the time attribute that windows are of: column ``time_column``. With a ``start_column`` rows bring their
    window along: its start there, its end in ``time_column``. ``grouped``: the window is a function in GROUP BY.
    """

    input: LogicalNode
    window: WindowSpec
    time_column: int
    keys: tuple[int, ...]
    aggregates: tuple[AggregateCall, ...]
    properties: tuple[WindowProperty, ...]
    time: Field
    schema: Schema
    start_column: int | None = None
    grouped: bool = False
    emit: EmitStrategy | None = None


@dataclass(frozen=True)
class Over:
    """Window functions: the input's columns, then one column a call. All calls are over the same window."""

    input: LogicalNode
    partition: tuple[int, ...]
    order: tuple[SortKey, ...]
    frame: OverFrame
    calls: tuple[AggregateCall, ...]
    schema: Schema
    position: Position | None = field(default=None, compare=False)
    """Where the first call was written."""


@dataclass(frozen=True)
class Rank:
    """Top-N: the rows of the input that ``ranking`` asks for, with their rank as a last column if ``with_rank``.

    ``window``: event-time windows that are partitions, each of which is ranked once it is complete. ``waits``: the
    first row by event time is emitted only when no earlier one can come.
    """

    input: LogicalNode
    ranking: Ranking
    window: RankWindow | None
    waits: bool
    with_rank: bool
    schema: Schema


@dataclass(frozen=True)
class Join:
    """Rows match where column ``left_keys[i]`` of the left row equals ``right_keys[i]`` of the right row, and
    ``condition`` holds over the left columns then the right ones. ``schema`` is the left row for SEMI and ANTI."""

    left: LogicalNode
    right: LogicalNode
    condition: Expression | None
    schema: Schema
    left_keys: tuple[int, ...] = ()
    right_keys: tuple[int, ...] = ()
    kind: JoinKind = JoinKind.INNER
    null_safe: tuple[int, ...] = ()
    """Those of the keys (by position) whose NULLs are equal to each other; other NULLs match nothing."""
    interval: JoinInterval | None = None
    """Within which time of each other rows must be as well."""
    window: JoinWindow | None = None
    """The window that both must belong to as well."""
    hint: JoinHint | None = None


class ApplyKind(Enum):
    """What comes of a left row and the rows that the sub-query has for it."""

    INNER = "inner"
    """The left row joined to each of them."""
    LEFT = "left"
    """As INNER; joined to NULLs where there are none."""
    SEMI = "semi"
    """The left row if there are any."""
    ANTI = "anti"
    """The left row if there are none."""
    MARK = "mark"
    """The left row, and whether there are any."""


@dataclass(frozen=True)
class Apply:
    """A dependent join: for each left row the rows of ``right``, in which Parameter ``i`` is ``arguments[i]`` of that
    row. What the binder makes of sub-queries, and the optimiser of joins."""

    left: LogicalNode
    right: LogicalNode
    arguments: tuple[Expression, ...]
    kind: ApplyKind
    schema: Schema


@dataclass(frozen=True)
class TemporalJoin:
    """As an inner or left :class:`Join`, with that version alone of the right row of a key that was valid at the left
    row's ``left_time``: the last one whose ``right_time`` is not after it. ``position``: of the clause, for errors."""

    left: LogicalNode
    right: LogicalNode
    condition: Expression | None
    schema: Schema
    left_time: int
    right_time: int
    left_keys: tuple[int, ...]
    right_keys: tuple[int, ...]
    kind: JoinKind
    null_safe: tuple[int, ...] = ()
    position: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class LookupJoin:
    """Each row with the rows of ``table`` that have its ``keys`` at that moment; a left one keeps rows that have none.

    Columns ``columns`` of the table are fetched, as ``fetched``; of these ``filter`` keeps rows, and ``projection``
    computes what is joined. ``condition`` is over the columns of the input, then the computed ones.
    """

    input: LogicalNode
    table: TableDescriptor
    columns: tuple[int, ...]
    fetched: Schema
    keys: tuple[LookupKey, ...]
    projection: tuple[Expression, ...]
    filter: Expression | None
    condition: Expression | None
    kind: JoinKind
    schema: Schema
    asynchronous: AsyncLookup | None = None
    retry: LookupRetry | None = None


@dataclass(frozen=True)
class Correlate:
    """Each row with the rows that table function ``function`` of ``arguments`` over it gives, of which the columns
    ``outputs`` are wanted. A left one keeps rows for which there are none."""

    input: LogicalNode
    function: str
    arguments: tuple[Expression, ...]
    outputs: tuple[int, ...]
    kind: JoinKind
    schema: Schema


@dataclass(frozen=True)
class Union:
    """UNION ALL of inputs of the same types; the names are the first one's."""

    inputs: tuple[LogicalNode, ...]
    schema: Schema


@dataclass(frozen=True)
class ReplicateRows:
    """Each row as often as its last column says, without that column; not at all for less than one."""

    input: LogicalNode
    schema: Schema


@dataclass(frozen=True)
class Sort:
    """ORDER BY, with OFFSET and FETCH where there are any."""

    input: LogicalNode
    keys: tuple[SortKey, ...]
    offset: int = 0
    fetch: int | None = None
    position: Position | None = field(default=None, compare=False)
    """Where the clause was written."""

    @property
    def follows_time(self) -> bool:
        """Whether the order is that of a time attribute first, so that rows can be emitted as time goes on."""
        first = self.keys[0]
        return not first.descending and self.input.schema[first.column].time is not None

    @property
    def schema(self) -> Schema:
        return self.input.schema


@dataclass(frozen=True)
class MatchRecognize:
    """Rows that fit a pattern make one row: the columns ``partition``, then ``measures``. See the physical node."""

    input: LogicalNode
    partition: tuple[int, ...]
    time_column: int
    order: tuple[SortKey, ...]
    pattern: tuple[PatternElement, ...]
    define: tuple[PatternExpression | None, ...]
    measures: tuple[PatternExpression, ...]
    skip: SkipStrategy
    within: int | None
    schema: Schema
    position: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Limit:
    """Any ``fetch`` rows after ``offset``."""

    input: LogicalNode
    offset: int
    fetch: int | None

    @property
    def schema(self) -> Schema:
        return self.input.schema


@dataclass(frozen=True)
class Sink:
    """Writes its input to a table."""

    input: LogicalNode
    table: TableDescriptor
    changelog_mode: ChangelogMode
    overwrite: bool = False
    partition: dict[str, str] = field(default_factory=dict)
    materialized: bool = False
    """Whether the changes of each primary key are put in order first."""

    @property
    def schema(self) -> Schema:
        return self.input.schema


@dataclass(frozen=True)
class Collect:
    """Hands the result to the client."""

    input: LogicalNode

    @property
    def schema(self) -> Schema:
        return self.input.schema


LogicalNode = (
    Scan
    | Values
    | Project
    | Filter
    | Calc
    | Expand
    | Watermark
    | Normalize
    | ToChangelog
    | FromChangelog
    | Aggregate
    | WindowFunction
    | WindowAggregate
    | Over
    | Rank
    | Join
    | TemporalJoin
    | LookupJoin
    | Correlate
    | Apply
    | Union
    | ReplicateRows
    | Sort
    | Limit
    | MatchRecognize
    | Sink
    | Collect
)


def children(node: LogicalNode) -> tuple[LogicalNode, ...]:
    """The inputs of ``node``, in order."""
    if isinstance(node, Scan | Values):
        return ()
    if isinstance(node, Join | TemporalJoin | Apply):
        return (node.left, node.right)
    if isinstance(node, Union):
        return node.inputs
    return (node.input,)


def with_children(node: LogicalNode, inputs: tuple[LogicalNode, ...]) -> LogicalNode:
    """``node`` over other inputs of the same shape; the same object where nothing changed."""
    if all(new is old for new, old in zip(inputs, children(node), strict=True)):
        return node
    if isinstance(node, Scan | Values):
        return node
    if isinstance(node, Join | TemporalJoin | Apply):
        return dataclasses.replace(node, left=inputs[0], right=inputs[1])
    if isinstance(node, Union):
        return dataclasses.replace(node, inputs=inputs)
    return dataclasses.replace(node, input=inputs[0])


Rule = Callable[[LogicalNode], LogicalNode]


def rewrite_bottom_up(node: LogicalNode, rule: Rule) -> LogicalNode:
    """Apply ``rule`` to every node, inputs first."""
    return rule(with_children(node, tuple(rewrite_bottom_up(child, rule) for child in children(node))))
