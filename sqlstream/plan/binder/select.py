"""Binding one SELECT: FROM, WHERE, GROUP BY, HAVING, the select list, DISTINCT, ORDER BY and LIMIT."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlglot import exp

from sqlstream.errors import PlanError, SqlError
from sqlstream.functions.registry import AggregateFunction, lookup
from sqlstream.plan.binder.aggregates import AggregateCollector, NotGroupedError
from sqlstream.plan.binder.expressions import ExpressionBinder
from sqlstream.plan.binder.from_clause import FromBinder, Source
from sqlstream.plan.binder.group_window import bind_group_window, key_binding
from sqlstream.plan.binder.grouping import Grouping, grouping_of
from sqlstream.plan.binder.join_hints import is_join_hint
from sqlstream.plan.binder.join_times import settled
from sqlstream.plan.binder.lookup_hint import is_lookup_hint, lookup_hints
from sqlstream.plan.binder.ordering import limit_of, ordered, output_ordinal, sort_key
from sqlstream.plan.binder.over import OverCollector
from sqlstream.plan.binder.query import QueryBinder
from sqlstream.plan.binder.scope import UnknownColumnError, unique_names
from sqlstream.plan.binder.set_operations import distinct
from sqlstream.plan.binder.subqueries import SubqueryCollector
from sqlstream.plan.binder.subquery_plans import Placement, filtered
from sqlstream.plan.binder.time_attributes import time_attribute, with_times_of
from sqlstream.plan.expression_tree import column_refs
from sqlstream.plan.expressions import Expression, InputRef
from sqlstream.plan.logical import Limit, LogicalNode, Project
from sqlstream.plan.physical import SortKey
from sqlstream.sql.dialect import sql_text
from sqlstream.sql.positions import position_of
from sqlstream.types.schema import Field, Schema


@dataclass(frozen=True)
class SelectItem:
    """One output column before GROUP BY is applied; ``node`` is None for what ``*`` stands for."""

    name: str
    expression: Expression
    node: exp.Expression | None


@dataclass(frozen=True)
class SelectBinder:
    """Binds SELECT statements with the relations and WITH queries that ``queries`` sees."""

    queries: QueryBinder

    def bind(self, node: exp.Select) -> LogicalNode:
        """Raises SqlError or PlanError."""
        self._reject_unsupported(node)
        source = FromBinder(self.queries, lookup_hints(node)).bind(node)
        plan, scope = source.plan, source.scope
        where = node.args.get("where")
        if where is not None:
            subqueries = SubqueryCollector(self.queries, scope)
            with aliases_explained(node, "WHERE"):
                condition = ExpressionBinder(scope, "WHERE", subqueries=subqueries).bind_condition(where.this)
            plan = filtered(plan, condition, subqueries.queries)
            scope = replace(scope, schema=with_times_of(scope.schema, plan.schema))
        return _BoundSelect(node, Source(*settled(plan, scope)), self.queries).plan()

    def _reject_unsupported(self, node: exp.Select) -> None:
        for key, clause in _UNSUPPORTED_CLAUSES.items():
            if node.args.get(key) and not (key == "hint" and _is_known_hint(node.args[key])):
                part = node.args[key]
                part = part[0] if isinstance(part, list) else part
                raise PlanError(
                    f"{clause} is not supported yet.", position=position_of(part), hint="Leave it out of the query."
                )
        distinct_on = node.args["distinct"].args.get("on") if node.args.get("distinct") else None
        if distinct_on is not None:
            raise PlanError(
                "DISTINCT ON is not supported.",
                position=position_of(distinct_on),
                hint="Write GROUP BY with FIRST_VALUE or LAST_VALUE.",
            )


def _is_known_hint(clause: exp.Hint) -> bool:
    return is_lookup_hint(clause) or all(map(is_join_hint, clause.expressions))


_UNSUPPORTED_CLAUSES = {"hint": "A query hint"}


class _BoundSelect:
    """The parts of one SELECT, bound over the row of its FROM clause and then put together."""

    def __init__(self, node: exp.Select, source: Source, queries: QueryBinder) -> None:
        self._node = node
        self._batch = batch = queries.tables.batch
        self._overs = OverCollector({window.this.name: window for window in node.args.get("windows") or []})
        group = node.args.get("group")
        self._grouped_by = list(group.expressions) if group is not None else []
        self._input, self._scope, window = bind_group_window(self._grouped_by, source.plan, source.scope, batch)
        self._aggregates = AggregateCollector(len(self._scope.schema), window)
        self._subqueries = SubqueryCollector(queries, self._scope)
        self._has_group = group is not None

    def plan(self) -> LogicalNode:
        grouping = self._grouping()
        items = self._select_items()
        having_node = self._node.args.get("having")
        having = None
        if having_node is not None:
            with aliases_explained(self._node, "HAVING"):
                having = replace(self._binder("HAVING"), overs=None).bind_condition(having_node.this)
        names = unique_names(item.name for item in items)
        order = self._order(items, names)
        qualify_node = self._node.args.get("qualify")
        qualify = [] if qualify_node is None else [self._qualify(qualify_node, items, names)]
        nodes = [
            *(item.node for item in items),
            *(hidden for hidden, _ in order.hidden),
            *(qualify_node for _ in qualify),
        ]
        outputs = [*(item.expression for item in items), *(e for _, e in order.hidden), *qualify]
        plan, queries = self._input, self._subqueries.queries
        if self._has_group or self._aggregates.calls or having is not None:
            names_of_groups = self._group_names(grouping.keys, items, names)
            below = Placement(plan, queries)
            placed = replace(grouping, keys=tuple(map(below.value, grouping.keys)))
            self._aggregates.rewrite(below.value)
            plan = self._aggregates.plan(below.plan, placed, names_of_groups)
            if having is not None:
                plan = filtered(plan, self._over_groups(having, grouping, having_node), queries)
            outputs = [self._over_groups(e, grouping, node) for e, node in zip(outputs, nodes, strict=True)]
            self._overs.rewrite(lambda e: self._over_groups(e, grouping, self._node))
        below = Placement(plan, queries)
        self._overs.rewrite(below.value)
        plan, resolved = self._overs.plan(below.plan)
        if qualify:
            plan = filtered(plan, resolved(outputs.pop()), queries)
        below = Placement(plan, queries)
        outputs = [below.value(resolved(e)) for e in outputs]
        plan = _project(below.plan, outputs, [*names, *(f"$o{i}" for i in range(len(order.hidden)))])
        if self._node.args.get("distinct"):
            plan = self._distinct(plan, order)
        return self._finish(plan, order.keys, len(items))

    def _binder(self, clause: str) -> ExpressionBinder:
        return ExpressionBinder(self._scope, clause, self._aggregates, self._overs, self._subqueries)

    # --- grouping ---

    def _grouping(self) -> Grouping:
        binder = ExpressionBinder(self._scope, "GROUP BY", subqueries=self._subqueries)
        with aliases_explained(self._node, "GROUP BY"):
            return grouping_of(*key_binding(self._grouped_by, self._aggregates.window, binder.bind))

    def _group_names(self, keys: Sequence[Expression], items: Sequence[SelectItem], names: Sequence[str]) -> list[str]:
        """Keys and calls are called what the select list calls them, where it has them."""
        outputs = {item.expression: name for item, name in reversed(list(zip(items, names, strict=True)))}
        calls = [InputRef(self._aggregates.width + i, c.type) for i, c in enumerate(self._aggregates.calls)]
        found = [self._input_name(e) or outputs.get(e) for e in (*keys, *calls)]
        return unique_names(name or f"$f{i}" for i, name in enumerate(found))

    def _input_name(self, expression: Expression) -> str | None:
        if isinstance(expression, InputRef) and expression.index < self._aggregates.width:
            return self._scope.schema[expression.index].name
        return None

    def _over_groups(self, expression: Expression, grouping: Grouping, node: exp.Expression | None) -> Expression:
        try:
            return self._aggregates.over_groups(expression, grouping)
        except NotGroupedError as error:
            name = self._scope.schema[error.index].name
            culprit = self._column_node(error.index, node)
            ordinals = any(isinstance(key, exp.Literal) and not key.is_string for key in self._grouped_by)
            raise SqlError(
                f"Expression '{sql_text(culprit) if culprit is not None else name}' is not being grouped.",
                position=position_of(culprit or self._star_node() or self._node),
                hint=f"GROUP BY takes no column numbers: write GROUP BY {name}."
                if ordinals
                else f"Add it to GROUP BY, or aggregate it: MAX({name}).",
            ) from None

    def _star_node(self) -> exp.Expression | None:
        return next((item for item in self._node.expressions if item.is_star), None)

    def _column_node(self, index: int, node: exp.Expression | None) -> exp.Expression | None:
        """The column in ``node``, outside aggregate functions, that means column ``index``."""
        if node is None:
            return None
        for column in node.find_all(exp.Column):
            if isinstance(column.this, exp.Star) or _inside_aggregate(column, node):
                continue
            if self._means(column, index):
                return column
        return None

    def _means(self, column: exp.Column, index: int) -> bool:
        try:
            reference, _ = self._scope.resolve([part.name for part in column.parts], position_of(column))
        except SqlError:  # A name of a sub-query.
            return False
        return reference.index == index

    # --- select list ---

    def _select_items(self) -> list[SelectItem]:
        binder = self._binder("SELECT")
        items: list[SelectItem] = []
        for node in self._node.expressions:
            star = self._star(node)
            if star is not None:
                items.extend(SelectItem(self._scope.schema[i].name, self._scope.ref(i), None) for i in star)
                continue
            inner = node.this if isinstance(node, exp.Alias) else node
            name = node.alias if isinstance(node, exp.Alias) else _implied_name(inner, len(items))
            items.append(SelectItem(name, binder.bind(inner), inner))
        return items

    def _qualify(self, node: exp.Qualify, items: Sequence[SelectItem], names: Sequence[str]) -> Expression:
        """The condition of QUALIFY, which sees the select list's names too, after the columns of FROM."""
        aliases = {name: item.node for name, item in zip(names, items, strict=True) if item.node is not None}

        def written_out(part: exp.Expression) -> exp.Expression:
            alias = part.name if isinstance(part, exp.Column) and len(part.parts) == 1 else None
            if alias is None or alias not in aliases or self._scope.named(alias):
                return part
            return exp.Paren(this=aliases[alias].copy())

        condition = node.this.copy().transform(written_out)
        if condition.find(exp.Window) is None:
            raise SqlError(
                "QUALIFY expression must contain a window function.",
                position=position_of(node.this),
                hint="Write the condition in WHERE.",
            )
        return self._binder("QUALIFY").bind_condition(condition)

    def _star(self, node: exp.Expression) -> Sequence[int] | None:
        """The columns of ``*`` or ``t.*``; None for anything else."""
        if isinstance(node, exp.Star):
            if not self._scope.relations:
                raise SqlError("SELECT * requires a FROM clause.", position=position_of(node))
            return self._scope.star
        if not (isinstance(node, exp.Column) and isinstance(node.this, exp.Star)):
            return None
        qualifier = [part.name for part in node.parts[:-1]]
        relation = self._scope.relation(qualifier)
        if relation is None:
            known = ", ".join(r.path[-1] for r in self._scope.relations if r.path)
            raise SqlError(
                f"Unknown table '{'.'.join(qualifier)}' in '{'.'.join(qualifier)}.*'.",
                position=position_of(node),
                hint=f"Tables in FROM: {known}." if known else None,
            )
        return relation.columns

    def _distinct(self, plan: LogicalNode, order: _Order) -> LogicalNode:
        if order.hidden:
            node, _ = order.hidden[0]
            raise SqlError(
                "With SELECT DISTINCT, ORDER BY takes selected columns only.",
                position=position_of(node),
                hint="Add the expression to the select list.",
            )
        return distinct(plan)

    # --- order and limit ---

    def _order(self, items: Sequence[SelectItem], names: Sequence[str]) -> _Order:
        clause = self._node.args.get("order")
        if clause is None:
            return _Order([], [])
        binder = self._binder("ORDER BY")
        keys: list[SortKey] = []
        hidden: list[tuple[exp.Expression, Expression]] = []
        for item in clause.expressions:
            column = output_ordinal(item.this, len(items))
            if column is None:
                column = _output_named(item.this, names)
            if column is None:
                expression = binder.bind(item.this)
                column = next((i for i, s in enumerate(items) if s.expression == expression), None)
                if column is None:
                    column = len(items) + len(hidden)
                    hidden.append((item.this, expression))
            keys.append(sort_key(item, column))
        return _Order(keys, hidden)

    def _finish(self, plan: LogicalNode, keys: Sequence[SortKey], width: int) -> LogicalNode:
        offset, fetch = limit_of(self._node)
        if keys:
            plan = ordered(plan, keys, (offset, fetch), self._node.args["order"])
        elif offset or fetch is not None:
            plan = Limit(plan, offset, fetch)
        if len(plan.schema) == width:
            return plan
        shown = plan.schema.select(tuple(range(width)))
        return Project(plan, column_refs(shown), shown)


