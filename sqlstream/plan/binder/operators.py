"""Which registry function each syntax node of an operator is."""

from __future__ import annotations

from sqlglot import exp

BINARY: dict[type[exp.Expression], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.DPipe: "||",
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.And: "AND",
    exp.Or: "OR",
    exp.Like: "LIKE",
    exp.SimilarTo: "SIMILAR_TO",
    exp.NullSafeEQ: "IS_NOT_DISTINCT_FROM",
    exp.NullSafeNEQ: "IS_DISTINCT_FROM",
}
"""Operators of two operands."""

IS_TESTS = {"NULL": "IS_NULL", "TRUE": "IS_TRUE", "FALSE": "IS_FALSE", "UNKNOWN": "IS_UNKNOWN"}
NEGATED_IS_TESTS = {
    "NULL": "IS_NOT_NULL", "TRUE": "IS_NOT_TRUE", "FALSE": "IS_NOT_FALSE", "UNKNOWN": "IS_NOT_UNKNOWN",
}  # fmt: skip
"""What follows IS and IS NOT."""

OPERATORS = frozenset((
    *BINARY.values(), *IS_TESTS.values(), *NEGATED_IS_TESTS.values(),
    "NOT", "UNARY_MINUS", "IN", "CASE", "ITEM", "DOT", "$SUM0", "SINGLE_VALUE", "CEIL_TIME", "FLOOR_TIME",
))  # fmt: skip
"""Registered names that are not called as functions: operators, and what only the planner calls."""

NILADIC = frozenset({"PI"})
"""Functions written without parentheses that the parser cannot tell from a column."""
