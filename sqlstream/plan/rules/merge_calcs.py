"""Adjacent filters and projections become one Calc; a Calc that changes nothing goes."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

from sqlstream.plan.expression_traits import is_deterministic, is_proctime, walk
from sqlstream.plan.expression_tree import column_refs, conjunction, is_identity, substitute
from sqlstream.plan.expressions import Call, Expression, InputRef, Literal
from sqlstream.plan.logical import Calc, Filter, LogicalNode, Project, Values, rewrite_bottom_up


def merge_calcs(root: LogicalNode) -> LogicalNode:
    """Expressions are put into each other unless one that costs something would be computed twice."""
    return rewrite_bottom_up(root, _as_calc)


def _as_calc(node: LogicalNode) -> LogicalNode:
    if isinstance(node, Project):
        calc = Calc(node.input, node.expressions, None, node.schema)
    elif isinstance(node, Filter):
        calc = Calc(node.input, column_refs(node.schema), node.condition, node.schema)
    else:
        return node
    below = calc.input
    if isinstance(below, Calc) and _may_inline(calc, below):
        calc = _inlined(calc, below)
    return _without_calc(calc)


def _inlined(calc: Calc, below: Calc) -> Calc:
    own = [] if calc.condition is None else [substitute(calc.condition, below.expressions)]
    inner = [] if below.condition is None else [below.condition]
    expressions = tuple(substitute(e, below.expressions) for e in calc.expressions)
    return Calc(below.input, expressions, conjunction([*inner, *own]), calc.schema)


def _may_inline(calc: Calc, below: Calc) -> bool:
    outer = [*calc.expressions, *([] if calc.condition is None else [calc.condition])]
    uses = Counter(part.index for e in outer for part in walk(e) if isinstance(part, InputRef))
    return all(
        _is_free(e) or (uses[i] <= 1 and (is_deterministic(e) or is_proctime(e)))
        for i, e in enumerate(below.expressions)
    )


def _is_free(expression: Expression) -> bool:
    """Whether it costs nothing to compute it twice: a column, a field of one, or a constant."""
    if isinstance(expression, Call) and expression.function == "DOT":
        return all(map(_is_free, expression.args))
    return isinstance(expression, InputRef | Literal)


def _without_calc(calc: Calc) -> LogicalNode:
    """What is left when the calc does nothing, or when its input is one row of constants that it can be part of."""
    below = calc.input
    if calc.condition is not None:
        return calc
    if is_identity(calc.expressions, len(below.schema)) and calc.schema == below.schema:
        return below
    if isinstance(below, Values) and (len(below.rows) == 1 or _only_columns(calc.expressions)):
        rows = tuple(tuple(substitute(e, row) for e in calc.expressions) for row in below.rows)
        return Values(rows, calc.schema)
    renamed = is_identity(calc.expressions, len(below.schema)) and isinstance(below, Calc)
    return dataclasses.replace(below, schema=calc.schema) if renamed and isinstance(below, Calc) else calc


def _only_columns(expressions: Sequence[Expression]) -> bool:
    return all(isinstance(e, InputRef) for e in expressions)
