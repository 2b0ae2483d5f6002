"""The expressions that logical nodes hold, whatever the node, and the parameters among them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from sqlstream.plan import logical as l
from sqlstream.plan.expression_traits import walk
from sqlstream.plan.expression_tree import bound_to
from sqlstream.plan.expressions import Expression, Parameter

ExpressionRule = Callable[[Expression], Expression]


def rewrite_expressions(node: l.LogicalNode, rule: ExpressionRule) -> l.LogicalNode:
    """``node`` with ``rule`` applied to each expression of its own."""
    rewrite = _REWRITES.get(type(node))
    return node if rewrite is None else rewrite(node, rule)


def parameters(node: l.LogicalNode) -> frozenset[int]:
    """The parameters that ``node`` takes from the query around. Those of sub-queries in it are not its own."""
    found: set[int] = set()

    def note(expression: Expression) -> Expression:
        found.update(part.index for part in walk(expression) if isinstance(part, Parameter))
        return expression

    rewrite_expressions(node, note)
    return frozenset(found).union(*(parameters(child) for child in _own_inputs(node)))


def with_arguments(node: l.LogicalNode, arguments: Mapping[int, Expression]) -> l.LogicalNode:
    """``node`` with ``arguments[i]`` in place of Parameter ``i``; they must not be over any row."""
    inputs = tuple(with_arguments(child, arguments) for child in _own_inputs(node))
    if isinstance(node, l.Apply):
        inputs = (*inputs, node.right)
    return rewrite_expressions(l.with_children(node, inputs), lambda e: bound_to(e, arguments))


def _own_inputs(node: l.LogicalNode) -> tuple[l.LogicalNode, ...]:
    return (node.left,) if isinstance(node, l.Apply) else l.children(node)


def _all(expressions: tuple[Expression, ...], rule: ExpressionRule) -> tuple[Expression, ...]:
    return tuple(rule(expression) for expression in expressions)


def _optional(expression: Expression | None, rule: ExpressionRule) -> Expression | None:
    return None if expression is None else rule(expression)


_REWRITES: dict[type, Callable[[Any, ExpressionRule], l.LogicalNode]] = {
    l.Values: lambda node, rule: dataclasses.replace(node, rows=tuple(_all(row, rule) for row in node.rows)),
    l.Project: lambda node, rule: dataclasses.replace(node, expressions=_all(node.expressions, rule)),
    l.Filter: lambda node, rule: dataclasses.replace(node, condition=rule(node.condition)),
    l.Calc: lambda node, rule: dataclasses.replace(
        node, expressions=_all(node.expressions, rule), condition=_optional(node.condition, rule)
    ),
    l.Expand: lambda node, rule: dataclasses.replace(
        node, projections=tuple(_all(projection, rule) for projection in node.projections)
    ),
    l.Watermark: lambda node, rule: dataclasses.replace(node, expression=rule(node.expression)),
    l.Join: lambda node, rule: dataclasses.replace(node, condition=_optional(node.condition, rule)),
    l.TemporalJoin: lambda node, rule: dataclasses.replace(node, condition=_optional(node.condition, rule)),
    l.Correlate: lambda node, rule: dataclasses.replace(node, arguments=_all(node.arguments, rule)),
    l.Apply: lambda node, rule: dataclasses.replace(node, arguments=_all(node.arguments, rule)),
}
"""Nodes that hold expressions; others refer to columns alone."""
