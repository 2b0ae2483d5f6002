"""Expressions give SQL's values, and evaluate a branch only where SQL says so."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlstream.errors import DataError, PlanError
from sqlstream.functions import registry
from sqlstream.plan.evaluate import (
    EvaluationEnvironment,
    ExpressionProgram,
    compile_expression,
    evaluate,
    evaluate_constant,
)
from sqlstream.plan.expressions import Call, Cast, Expression, InputRef, Literal
from sqlstream.plan.frame import Frame
from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow

ENVIRONMENT = EvaluationEnvironment(time_zone="UTC", now=1_000)
X, Y = InputRef(0, t.INT), InputRef(1, t.INT)
ZERO, ONE, TEN = (Literal(n, t.INT) for n in (0, 1, 10))
NULL = Literal(None, t.INT)


def call(function: str, *args: Expression, type_: t.LogicalType = t.BOOLEAN) -> Call:
    return Call(function, args, type_)


def divide(a: Expression, b: Expression) -> Call:
    return call("/", a, b, type_=t.INT)


def rows(*columns: list[int | None]) -> pa.RecordBatch:
    arrays = [pa.array(column, pa.int32()) for column in columns]
    return pa.record_batch(arrays, names=[str(i) for i in range(len(arrays))])


def values(expression: Expression, data: pa.RecordBatch) -> list[Any]:
    result = evaluate(expression, data, ENVIRONMENT)
    assert isinstance(result, pa.Array)
    assert result.type == to_arrow(expression.type)
    return result.to_pylist()


@pytest.mark.parametrize(
    ("type_", "text", "expected"),
    [
        (t.INT, 7, 7),
        (t.BOOLEAN, True, True),
        (t.DOUBLE, 1.5, 1.5),
        (t.STRING, "it's", "it's"),
        (t.DecimalType(precision=5, scale=2), "1.5", Decimal("1.50")),
        (t.BYTES, "0aff", b"\x0a\xff"),
        (t.DateType(), "2020-02-29", datetime.date(2020, 2, 29)),
        (t.TimeType(), "12:34:56", datetime.time(12, 34, 56)),
        (t.TimestampType(precision=3), "2020-01-01 00:00:00.123", datetime.datetime(2020, 1, 1, 0, 0, 0, 123_000)),
        (
            t.LocalZonedTimestampType(precision=3),
            "2020-01-01T00:00:00+01:00",
            datetime.datetime(2019, 12, 31, 23, tzinfo=datetime.UTC),
        ),
        (
            t.LocalZonedTimestampType(precision=3),
            "2020-01-01 00:00:00",
            datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
        ),
        (t.YearMonthIntervalType(), 14, 14),
        (t.DayTimeIntervalType(), 1_500, datetime.timedelta(milliseconds=1_500)),
        (t.STRING, None, None),
    ],
)
def test_a_literal_has_its_value_in_every_row(type_: t.LogicalType, text: Any, expected: Any) -> None:
    assert values(Literal(text, type_), rows([1, 2])) == [expected, expected]


def test_a_literal_that_is_no_value_of_its_type_is_refused_when_compiled() -> None:
    with pytest.raises(PlanError, match=r"'2020-13-01' is not a value of type DATE"):
        compile_expression(Literal("2020-13-01", t.DateType()))


def test_a_column_is_passed_on_without_a_copy() -> None:
    data = rows([1, 2, 3])
    assert evaluate(X, data, ENVIRONMENT).buffers()[1].address == data.column(0).buffers()[1].address


def test_null_arguments_make_null_results() -> None:
    assert values(call("+", X, Y, type_=t.INT), rows([1, None, 3], [10, 20, None])) == [11, None, None]


def test_an_unknown_function_is_named() -> None:
    with pytest.raises(PlanError, match="NO_SUCH"):
        compile_expression(call("NO_SUCH", X))


def test_a_failing_expression_fails_unguarded() -> None:
    with pytest.raises(DataError, match="Division by zero"):
        values(divide(TEN, X), rows([1, 0]))


@pytest.mark.parametrize(
    ("guarded", "expected"),
    [
        (call("CASE", call("<>", X, ZERO), divide(TEN, X), NULL, type_=t.INT), [10, None, None, 5]),
        (call("CASE", call("=", X, ZERO), ZERO, divide(TEN, X), type_=t.INT), [10, 0, None, 5]),
        (call("IF", call("=", X, ZERO), ZERO, divide(TEN, X), type_=t.INT), [10, 0, None, 5]),
        (call("AND", call("<>", X, ZERO), call(">", divide(TEN, X), ONE)), [True, False, None, True]),
        (call("OR", call("=", X, ZERO), call("<", divide(TEN, X), ONE)), [False, True, None, False]),
        (call("COALESCE", call("NULLIF", X, ONE, type_=t.INT), divide(TEN, X), type_=t.INT), [10, 0, None, 2]),
    ],
)
def test_a_branch_is_evaluated_only_for_rows_that_reach_it(guarded: Expression, expected: list[Any]) -> None:
    assert values(guarded, rows([1, 0, None, 2])) == expected


def test_a_constant_branch_that_fails_is_harmless_until_reached() -> None:
    guarded = call("CASE", call(">", X, TEN), divide(ONE, ZERO), X, type_=t.INT)
    assert values(guarded, rows([1, 2])) == [1, 2]
    with pytest.raises(DataError):
        values(guarded, rows([1, 11]))


def test_branches_may_be_nested() -> None:
    inner = call("CASE", call("<>", Y, ZERO), divide(X, Y), NULL, type_=t.INT)
    outer = call("CASE", call(">", X, ONE), inner, divide(TEN, X), type_=t.INT)
    assert values(outer, rows([4, 1, 6, 8], [2, 0, 0, 4])) == [2, 10, None, 2]


SMALL = st.one_of(st.none(), st.integers(-2, 2))


@given(st.lists(st.tuples(SMALL, SMALL), min_size=1, max_size=30))
def test_lazy_case_equals_row_by_row_evaluation(pairs: list[tuple[int | None, int | None]]) -> None:
    """CASE WHEN x > 0 THEN x / y-guarded ... against plain Python."""
    guarded = call(
        "CASE",
        call("AND", call("<>", Y, ZERO), call(">", divide(X, Y), ZERO)),
        divide(X, Y),
        call("=", X, ONE),
        TEN,
        Y,
        type_=t.INT,
    )

    def reference(x: int | None, y: int | None) -> int | None:
        if x is not None and y and int(x / y) > 0:
            return int(x / y)
        return 10 if x == 1 else y

    columns = [list(column) for column in zip(*pairs, strict=True)]
    assert values(guarded, rows(*columns)) == [reference(x, y) for x, y in pairs]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """COUNTED(x) is x, as is UNSTABLE(x), which is not deterministic; gives the lengths they were called with."""
    lengths: list[int] = []

    def implementation(x: pa.Array, context: registry.EvaluationContext) -> pa.Array:
        lengths.append(context.num_rows)
        return x

    registry.lookup("+")
    for name, deterministic in (("COUNTED", True), ("UNSTABLE", False)):
        function = registry.ScalarFunction(
            name, lambda args: registry.Resolution((), t.INT), implementation, "", (), deterministic=deterministic
        )
        monkeypatch.setitem(registry._FUNCTIONS, name, function)
    return lengths


def test_a_repeated_expression_is_computed_once_a_batch(counted: list[int]) -> None:
    once = call("COUNTED", X, type_=t.INT)
    program = ExpressionProgram([once, call("+", once, once, type_=t.INT)])
    for _ in range(2):
        results = program.run(Frame.of(rows([1, 2]), ENVIRONMENT))
        assert [result.to_pylist() for result in results] == [[1, 2], [2, 4]]
    assert counted == [2, 2]


def test_a_repeated_expression_is_not_computed_again_inside_a_branch(counted: list[int]) -> None:
    once = call("COUNTED", X, type_=t.INT)
    guarded = call("CASE", call("<>", once, ZERO), divide(TEN, once), ZERO, type_=t.INT)
    assert values(guarded, rows([0, 5])) == [0, 2]
    assert counted == [2]


def test_a_constant_is_computed_once_for_good(counted: list[int]) -> None:
    run = compile_expression(call("+", X, call("COUNTED", TEN, type_=t.INT), type_=t.INT))
    assert run(rows([1]), ENVIRONMENT).to_pylist() == [11]
    assert run(rows([1, 2, 3]), ENVIRONMENT).to_pylist() == [11, 12, 13]
    assert counted == [1]


def test_what_is_not_deterministic_is_computed_every_time(counted: list[int]) -> None:
    unstable = call("UNSTABLE", TEN, type_=t.INT)
    assert values(call("+", unstable, unstable, type_=t.INT), rows([1, 2, 3])) == [20, 20, 20]
    assert counted == [3, 3]


def test_zero_and_minus_zero_are_different_constants() -> None:
    program = ExpressionProgram([Literal(0.0, t.DOUBLE), Literal(-0.0, t.DOUBLE)])
    assert [str(result[0].as_py()) for result in program.run(Frame.of(rows([1]), ENVIRONMENT))] == ["0.0", "-0.0"]


def test_a_constant_needs_no_input() -> None:
    assert evaluate_constant(call("+", ONE, TEN, type_=t.INT), ENVIRONMENT).as_py() == 11


def test_a_cast_that_only_changes_nullability_is_free() -> None:
    data = rows([1])
    cast = Cast(X, t.IntType(nullable=False))
    assert evaluate(cast, data, ENVIRONMENT).buffers()[1].address == data.column(0).buffers()[1].address


def test_a_cast_fails_where_it_is_reached_and_try_cast_is_null() -> None:
    data = pa.record_batch([pa.array(["1", "x"])], names=["s"])
    text = InputRef(0, t.STRING)
    with pytest.raises(DataError, match="'x'"):
        values(Cast(text, t.INT), data)
    assert values(Cast(text, t.INT, safe=True), data) == [1, None]
    is_x = call("=", text, Literal("x", t.STRING))
    assert values(call("CASE", is_x, ZERO, Cast(text, t.INT), type_=t.INT), data) == [1, 0]


def test_a_cast_follows_the_session_time_zone() -> None:
    reading = Literal("2020-01-01 08:00:00", t.TimestampType(precision=3))
    cast = compile_expression(Cast(reading, t.LocalZonedTimestampType(precision=3)))
    for time_zone, hour in (("UTC", 8), ("Asia/Shanghai", 0)):
        (value,) = cast(rows([1]), EvaluationEnvironment(time_zone=time_zone)).to_pylist()
        assert value == datetime.datetime(2020, 1, 1, hour, tzinfo=datetime.UTC)
