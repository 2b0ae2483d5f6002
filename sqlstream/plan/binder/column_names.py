"""Naming the columns of a query anew."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from sqlstream.errors import SqlError
from sqlstream.plan.expression_tree import column_refs
from sqlstream.plan.logical import LogicalNode, Project
from sqlstream.sql.positions import position_of
from sqlstream.types.schema import Field, Schema


def renamed(plan: LogicalNode, names: Sequence[str], node: exp.Expression) -> LogicalNode:
    """``plan`` with its columns called ``names``; itself where there are none. SqlError when the number is wrong."""
    if not names:
        return plan
    if len(names) != len(plan.schema):
        raise SqlError(
            f"List of column aliases must have the same degree as the table; the table has {len(plan.schema)} columns "
            f"({', '.join(plan.schema.names)}), the alias list {len(names)}.",
            position=position_of(node.args.get("alias") or node),
        )
    return with_names(plan, names)


def with_names(plan: LogicalNode, names: Sequence[str]) -> LogicalNode:
    """``plan`` with its columns called ``names``."""
    if list(names) == plan.schema.names:
        return plan
    schema = Schema(tuple(Field(n, f.type, f.time) for n, f in zip(names, plan.schema, strict=True)))
    return Project(plan, column_refs(plan.schema), schema)
