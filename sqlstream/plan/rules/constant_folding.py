"""Computes at plan time what is the same for every row, and drops conditions that are always TRUE."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from sqlstream.errors import SqlStreamError
from sqlstream.plan.evaluate import evaluate_constant
from sqlstream.plan.evaluation_environment import EvaluationEnvironment
from sqlstream.plan.expression_traits import is_constant
from sqlstream.plan.expression_tree import conjunction, conjuncts, transform
from sqlstream.plan.expressions import Expression, InputRef, Literal
from sqlstream.plan.logical import (
    Calc,
    Correlate,
    Filter,
    Join,
    LogicalNode,
    LookupJoin,
    Project,
    TemporalJoin,
    Values,
    Watermark,
    rewrite_bottom_up,
)
from sqlstream.types import logical as t

_WRITABLE_YEAR = re.compile(r"(?!0000)\d{4}-")


def _text(scalar: pa.Scalar) -> str | None:
    """ISO, with a Z where it is an instant; None outside the years 1 to 9999, which literals have."""
    text = str(scalar.cast(pa.string()).as_py())
    return text if _WRITABLE_YEAR.match(text) else None


_LITERALS: dict[type, Callable[[pa.Scalar], Any]] = {
    **dict.fromkeys((t.BooleanType, *t.INTEGER_TYPES, *t.CHARACTER_TYPES), lambda scalar: scalar.as_py()),
    **dict.fromkeys(t.APPROXIMATE_TYPES, lambda scalar: value if math.isfinite(value := scalar.as_py()) else None),
    **dict.fromkeys((t.DateType, *t.TIMESTAMP_TYPES), _text),
    t.DecimalType: lambda scalar: format(scalar.as_py(), "f"),
}
"""Types whose values can be written as literals, and how; None for a value that has no literal."""


def fold_constants(root: LogicalNode, environment: EvaluationEnvironment) -> LogicalNode:
    """A constant that cannot be computed is left, to fail when (and if) a row meets it."""

    def folded(expression: Expression) -> Expression:
        return transform(expression, lambda part: _fold(part, environment))

    def rule(node: LogicalNode) -> LogicalNode:
        if isinstance(node, Calc):
            condition = None if node.condition is None else _simplified(folded(node.condition))
            return dataclasses.replace(
                node, expressions=tuple(folded(e) for e in node.expressions), condition=condition
            )
        if isinstance(node, Project):
            return dataclasses.replace(node, expressions=tuple(folded(e) for e in node.expressions))
        if isinstance(node, Correlate):
            return dataclasses.replace(node, arguments=tuple(folded(e) for e in node.arguments))
        if isinstance(node, Watermark):
            return dataclasses.replace(node, expression=folded(node.expression))
        if isinstance(node, Values):
            return dataclasses.replace(node, rows=tuple(tuple(folded(cell) for cell in row) for row in node.rows))
        if isinstance(node, Filter):
            condition = _simplified(folded(node.condition))
            return node.input if condition is None else dataclasses.replace(node, condition=condition)
        if isinstance(node, Join | TemporalJoin | LookupJoin) and node.condition is not None:
            return dataclasses.replace(node, condition=_simplified(folded(node.condition)))
        return node

    return rewrite_bottom_up(root, rule)


def _fold(expression: Expression, environment: EvaluationEnvironment) -> Expression | None:
    write = _LITERALS.get(type(expression.type))
    if write is None or isinstance(expression, InputRef | Literal) or not is_constant(expression):
        return None
    try:
        value = evaluate_constant(expression, environment)
    except SqlStreamError:
        return None
    if not value.is_valid:
        return Literal(None, t.with_nullability(expression.type, True))
    written = write(value)
    return None if written is None else Literal(written, expression.type)


def _simplified(condition: Expression) -> Expression | None:
    """Without the conjuncts that are TRUE; None when nothing is left."""
    return conjunction([part for part in conjuncts(condition) if not _is_true(part)])


def _is_true(expression: Expression) -> bool:
    return isinstance(expression, Literal) and expression.value is True
