"""The text of an expression means the expression: what EXPLAIN prints can be read back."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.plan.binder.expressions import ExpressionBinder
from sqlstream.plan.binder.scope import Scope
from sqlstream.plan.expression_text import expression_text
from sqlstream.plan.expressions import Call, Expression
from sqlstream.sql.script import parse_expression
from sqlstream.types.logical import INT, STRING, TimestampType
from sqlstream.types.schema import Field, Schema

SCHEMA = Schema((Field("a", INT), Field("b", INT), Field("s", STRING), Field("ts", TimestampType(precision=3))))

numbers = st.recursive(
    st.sampled_from(["a", "b", "1", "20"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/%"), inner).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})"),
        inner.map(lambda x: f"-({x})"),
        inner.map(lambda x: f"ABS({x})"),
    ),
    max_leaves=6,
)
tests = st.one_of(
    st.tuples(numbers, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), numbers).map(" ".join),
    numbers.map(lambda x: f"({x}) IS NULL"),
    st.just("s LIKE 'it''s%'"),
    st.just("s || 'x' = UPPER(s)"),
    st.just("a IN (1, 2, 3)"),
    st.just("ts > TIMESTAMP '2020-01-01 00:00:00.000'"),
    st.just("ts - INTERVAL '90' SECOND < ts"),
)
conditions = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})"),
        inner.map(lambda x: f"NOT ({x})"),
        inner.map(lambda x: f"({x}) IS NOT TRUE"),
        inner.map(lambda x: f"CASE WHEN {x} THEN TRUE ELSE FALSE END"),
    ),
    max_leaves=6,
)


def meaning(expression: Expression) -> object:
    """The expression with nested ANDs and ORs side by side: they are printed without brackets."""
    if not isinstance(expression, Call):
        return expression
    args: list[object] = []
    for arg in expression.args:
        same = isinstance(arg, Call) and arg.function == expression.function and arg.function in ("AND", "OR")
        inner = meaning(arg)
        args.extend(inner[1] if same and isinstance(inner, tuple) else [inner])
    return expression.function, tuple(args), expression.type


@settings(max_examples=60, deadline=None)
@given(conditions)
def test_printed_expressions_bind_to_themselves(sql: str) -> None:
    binder = ExpressionBinder(Scope.of(SCHEMA), "a test")
    bound = binder.bind(parse_expression(sql))
    text = expression_text(bound, SCHEMA.names)
    assert meaning(binder.bind(parse_expression(text))) == meaning(bound)
