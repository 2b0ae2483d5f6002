"""Binding queries: set operations, VALUES, WITH, ORDER BY and LIMIT; SELECT itself is in ``select``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from sqlglot import exp

from sqlstream.errors import PlanError, SqlError
from sqlstream.plan.binder.calls import implicit_cast
from sqlstream.plan.binder.column_names import renamed
from sqlstream.plan.binder.enclosing import Enclosing
from sqlstream.plan.binder.expressions import ExpressionBinder
from sqlstream.plan.binder.ordering import bind_output_order, limit_of, ordered, without_order
from sqlstream.plan.binder.scope import Scope
from sqlstream.plan.binder.set_operations import bind_set_operation, common_types
from sqlstream.plan.binder.tables import TableBinder
from sqlstream.plan.binder.unknown_functions import UnknownFunctionError
from sqlstream.plan.logical import Limit, LogicalNode, Values
from sqlstream.spi.catalog import Relation
from sqlstream.sql.positions import position_of
from sqlstream.types.schema import Field, Schema


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
    that unqualified names are in (a view's own), where that is not the session's. ``enclosing`` is the row around a
    sub-query."""

    catalog: CatalogReader
    tables: TableBinder
    ctes: Mapping[str, LogicalNode] = field(default_factory=dict)
    home: tuple[str, str] | None = None
    enclosing: Enclosing | None = None

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

    def bind_within(self, node: exp.Expression) -> LogicalNode:
        """As :meth:`bind`, of a query whose rows only go into another: an ORDER BY without LIMIT says nothing there."""
        return without_order(self.bind(node))

    def _bind(self, node: exp.Expression) -> LogicalNode:
        binder = self._with_ctes(node)
        method = _QUERIES.get(type(node))
        if method is None:
            raise PlanError(
                f"{type(node).__name__.upper()} is not supported as a query.",
                position=position_of(node),
                hint="Write SELECT, VALUES, or UNION, INTERSECT, EXCEPT of them.",
            )
        return method(binder, node)

    def inside(self, enclosing: Enclosing) -> QueryBinder:
        """The binder of a sub-query in ``enclosing``."""
        return replace(self, enclosing=enclosing, ctes=enclosing.adopted(self.ctes))

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
            plan = renamed(binder.bind_within(cte.this), names, cte)
            binder = replace(binder, ctes={**binder.ctes, cte.alias: plan})
        return binder

    def _subquery(self, node: exp.Subquery) -> LogicalNode:
        return self._finished(self.bind(node.this), node)

    def _values(self, node: exp.Values) -> LogicalNode:
        binder = ExpressionBinder(Scope.of(Schema(())), "VALUES", enclosing=self.enclosing)
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
        types = common_types(rows, node, "VALUES")
        schema = Schema(tuple(Field(f"EXPR${i}", type_) for i, type_ in enumerate(types)))
        cells = tuple(tuple(implicit_cast(cell, type_) for cell, type_ in zip(row, types, strict=True)) for row in rows)
        return self._finished(Values(cells, schema), node)

    def _set_operation(self, node: exp.SetOperation) -> LogicalNode:
        left, right = self.bind_within(node.args["this"]), self.bind_within(node.args["expression"])
        return self._finished(bind_set_operation(node, left, right), node)

    def _select(self, node: exp.Select) -> LogicalNode:
        from sqlstream.plan.binder.select import SelectBinder

        return SelectBinder(self).bind(node)

    def _finished(self, plan: LogicalNode, node: exp.Expression) -> LogicalNode:
        """ORDER BY, OFFSET and LIMIT of a query whose columns are all there is to order by."""
        offset, fetch = limit_of(node)
        order = node.args.get("order")
        if order is not None:
            keys = [bind_output_order(item, plan.schema) for item in order.expressions]
            return ordered(plan, keys, (offset, fetch), order)
        if offset or fetch is not None:
            return Limit(plan, offset, fetch)
        return plan


_QUERIES: dict[type[exp.Expression], Callable[[QueryBinder, Any], LogicalNode]] = {
    exp.Select: QueryBinder._select,
    exp.Subquery: QueryBinder._subquery,
    exp.Values: QueryBinder._values,
    exp.Union: QueryBinder._set_operation,
    exp.Except: QueryBinder._set_operation,
    exp.Intersect: QueryBinder._set_operation,
}
