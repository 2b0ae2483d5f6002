"""Operators that work on each row alone."""

from __future__ import annotations

import msgspec

from sqlstream.plan.expressions import Expression
from sqlstream.plan.physical.joins import JoinKind
from sqlstream.types.schema import Schema


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


class ReplicateRows(msgspec.Struct, frozen=True, tag="ReplicateRows"):
    """Each row as often as its last column (BIGINT) says, without that column."""

    schema: Schema


class Correlate(msgspec.Struct, frozen=True, tag="Correlate"):
    """Each row with the columns ``outputs`` of the rows that a table function of ``arguments`` over it gives."""

    function: str
    arguments: tuple[Expression, ...]
    outputs: tuple[int, ...]
    kind: JoinKind
    schema: Schema
