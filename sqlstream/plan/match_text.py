"""MATCH_RECOGNIZE in words: its line in plans, and what it keeps."""

from __future__ import annotations

from collections.abc import Sequence

from sqlstream.plan import logical as l
from sqlstream.plan import physical as p
from sqlstream.plan.expression_text import aggregate_text, expression_text
from sqlstream.plan.row_pattern import (
    ALL_VARIABLES,
    AggregateReference,
    PatternExpression,
    Reference,
    SkipStrategy,
)


def match_parts(node: p.MatchRecognize | l.MatchRecognize, input: Sequence[str]) -> dict[str, str | None]:
    """The attributes of the line, as Flink's EXPLAIN names them; ``input`` are the names of the input's columns."""
    variables = [element.name for element in node.pattern]
    first_measure = len(node.partition)
    measures = [
        f"{pattern_text(measure, variables, input)} AS {name}"
        for measure, name in zip(node.measures, node.schema.names[first_measure:], strict=True)
    ]
    define = [
        f"{name}={pattern_text(condition, variables, input)}"
        for name, condition in zip(variables, node.define, strict=True)
        if condition is not None
    ]
    order = [f"{input[node.time_column]} ASC"]
    order += [f"{input[key.column]} {'DESC' if key.descending else 'ASC'}" for key in node.order]
    return {
        "partitionBy": ", ".join(input[key] for key in node.partition) or None,
        "orderBy": ", ".join(order),
        "measures": ", ".join(measures),
        "rowsPerMatch": "ONE ROW PER MATCH",
        "after": _skip_text(node.skip, variables),
        "pattern": f"({' '.join(map(str, node.pattern))})",
        "within": None if node.within is None else f"{node.within} ms",
        "define": f"{{{', '.join(define)}}}",
    }


def pattern_text(expression: PatternExpression, variables: Sequence[str], input: Sequence[str]) -> str:
    """As SQL: ``A.price < LAST(B.price, 1)``."""
    return expression_text(expression.expression, [_reference_text(r, variables, input) for r in expression.references])


def _reference_text(reference: Reference, variables: Sequence[str], input: Sequence[str]) -> str:
    prefix = "" if reference.variable == ALL_VARIABLES else f"{variables[reference.variable]}."
    names = [prefix + name for name in input]
    if isinstance(reference, AggregateReference):
        return aggregate_text(reference.call, names)
    column = names[reference.column]
    if reference.first or reference.offset:
        offset = f", {reference.offset}" if reference.offset else ""
        return f"{'FIRST' if reference.first else 'LAST'}({column}{offset})"
    return column


def _skip_text(skip: SkipStrategy, variables: Sequence[str]) -> str:
    return skip.kind.value if skip.variable == ALL_VARIABLES else f"{skip.kind.value} {variables[skip.variable]}"
