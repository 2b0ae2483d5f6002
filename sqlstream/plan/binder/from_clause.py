"""Binding FROM: tables, views, sub-queries, window functions and joins of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from sqlstream.errors import PlanError, SqlError
from sqlstream.plan.binder.calls import call
from sqlstream.plan.binder.changelog_functions import (
    bind_changelog_function,
    changelog_arguments,
    is_changelog_function,
)
from sqlstream.plan.binder.column_names import renamed, with_names
from sqlstream.plan.binder.enclosing import Enclosing
from sqlstream.plan.binder.expressions import ExpressionBinder
from sqlstream.plan.binder.fragments import errors_in
from sqlstream.plan.binder.join_clause import join_kind
from sqlstream.plan.binder.join_hints import JoinHints, join_hints
from sqlstream.plan.binder.lateral import is_lateral_query, lateral_join
from sqlstream.plan.binder.literals import number
from sqlstream.plan.binder.lookup_hint import LookupHint
from sqlstream.plan.binder.lookup_join import lookup_join
from sqlstream.plan.binder.match_recognize import bind_match_recognize
from sqlstream.plan.binder.query import QueryBinder
from sqlstream.plan.binder.scope import Scope, unique_names
from sqlstream.plan.binder.subqueries import SubqueryCollector
from sqlstream.plan.binder.subquery_plans import joined_on
from sqlstream.plan.binder.suggestions import did_you_mean
from sqlstream.plan.binder.table_function import bind_table_call, check_lateral_condition, is_table_call
from sqlstream.plan.binder.temporal_join import event_time_join, temporal_clause, temporal_row
from sqlstream.plan.binder.time_attributes import without_time
from sqlstream.plan.binder.window_tvf import bind_window, parse_window_call
from sqlstream.plan.expression_tree import column_refs, conjunction
from sqlstream.plan.expressions import Expression
from sqlstream.plan.join_row import joined_row, output_row
from sqlstream.plan.logical import Filter, LogicalNode, Project, Values
from sqlstream.plan.physical import JoinKind
from sqlstream.spi.catalog import CatalogView
from sqlstream.sql.hints import table_options
from sqlstream.sql.nodes import MatchedTable, TableArgument
from sqlstream.sql.positions import position_of
from sqlstream.sql.script import parse_query
from sqlstream.types.logical import IntType
from sqlstream.types.schema import Field, Schema, TimeAttribute


@dataclass(frozen=True)
class Source:
    """A FROM clause: its rows and what its names mean."""

    plan: LogicalNode
    scope: Scope


def nothing() -> Source:
    """The one row that a SELECT without FROM computes over; its column has no name to be called by."""
    zero = number("0", exp.Literal.number(0))
    schema = Schema((Field("ZERO", IntType(nullable=False)),))
    return Source(Values(((zero,),), schema), Scope(schema, (), (), frozenset({0})))


@dataclass(frozen=True)
class FromBinder:
    """Binds the relations of one FROM clause."""

    queries: QueryBinder
    lookups: Sequence[LookupHint] = ()
    hints: JoinHints = field(default_factory=JoinHints)

    def bind(self, select: exp.Select) -> Source:
        """FROM and all its joins, left to right. Raises SqlError or PlanError."""
        clause = select.args.get("from_")
        if clause is None:
            return nothing()
        return replace(self, hints=join_hints(select))._bind(select, clause)

    def _bind(self, select: exp.Select, clause: exp.Expression) -> Source:
        source = self._relation(clause.this)
        for join in select.args.get("joins") or []:
            source = self._join(source, join)
        if select.args.get("laterals"):
            lateral = select.args["laterals"][0]
            raise PlanError("LATERAL is not supported yet.", position=position_of(lateral), hint=_LATERAL_HINT)
        self.hints.check(source.scope, select)
        return source

    def _relation(self, node: exp.Expression) -> Source:
        if isinstance(node, exp.Table):
            for clause, what in _UNSUPPORTED_ON_TABLES.items():
                if node.args.get(clause):
                    raise PlanError(f"{what} is not supported yet.", position=position_of(node),
                                    hint="Write an ordinary join or aggregation instead.")  # fmt: skip
            if is_table_call(node):
                source = self._table_call(nothing(), node)
            else:
                source = self._function(node) if isinstance(node.this, exp.Func) else self._table(node)
        elif is_table_call(node):
            source = self._table_call(nothing(), node)
        elif isinstance(node, MatchedTable):
            matched = self._relation(node.this)
            source = self._named(bind_match_recognize(node, matched.plan, matched.scope), node, ())
        elif isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
            source = self._relation(node.this)
        elif isinstance(node, exp.Subquery | exp.Values):
            source = self._derived(node)
        else:
            raise PlanError(
                f"{type(node).__name__.upper()} in FROM is not supported yet.",
                position=position_of(node),
                hint=_LATERAL_HINT,
            )
        for join in node.args.get("joins") or []:
            source = self._join(source, join)
        return source

    def _table(self, node: exp.Table) -> Source:
        path = tuple(part.name for part in node.parts)
        if len(path) == 1 and path[0] in self.queries.ctes:
            return self._named(self.queries.ctes[path[0]], node, path)
        resolved = self.queries.resolve(path)
        if resolved is None:
            raise SqlError(
                f"Object '{'.'.join(path)}' not found.",
                position=position_of(node),
                hint=did_you_mean(
                    path[-1], [*self.queries.ctes, *self.queries.catalog.relation_names()], "Tables and views"
                ),
            )
        hints = table_options(node)
        if isinstance(resolved.relation, CatalogView):
            if hints:
                raise SqlError(
                    "View cannot be enriched with new options.", position=position_of(node),
                    hint="Put the OPTIONS hint on a table inside the view's query.",
                )  # fmt: skip
            plan = self._view(resolved.relation, resolved.identifier)
        else:
            plan = self.queries.tables.scan(resolved.identifier, resolved.relation, hints)
        return self._named(plan, node, resolved.identifier)

    def _view(self, view: CatalogView, identifier: tuple[str, ...]) -> LogicalNode:
        with errors_in(view.query, f"view '{'.'.join(identifier)}'"):
            binder = replace(self.queries, ctes={}, home=(view.catalog, view.database), enclosing=None)
            plan = binder.bind(parse_query(view.query))
        return with_names(plan, view.column_names) if view.column_names else plan

    def _derived(self, node: exp.Expression) -> Source:
        return self._named(self.queries.bind_within(node), node, ())

    def _named(self, plan: LogicalNode, node: exp.Expression, path: tuple[str, ...]) -> Source:
        """``plan`` under its alias, or else under its own name."""
        alias = node.args.get("alias")
        if alias is None:
            return Source(plan, Scope.of(plan.schema, path))
        plan = renamed(plan, [column.name for column in alias.args.get("columns") or []], node)
        return Source(plan, Scope.of(plan.schema, (alias.name,) if alias.name else path))

    def _function(self, node: exp.Table) -> Source:
        function = node.this
        if is_changelog_function(function.name):
            arguments = changelog_arguments(function)
            table = arguments["INPUT"]
            source = self._argument(table.this if isinstance(table, TableArgument) else table)
            return self._named(bind_changelog_function(function, arguments, source.plan), node, ())
        window = parse_window_call(function, function.name, function.expressions)
        return self._named(bind_window(window, self._argument(window.data.this).plan), node, ())

    def _argument(self, table: exp.Expression) -> Source:
        """A table that is given to a function."""
        return self._relation(table) if isinstance(table, exp.Table) else self._derived(table)

    # --- joins ---

    def _join(self, left: Source, node: exp.Join) -> Source:
        if isinstance(node.this, exp.Table) and node.this.args.get("version"):
            return self._temporal_join(left, node)
        kind = join_kind(node)
        if is_table_call(node.this):
            return self._lateral_join(left, node, kind)
        if is_lateral_query(node.this):
            return self._lateral_query(left, node, kind)
        right = self._relation(node.this)
        _check_names(left.scope, right.scope, node.this)
        scope = left.scope.joined(right.scope)
        pairs = self._merged_columns(left.scope, right.scope, node)
        subqueries = SubqueryCollector(self.queries, scope)
        condition = _join_condition(scope, pairs, node, subqueries)
        width = len(left.scope.schema)
        scope = replace(scope, schema=output_row(scope.schema, width, kind))
        row = output_row(joined_row(left.plan.schema, right.plan.schema), width, kind)
        join = joined_on(left.plan, right.plan, condition, row, kind, subqueries, node)
        join = self.hints.applied(join, left.scope, right.scope)
        return _merged(Source(join, scope), pairs, kind, node) if pairs else Source(join, scope)

    def _lateral_join(self, left: Source, node: exp.Join, kind: JoinKind) -> Source:
        condition = node.args.get("on")
        check_lateral_condition(condition, kind)
        source = self._table_call(left, node.this, kind)
        if condition is None or kind is JoinKind.LEFT:
            return source
        binder = ExpressionBinder(source.scope, "ON", enclosing=self.queries.enclosing)
        return replace(source, plan=Filter(source.plan, binder.bind_condition(condition)))

    def _table_call(self, left: Source, node: exp.Expression, kind: JoinKind = JoinKind.INNER) -> Source:
        plan, scope = bind_table_call(left.plan, left.scope, node, kind, self.queries.enclosing)
        _check_names(left.scope, Scope(scope.schema, scope.relations[len(left.scope.relations) :], ()), node)
        return Source(plan, scope)

    def _temporal_join(self, left: Source, node: exp.Join) -> Source:
        clause = temporal_clause(left.scope, node)
        right = self._table(node.this)
        _check_names(left.scope, right.scope, node.this)
        scope = left.scope.joined(right.scope)
        pairs = self._merged_columns(left.scope, right.scope, node)
        condition = _join_condition(scope, pairs, node, None)
        plan: LogicalNode
        if clause.attribute is TimeAttribute.PROCTIME:
            name, configuration = node.this.alias_or_name, self.queries.tables.configuration
            plan = lookup_join(clause, left.plan, right.plan, condition, self.lookups, name, configuration)
        else:
            plan = event_time_join(clause, left.plan, right.plan, condition)
        scope = replace(scope, schema=temporal_row(scope.schema, len(left.scope.schema), clause.kind))
        return _merged(Source(plan, scope), pairs, clause.kind, node) if pairs else Source(plan, scope)

    def _lateral_query(self, left: Source, node: exp.Join, kind: JoinKind) -> Source:
        enclosing = Enclosing(left.scope, self.queries.enclosing)
        right = self._named(self.queries.inside(enclosing).bind(node.this.this), node.this, ())
        _check_names(left.scope, right.scope, node.this)
        scope = left.scope.joined(right.scope)
        subqueries = SubqueryCollector(self.queries, scope)
        condition = _join_condition(scope, [], node, subqueries)
        plan = lateral_join(left.plan, right.plan, condition, enclosing, kind, subqueries, node)
        row = output_row(scope.schema, len(left.scope.schema), kind)
        return Source(plan, replace(scope, schema=without_time(row)))

    def _merged_columns(self, left: Scope, right: Scope, node: exp.Join) -> list[tuple[int, int]]:
        """The column pairs of USING and NATURAL, as indices into the joined row."""
        if (node.args.get("method") or "").upper() == "NATURAL":
            common = [name for name in right.schema.names if left.named(name)]
            names: Sequence[exp.Expression] = [exp.to_identifier(name) for name in common]
        else:
            names = node.args.get("using") or []
        width = len(left.schema)
        return [
            (
                left.resolve([name.name], position_of(name))[0].index,
                right.resolve([name.name], position_of(name))[0].index + width,
            )
            for name in names
        ]


def _join_condition(
    scope: Scope, pairs: Sequence[tuple[int, int]], node: exp.Join, subqueries: SubqueryCollector | None
) -> Expression | None:
    """What ON says, and that the columns of USING or NATURAL are equal."""
    conditions = [call("=", [scope.ref(a), scope.ref(b)], position_of(node)) for a, b in pairs]
    on = node.args.get("on")
    if on is not None:
        conditions.append(ExpressionBinder(scope, "ON", subqueries=subqueries).bind_condition(on))
    return conjunction(conditions)


def _check_names(left: Scope, right: Scope, node: exp.Expression) -> None:
    taken = {relation.path for relation in left.relations if relation.path}
    for relation in right.relations:
        if relation.path in taken:
            name = relation.path[-1]
            raise SqlError(
                f"Table name '{name}' is used twice in FROM.",
                position=position_of(node),
                hint=f"Give each its own alias: {name} AS a, {name} AS b.",
            )


def _merged(source: Source, pairs: Sequence[tuple[int, int]], kind: JoinKind, node: exp.Join) -> Source:
    """With each pair of equal columns as one: that of the side that is never missing; COALESCE where both may be."""
    scope, width = source.scope, len(source.scope.schema)
    if kind is not JoinKind.FULL:
        return Source(source.plan, scope.merged([pair[kind.pads_left] for pair in pairs], pairs))
    values = [call("COALESCE", [scope.ref(a), scope.ref(b)], position_of(node)) for a, b in pairs]
    columns = [Field(scope.schema[a].name, value.type) for (a, _), value in zip(pairs, values, strict=True)]
    scope = replace(scope, schema=Schema((*scope.schema, *columns)))
    names = unique_names([*source.plan.schema.names, *(column.name for column in columns)])
    fields = zip(names, (*source.plan.schema, *columns), strict=True)
    row = Schema(tuple(Field(name, f.type, f.time) for name, f in fields))
    plan = Project(source.plan, (*column_refs(source.plan.schema), *values), row)
    return Source(plan, scope.merged(range(width, width + len(pairs)), pairs))


_UNSUPPORTED_ON_TABLES = {
    "version": "FOR SYSTEM_TIME AS OF",
    "sample": "TABLESAMPLE",
    "pivots": "PIVOT",
}
_LATERAL_HINT = "In FROM stand tables, views, sub-queries, and TABLE(TUMBLE | HOP | CUMULATE | SESSION(...))."
