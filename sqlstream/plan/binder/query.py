"""Binding queries: set operations, VALUES, WITH, ORDER BY and LIMIT; SELECT itself is in ``select``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from sqlglot import exp

from sqlstream.errors import PlanError, SqlError
from sqlstream.plan.binder.calls import implicit_cast, unify
from sqlstream.plan.binder.expressions import ExpressionBinder
from sqlstream.plan.binder.ordering import bind_output_order, limit_of, ordered, reject_streaming_sort
from sqlstream.plan.binder.scope import Scope, unique_names
from sqlstream.plan.binder.tables import TableBinder
from sqlstream.plan.binder.unknown_functions import UnknownFunctionError
from sqlstream.plan.expression_tree import column_refs
from sqlstream.plan.expressions import Expression
from sqlstream.plan.logical import Aggregate, Limit, LogicalNode, Project, Union, Values
from sqlstream.spi.catalog import Relation
from sqlstream.sql.positions import position_of
from sqlstream.types.logical import LogicalType
from sqlstream.types.schema import Field, Schema, TimeAttribute


@dataclass(frozen=True)
class ResolvedRelation:
    """A table or view and its full name: catalog, database, name."""

    identifier: tuple[str, str, str]
    relation: Relation


class CatalogReader(Protocol):
    """What the planner must know of a session's catalogs."""

    def relation(self, path: tuple[str, ...]) -> ResolvedRelation | None:
        """The table or view that a name of one to three parts means in the current catalog and database."""

    def relation_names(self) -> list[str]:
        """The names a bare name may mean, for suggestions."""

    def has_function(self, path: tuple[str, ...]) -> bool:
        """Whether a user's function goes by a name of one to three parts."""


@dataclass(frozen=True)
class QueryBinder:
    """Binds queries against a catalog. ``ctes`` are the WITH queries in sight; ``home`` is the catalog and database
    that unqualified names are in (a view's own), where that is not the session's."""

    catalog: CatalogReader
    tables: TableBinder
    ctes: Mapping[str, LogicalNode] = field(default_factory=dict)
    home: tuple[str, str] | None = None

    def bind(self, node: exp.Expression) -> LogicalNode:
        """The plan of a query, its column names unique. Raises SqlError or PlanError."""
        try:
            return self._bind(node)
        except UnknownFunctionError as error:
            if not self.catalog.has_function(tuple(error.name.split("."))):
                raise
            raise PlanError(
                f"User-defined functions cannot be called yet: '{error.name}'.",
                position=error.position,
                hint="Write it with built-in functions: SHOW FUNCTIONS lists them.",
            ) from None

    def _bind(self, node: exp.Expression) -> LogicalNode:
        binder = self._with_ctes(node)
        method = _QUERIES.get(type(node))
        if method is None:
            raise PlanError(
                f"{type(node).__name__.upper()} is not supported as a query.",
                position=position_of(node),
                hint="Write SELECT, VALUES, or UNION [ALL] of them.",
            )
        return method(binder, node)

    def resolve(self, path: tuple[str, ...]) -> ResolvedRelation | None:
        """The relation called ``path``, seen from ``home``."""
        if self.home is not None and len(path) < 3:
            path = (*self.home[: 3 - len(path)], *path)
        return self.catalog.relation(path)

    def _with_ctes(self, node: exp.Expression) -> QueryBinder:
        clause = node.args.get("with_")
        if clause is None:
            return self
        if clause.args.get("recursive"):
            raise PlanError("WITH RECURSIVE is not supported.", position=position_of(clause),
                            hint="Write the steps out as separate queries.")  # fmt: skip
        binder = self
        for cte in clause.expressions:
            names = [column.name for column in cte.args["alias"].args.get("columns") or []]
            plan = renamed(binder.bind(cte.this), names, cte)
            binder = replace(binder, ctes={**binder.ctes, cte.alias: plan})
        return binder

    def _subquery(self, node: exp.Subquery) -> LogicalNode:
        return self._finished(self.bind(node.this), node)

    def _values(self, node: exp.Values) -> LogicalNode:
        binder = ExpressionBinder(Scope.of(Schema(())), "VALUES")
        rows = [
            [binder.bind(cell) for cell in (row.expressions if isinstance(row, exp.Tuple) else [row])]
            for row in node.expressions
        ]
        for row, syntax in zip(rows, node.expressions, strict=True):
            if len(row) != len(rows[0]):
                raise SqlError(
                    f"Values passed to VALUES operator must have compatible types: "
                    f"the first row has {len(rows[0])} columns, this one {len(row)}.",
                    position=position_of(syntax),
                    hint="Give every row the same number of values.",
                )
        types = _common_types(rows, node, "VALUES")
        schema = Schema(tuple(Field(f"EXPR${i}", type_) for i, type_ in enumerate(types)))
        cells = tuple(tuple(implicit_cast(cell, type_) for cell, type_ in zip(row, types, strict=True)) for row in rows)
        return self._finished(Values(cells, schema), node)

    def _union(self, node: exp.Union) -> LogicalNode:
        branches = [self.bind(node.args["this"]), self.bind(node.args["expression"])]
        plan: LogicalNode = _union_all(branches, node)
        if node.args.get("distinct"):
            plan = distinct(plan)
        return self._finished(plan, node)

    def _unsupported_set(self, node: exp.SetOperation) -> LogicalNode:
        raise PlanError(
            f"{type(node).__name__.upper()} is not supported yet.",
            position=position_of(node),
            hint="Write a join, or an aggregation over a UNION ALL of both sides.",
        )

    def _select(self, node: exp.Select) -> LogicalNode:
        from sqlstream.plan.binder.select import SelectBinder

        return SelectBinder(self).bind(node)

    def _finished(self, plan: LogicalNode, node: exp.Expression) -> LogicalNode:
        """ORDER BY, OFFSET and LIMIT of a query whose columns are all there is to order by."""
        offset, fetch = limit_of(node)
        order = node.args.get("order")
        if order is not None:
            reject_streaming_sort(order, self.tables.batch)
            keys = [bind_output_order(item, plan.schema) for item in order.expressions]
            return ordered(plan, keys, offset, fetch)
        if offset or fetch is not None:
            return Limit(plan, offset, fetch)
        return plan


