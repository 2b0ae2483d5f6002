"""ORDER BY, LIMIT, and patterns of rows in order."""

from __future__ import annotations

import msgspec

from sqlstream.plan.row_pattern import PatternElement, PatternExpression, SkipStrategy
from sqlstream.types.schema import Schema


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


class Limit(msgspec.Struct, frozen=True, tag="Limit"):
    """Any ``fetch`` rows after ``offset``; with ``retracting`` input, a removed row is replaced by a waiting one."""

    offset: int
    fetch: int | None
    retracting: bool
    schema: Schema
