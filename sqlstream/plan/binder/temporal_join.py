"""Binding JOIN ... FOR SYSTEM_TIME AS OF: the other side's rows as they were at a time of the left row."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from sqlstream.errors import Position, SqlError
from sqlstream.plan.binder.join_clause import join_kind
from sqlstream.plan.binder.scope import Scope
from sqlstream.plan.expressions import Expression
from sqlstream.plan.join_row import joined_row, output_row
from sqlstream.plan.logical import Join, LogicalNode, Project, TemporalJoin
from sqlstream.plan.physical import JoinKind
from sqlstream.plan.rules.join_keys import with_keys
from sqlstream.sql.positions import position_of
from sqlstream.types.logical import with_nullability
from sqlstream.types.schema import Field, Schema, TimeAttribute

_EXAMPLE = "Write JOIN rates FOR SYSTEM_TIME AS OF orders.ts ON orders.currency = rates.currency."


@dataclass(frozen=True)
class TemporalClause:
    """``FOR SYSTEM_TIME AS OF`` column ``time`` of the left row."""

    time: int
    attribute: TimeAttribute
    kind: JoinKind
    position: Position | None


def temporal_clause(left: Scope, node: exp.Join) -> TemporalClause:
    """The clause of a join whose right table has one. SqlError when it is none that can be joined by."""
    version = node.this.args["version"]
    position = position_of(version.expression) or position_of(node.this)
    kind = join_kind(node)
    if kind not in (JoinKind.INNER, JoinKind.LEFT):
        raise SqlError(
            f"{kind.value.upper()} JOIN with FOR SYSTEM_TIME AS OF is not possible: it looks up rows for left rows.",
            position=position_of(node.this),
            hint="Write an INNER or LEFT JOIN.",
        )
    period = version.expression
    if isinstance(period, exp.Column) and not isinstance(period.this, exp.Star):
        column, fields = left.resolve([part.name for part in period.parts], position_of(period))
        attribute = left.schema[column.index].time
        if not fields and attribute is not None:
            return TemporalClause(column.index, attribute, kind, position)
    raise SqlError(
        "Temporal table join currently only supports 'FOR SYSTEM_TIME AS OF' left table's time attribute field.",
        position=position,
        hint="Name a column of the left table that has a WATERMARK, or that is AS PROCTIME(), as it is.",
    )


def event_time_join(
    clause: TemporalClause, left: LogicalNode, right: LogicalNode, condition: Expression | None
) -> TemporalJoin | Project:
    """``left`` joined to versions of ``right`` under ``condition`` over the joined row. Raises SqlError."""
    right_time = next((i for i, f in enumerate(right.schema) if f.time is TimeAttribute.ROWTIME), None)
    if right_time is None:
        raise SqlError(
            "Event-Time Temporal Table Join requires both primary key and row time attribute in versioned table, "
            "but no row time attribute can be found.",
            position=clause.position,
            hint="Declare WATERMARK FOR the column that says since when a row is valid; a view must select it.",
        )
    times = (left.schema[clause.time], right.schema[right_time])
    if len({(type(time.type), time.time) for time in times}) > 1:
        raise SqlError(
            "Event-Time Temporal Table Join requires same rowtime type in left table and versioned table, "
            f"but the rowtime types are {' and '.join(_type_text(time) for time in times)}.",
            position=clause.position,
            hint="Add a computed column that CASTs one to the other's type, and declare its WATERMARK.",
        )
    keyed = with_keys(
        Join(
            left,
            right,
            condition,
            temporal_row(joined_row(left.schema, right.schema), len(left.schema), clause.kind),
            kind=clause.kind,
        )
    )
    join = keyed.input if isinstance(keyed, Project) else keyed
    assert isinstance(join, Join)
    if not join.left_keys:
        raise SqlError(
            "Currently the join key in Temporal Table Join can not be empty.", position=clause.position, hint=_EXAMPLE
        )
    temporal = TemporalJoin(
        join.left, join.right, join.condition, join.schema, clause.time, right_time, join.left_keys, join.right_keys,
        clause.kind, join.null_safe, clause.position,
    )  # fmt: skip
    return replace(keyed, input=temporal) if isinstance(keyed, Project) else temporal


def _type_text(field: Field) -> str:
    assert field.time is not None
    return f"{with_nullability(field.type, True)} *{field.time.value}*"


def temporal_row(row: Schema, width: int, kind: JoinKind) -> Schema:
    """What comes out of a joined ``row`` whose first ``width`` columns are the left ones: left rows come in time, so
    that their time attributes hold; the right ones' do not."""
    return Schema(tuple(f if i < width else Field(f.name, f.type) for i, f in enumerate(output_row(row, width, kind))))
