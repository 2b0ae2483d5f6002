"""The row that a join's condition is over, and the row that comes out of it."""

from __future__ import annotations

from sqlstream.plan.binder.scope import unique_names
from sqlstream.plan.physical import JoinKind
from sqlstream.types.logical import with_nullability
from sqlstream.types.schema import Field, Schema


def joined_row(left: Schema, right: Schema) -> Schema:
    """Left columns then right columns; a name both have is shown as ``k`` and ``k0``."""
    names = unique_names([*left.names, *right.names])
    return Schema(tuple(Field(name, f.type, f.time) for name, f in zip(names, (*left, *right), strict=True)))


def output_row(row: Schema, width: int, kind: JoinKind) -> Schema:
    """Of a joined ``row`` whose first ``width`` columns are the left ones: what a join of ``kind`` gives of it. The
    columns of a side that may be missing are nullable."""
    if kind.left_only:
        return Schema(row.fields[:width])
    return Schema(
        tuple(
            Field(f.name, with_nullability(f.type, True), f.time)
            if (kind.pads_left if i < width else kind.pads_right)
            else f
            for i, f in enumerate(row)
        )
    )
