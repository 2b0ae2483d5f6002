"""Takes from the top of a sub-query what can be left for the join with the row around: projections and conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlstream.plan.expression_traits import is_deterministic, walk
from sqlstream.plan.expression_tree import column_refs, conjunction, conjuncts, shift, substitute
from sqlstream.plan.expressions import Expression, Parameter
from sqlstream.plan.join_row import joined_row
from sqlstream.plan.logical import Aggregate, Filter, Join, LogicalNode, Project
from sqlstream.plan.node_expressions import parameters
from sqlstream.plan.physical import JoinKind


@dataclass(frozen=True)
class Pulled:
    """``outputs`` for the rows of ``core`` that pass all ``conditions``; both may use parameters."""

    core: LogicalNode
    outputs: tuple[Expression, ...]
    conditions: tuple[Expression, ...]


def pull_up(node: LogicalNode) -> Pulled:
    """``node`` taken apart, down to the first node that must see its parameters itself, or that has none; but to an
    aggregation without keys in any case."""
    if not parameters(node) and not _is_single_row(node):
        return Pulled(node, column_refs(node.schema), ())
    match node:
        case Project() if all(map(is_deterministic, node.expressions)):
            below = pull_up(node.input)
            return replace(below, outputs=tuple(substitute(e, below.outputs) for e in node.expressions))
        case Filter():
            below = pull_up(node.input)
            conditions = (substitute(part, below.outputs) for part in conjuncts(node.condition))
            return replace(below, conditions=(*below.conditions, *conditions))
        case Join(kind=JoinKind.INNER):
            return _joined(node, pull_up(node.left), pull_up(node.right))
    return Pulled(node, column_refs(node.schema), ())


def _is_single_row(node: LogicalNode) -> bool:
    """Whether it is made of the one row of an aggregation without keys."""
    while isinstance(node, Project | Filter):
        node = node.input
    return isinstance(node, Aggregate) and not node.keys


def _joined(join: Join, left: Pulled, right: Pulled) -> Pulled:
    width = len(left.core.schema)
    outputs = (*left.outputs, *(shift(e, width) for e in right.outputs))
    conditions = [
        *left.conditions,
        *(shift(part, width) for part in right.conditions),
        *(substitute(part, outputs) for part in conjuncts(join.condition)),
    ]
    own = conjunction([part for part in conditions if not has_parameters(part)])
    core = Join(left.core, right.core, own, joined_row(left.core.schema, right.core.schema))
    return Pulled(core, outputs, tuple(part for part in conditions if has_parameters(part)))


def has_parameters(expression: Expression) -> bool:
    return any(isinstance(part, Parameter) for part in walk(expression))


def used_parameters(expressions: Sequence[Expression]) -> frozenset[int]:
    """The parameters in any of ``expressions``."""
    return frozenset(part.index for e in expressions for part in walk(e) if isinstance(part, Parameter))