@contextmanager
def aliases_explained(select: exp.Select, clause: str) -> Iterator[None]:
    """An unknown column that is an alias of the select list is said to be one: ``clause`` cannot see it."""
    try:
        yield
    except UnknownColumnError as error:
        aliases = {item.alias: item.this for item in select.expressions if isinstance(item, exp.Alias)}
        if error.name in aliases:
            error.hint = f"{clause} takes no alias of the select list: repeat {sql_text(aliases[error.name])}."
        raise


@dataclass(frozen=True)
class _Order:
    """Sort keys over the output row, and the expressions that must be added to it for them."""

    keys: list[SortKey]
    hidden: list[tuple[exp.Expression, Expression]]


def _project(plan: LogicalNode, expressions: Sequence[Expression], names: Sequence[str]) -> Project:
    fields = tuple(
        Field(name, e.type, time_attribute(e, plan.schema)) for name, e in zip(names, expressions, strict=True)
    )
    return Project(plan, tuple(expressions), Schema(fields))


def _implied_name(node: exp.Expression, index: int) -> str:
    if isinstance(node, exp.Column):
        return node.parts[-1].name
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        return node.expression.name
    return f"EXPR${index}"


def _output_named(node: exp.Expression, names: Sequence[str]) -> int | None:
    """The output column of that alias, if ``node`` is a plain name of one."""
    if isinstance(node, exp.Column) and len(node.parts) == 1 and node.name in names:
        return list(names).index(node.name)
    return None


def _inside_aggregate(column: exp.Expression, root: exp.Expression) -> bool:
    parent = column.parent
    while parent is not None and parent is not root.parent:
        if isinstance(parent, exp.Anonymous) and isinstance(lookup(parent.name), AggregateFunction):
            return not _is_windowed(parent)
        parent = parent.parent
    return False


def _is_windowed(call: exp.Anonymous) -> bool:
    """Whether ``call`` is what an OVER is applied to."""
    node: exp.Expression = call
    while isinstance(node.parent, exp.Filter | exp.IgnoreNulls | exp.RespectNulls) and node.parent.this is node:
        node = node.parent
    return isinstance(node.parent, exp.Window) and node.parent.this is node
