"""ORDER BY, OFFSET, LIMIT and FETCH."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from sqlglot import exp

from sqlstream.errors import PlanError, SqlError
from sqlstream.plan.binder.scope import Scope
from sqlstream.plan.logical import LogicalNode, Project, Sort
from sqlstream.plan.physical import SortKey
from sqlstream.sql.positions import position_of
from sqlstream.types.schema import Schema


def sort_key(item: exp.Ordered, column: int) -> SortKey:
    """The direction that ``item`` says, for ``column``."""
    return SortKey(column, bool(item.args.get("desc")), not item.args.get("nulls_first"))


def output_ordinal(node: exp.Expression, width: int) -> int | None:
    """The column that ``ORDER BY 2`` means; None for anything but a number. SqlError when there is no such column."""
    if not isinstance(node, exp.Literal) or node.is_string:
        return None
    if not node.this.isdigit() or not 1 <= int(node.this) <= width:
        raise SqlError(f"ORDER BY {node.this} names no column: the query has {width}.", position=position_of(node))
    return int(node.this) - 1


def bind_output_order(item: exp.Ordered, schema: Schema) -> SortKey:
    """A sort key that must be an output column, by name or number."""
    ordinal = output_ordinal(item.this, len(schema))
    if ordinal is not None:
        return sort_key(item, ordinal)
    if not isinstance(item.this, exp.Column):
        raise PlanError(
            "ORDER BY after a set operation or VALUES takes column names or numbers only.",
            position=position_of(item.this),
            hint="Put the query in a sub-query and order that by the expression.",
        )
    reference, _ = Scope.of(schema).resolve([part.name for part in item.this.parts], position_of(item.this))
    return sort_key(item, reference.index)


def ordered(plan: LogicalNode, keys: Sequence[SortKey], bounds: tuple[int, int | None], clause: exp.Expression) -> Sort:
    """``plan`` in the order of ``clause``, with (offset, fetch)."""
    return Sort(plan, tuple(keys), *bounds, position_of(clause))


def without_order(plan: LogicalNode) -> LogicalNode:
    """``plan`` less its outermost ORDER BY, if that does not choose rows; it may have projections above it."""
    if isinstance(plan, Project):
        return dataclasses.replace(plan, input=without_order(plan.input))
    return plan.input if isinstance(plan, Sort) and plan.fetch is None and not plan.offset else plan


def limit_of(node: exp.Expression) -> tuple[int, int | None]:
    """(OFFSET, LIMIT or FETCH) of a query. SqlError when they are no literals."""
    offset_node, limit_node = node.args.get("offset"), node.args.get("limit")
    offset = 0 if offset_node is None else _row_count(offset_node.expression, "OFFSET")
    if limit_node is None:
        return offset, None
    if isinstance(limit_node, exp.Fetch):
        count = limit_node.args.get("count")
        return offset, 1 if count is None else _row_count(count, "FETCH")
    return offset, _row_count(limit_node.expression, "LIMIT")


def _row_count(node: exp.Expression, clause: str) -> int:
    if isinstance(node, exp.Literal) and not node.is_string and node.this.isdigit():
        return int(node.this)
    raise SqlError(f"{clause} takes a whole number.", position=position_of(node), hint=f"Write {clause} 10.")
