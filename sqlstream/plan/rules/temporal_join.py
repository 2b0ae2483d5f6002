"""What the right side of an event-time temporal join must be: a versioned table."""

from __future__ import annotations

from sqlstream.errors import PlanError, SqlError
from sqlstream.plan.changelog import upsert_keys
from sqlstream.plan.logical import Calc, Filter, LogicalNode, Project, TemporalJoin, Watermark, children


def check_temporal_joins(node: LogicalNode) -> None:
    """Raises SqlError or PlanError where a right side is not a table whose rows have versions by the join's keys."""
    if isinstance(node, TemporalJoin):
        _check_key(node)
        _check_versions(node, node.right)
    for child in children(node):
        check_temporal_joins(child)


def _check_key(join: TemporalJoin) -> None:
    names = join.right.schema.names
    known = upsert_keys(join.right)
    if not known:
        raise SqlError(
            "Temporal Table Join requires primary key in versioned table, but no primary key can be found.",
            position=join.position,
            hint="Declare PRIMARY KEY (...) NOT ENFORCED, or make versions of the rows in a view: SELECT ... FROM "
            "(SELECT *, ROW_NUMBER() OVER (PARTITION BY key ORDER BY ts DESC) AS n FROM t) WHERE n = 1.",
        )
    if not any(key <= set(join.right_keys) for key in known):
        key = min((sorted(key) for key in known), key=len)
        compared = ", ".join(names[column] for column in join.right_keys)
        raise SqlError(
            f"Temporal table's primary key [{', '.join(names[column] for column in key)}] must be included in the "
            f"equivalence condition of temporal join, but current temporal join condition is on [{compared}].",
            position=join.position,
            hint="Write ON " + " AND ".join(f"left.... = right.{names[column]}" for column in key) + ".",
        )


def _check_versions(join: TemporalJoin, node: LogicalNode) -> None:
    """A row that a filter leaves out would not end the version before it."""
    if isinstance(node, Filter) or (isinstance(node, Calc) and node.condition is not None):
        raise PlanError(
            "Filter is not allowed for right changelog input of event time temporal join, "
            "it will corrupt the versioning of data.",
            position=join.position,
            hint="Take the condition out of the view, and put it into ON or WHERE of the join.",
        )
    if isinstance(node, Project | Calc | Watermark):
        _check_versions(join, node.input)