_QUERIES: dict[type[exp.Expression], Callable[[QueryBinder, Any], LogicalNode]] = {
    exp.Select: QueryBinder._select,
    exp.Subquery: QueryBinder._subquery,
    exp.Values: QueryBinder._values,
    exp.Union: QueryBinder._union,
    exp.Except: QueryBinder._unsupported_set,
    exp.Intersect: QueryBinder._unsupported_set,
}


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


def distinct(plan: LogicalNode) -> Aggregate:
    """Each row of ``plan`` once."""
    schema = Schema(tuple(Field(f.name, f.type) for f in plan.schema))
    return Aggregate(plan, tuple(range(len(schema))), (), schema)


def _common_types(rows: Sequence[Sequence[Expression]], node: exp.Expression, what: str) -> list[LogicalType]:
    types = []
    for index, type_ in enumerate(unify(rows)):
        if type_ is None:
            seen = ", ".join(dict.fromkeys(row[index].type.summary for row in rows))
            raise SqlError(
                f"Type mismatch in column {index + 1} of {what}: {seen} have no common type.",
                position=position_of(node),
                hint="CAST the values to one type.",
            )
        types.append(type_)
    return types


def _union_all(branches: Sequence[LogicalNode], node: exp.Union) -> Union:
    first = branches[0].schema
    for branch in branches[1:]:
        if len(branch.schema) != len(first):
            raise SqlError(
                f"Column count mismatch in UNION: {len(first)} and {len(branch.schema)} columns.",
                position=position_of(node.args["expression"]),
                hint="Select the same number of columns on both sides.",
            )
    refs = [column_refs(branch.schema) for branch in branches]
    types = _common_types(refs, node, "UNION")
    names = unique_names(first.names)
    fields = tuple(
        Field(name, type_, _common_time([branch.schema[i].time for branch in branches]))
        for i, (name, type_) in enumerate(zip(names, types, strict=True))
    )
    schema = Schema(fields)
    inputs: list[LogicalNode] = []
    for branch, columns in zip(branches, refs, strict=True):
        casts = tuple(implicit_cast(column, type_) for column, type_ in zip(columns, types, strict=True))
        unchanged = casts == columns
        inputs.append(branch if unchanged else Project(branch, casts, schema))
    return Union(tuple(inputs), schema)


def _common_time(times: Sequence[TimeAttribute | None]) -> TimeAttribute | None:
    return times[0] if len(set(times)) == 1 else None
