"""Binding JOIN ... FOR SYSTEM_TIME AS OF processing time: another table's rows as they are when a row comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlstream.config.configuration import Configuration
from sqlstream.errors import PlanError, SqlError
from sqlstream.plan.binder.lookup_hint import LookupHint, async_lookup
from sqlstream.plan.binder.temporal_join import TemporalClause, temporal_row
from sqlstream.plan.expression_traits import input_columns, is_deterministic
from sqlstream.plan.expression_tree import column_refs, conjunction, conjuncts, substitute
from sqlstream.plan.expressions import Call, Expression, InputRef
from sqlstream.plan.join_row import joined_row
from sqlstream.plan.logical import Filter, LogicalNode, LookupJoin, Project, Scan, Watermark
from sqlstream.plan.physical import LookupKey
from sqlstream.plan.table_connector import table_lookup
from sqlstream.types.coercion import same_type


@dataclass(frozen=True)
class _Asked:
    """A table, and what the query makes of its rows."""

    scan: Scan
    projection: tuple[Expression, ...]
    filter: Expression | None


def lookup_join(
    clause: TemporalClause,
    left: LogicalNode,
    right: LogicalNode,
    condition: Expression | None,
    hints: Sequence[LookupHint],
    name: str,
    configuration: Configuration,
) -> LookupJoin:
    """``left`` joined to rows looked up in ``right``, which the query calls ``name``. Raises SqlStreamError."""
    asked = _asked(right)
    if asked is None:
        raise _not_supported(clause, name)
    width = len(left.schema)
    keys: list[LookupKey] = []
    rest: list[Expression] = []
    for part in conjuncts(condition):
        key = _key(part, width, asked)
        if key is None or any(key.column == known.column for known in keys):
            rest.append(part)
        else:
            keys.append(key)
    fetched = asked.scan.schema
    source = table_lookup(asked.scan.table, fetched, [fetched[key.column].name for key in keys], configuration)
    if source is None:
        raise _not_supported(clause, asked.scan.table.name)
    if not keys:
        raise SqlError(
            f"Temporal table join requires an equality condition on fields of table '{asked.scan.table.name}'.",
            position=clause.position,
            hint="Write ON left.key = right.key, with columns of the same type.",
        )
    hint = next((h for h in hints if h.table in (name, asked.scan.table.identifier[-1])), None)
    wants_async = source.asynchronous if hint is None or hint.asynchronous is None else hint.asynchronous
    if wants_async and not source.asynchronous:
        raise PlanError(
            f"Table '{asked.scan.table.name}' is asked synchronously only, but the LOOKUP hint says 'async'='true'.",
            position=clause.position,
            hint="Leave 'async' out of the hint.",
        )
    return LookupJoin(
        left,
        asked.scan.table,
        asked.scan.projection,
        fetched,
        tuple(keys),
        asked.projection,
        asked.filter,
        conjunction(rest),
        clause.kind,
        temporal_row(joined_row(left.schema, right.schema), width, clause.kind),
        async_lookup(configuration, hint) if wants_async else None,
        None if hint is None else hint.retry,
    )


def _not_supported(clause: TemporalClause, name: str) -> PlanError:
    return PlanError(
        f"Processing-time temporal join is not supported yet for '{name}': it is no table whose connector can be "
        "asked for rows by key.",
        position=clause.position,
        hint="Join a table that can be looked up, such as 'connector' = 'filesystem', or join by event time: "
        "FOR SYSTEM_TIME AS OF a column with a WATERMARK.",
    )


def _asked(plan: LogicalNode) -> _Asked | None:
    """The table under projections and filters; None under anything else."""
    if isinstance(plan, Scan):
        return _Asked(plan, column_refs(plan.schema), None)
    if not isinstance(plan, Project | Filter | Watermark):
        return None
    below = _asked(plan.input)
    if below is None or isinstance(plan, Watermark):
        return below
    if isinstance(plan, Project):
        return _Asked(below.scan, tuple(substitute(e, below.projection) for e in plan.expressions), below.filter)
    own = substitute(plan.condition, below.projection)
    return _Asked(below.scan, below.projection, conjunction([*conjuncts(below.filter), own]))


def _key(condition: Expression, width: int, asked: _Asked) -> LookupKey | None:
    """The key that an equality with a column of the table is; None for anything else."""
    if not (isinstance(condition, Call) and condition.function == "=" and is_deterministic(condition)):
        return None
    for a, b in (condition.args, condition.args[::-1]):
        if not (isinstance(b, InputRef) and b.index >= width and max(input_columns(a), default=-1) < width):
            continue
        column = asked.projection[b.index - width]
        if isinstance(column, InputRef) and same_type(a.type, b.type):
            return LookupKey(column.index, a)
    return None
