"""Operators over columns: NULLs, wrapping, exact decimals, three-valued logic."""

from __future__ import annotations

import datetime as dt
import math
from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlstream.errors import DataError
from tests.functions.call import call

_INTS = st.integers(-(2**31), 2**31 - 1)
_TRUTH = st.sampled_from([True, False, None])


def _wrapped(value: int) -> int:
    return (value + 2**31) % 2**32 - 2**31


@given(_INTS, _INTS)
def test_integers_wrap_around(a: int, b: int) -> None:
    assert call("+", ("INT", [a, None]), ("INT", [b, b])) == [_wrapped(a + b), None]
    assert call("-", ("INT", [a]), ("INT", [b])) == [_wrapped(a - b)]
    assert call("*", ("INT", [a]), ("INT", [b])) == [_wrapped(a * b)]


@given(_INTS, _INTS.filter(bool))
def test_integer_division_truncates_and_the_remainder_has_the_sign_of_the_dividend(a: int, b: int) -> None:
    quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    assert call("/", ("INT", [a]), ("INT", [b])) == [_wrapped(quotient)]
    assert call("%", ("INT", [a]), ("INT", [b])) == [a - quotient * b]


def test_dividing_by_zero_is_an_error_for_exact_numbers_unless_null() -> None:
    for type_ in ("INT", "DECIMAL(10, 2)"):
        with pytest.raises(DataError, match=r"Division by zero\."):
            call("/", (type_, [1]), (type_, [0]))
        assert call("/", (type_, [None]), (type_, [0])) == [None]


def test_dividing_doubles_follows_ieee_754() -> None:
    quotients = call("/", ("DOUBLE", [1.0, -1.0, 0.0, None]), ("DOUBLE", [0.0] * 4))
    assert quotients[:2] == [math.inf, -math.inf]
    assert math.isnan(quotients[2])
    assert quotients[3] is None


_DECIMALS = st.decimals(-(10**15), 10**15, places=4, allow_nan=False)


@given(_DECIMALS, _DECIMALS)
def test_decimal_arithmetic_is_exact(a: Decimal, b: Decimal) -> None:
    type_ = "DECIMAL(20, 4)"
    assert call("+", (type_, [a]), (type_, [b])) == [a + b]
    assert call("-", (type_, [a]), (type_, [b])) == [a - b]
    (product,) = call("*", (type_, [a]), (type_, [b]))
    with localcontext(prec=80):
        assert product == (a * b).quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP)


def test_a_decimal_result_that_does_not_fit_is_null() -> None:
    most = Decimal("9" * 38)
    assert call("+", ("DECIMAL(38, 0)", [most, 1]), ("DECIMAL(38, 0)", [most, 1])) == [None, Decimal(2)]
    assert call("*", ("DECIMAL(38, 0)", [most, 2]), ("DECIMAL(38, 0)", [most, 3])) == [None, Decimal(6)]


@given(_TRUTH, _TRUTH)
def test_logic_has_three_values(a: bool | None, b: bool | None) -> None:
    conjunction = False if False in (a, b) else None if None in (a, b) else True
    disjunction = True if True in (a, b) else None if None in (a, b) else False
    assert call("AND", ("BOOLEAN", [a]), ("BOOLEAN", [b])) == [conjunction]
    assert call("OR", ("BOOLEAN", [a]), ("BOOLEAN", [b])) == [disjunction]
    assert call("NOT", ("BOOLEAN", [a])) == [None if a is None else not a]


def test_null_is_equal_to_null_only_when_asked_for() -> None:
    a, b = ("INT", [1, 1, None, None]), ("INT", [1, 2, 1, None])
    assert call("=", a, b) == [True, False, None, None]
    assert call("<>", a, b) == [False, True, None, None]
    assert call("IS_NOT_DISTINCT_FROM", a, b) == [True, False, False, True]
    assert call("IS_DISTINCT_FROM", a, b) == [False, True, True, False]


def test_in_is_null_when_it_could_have_been_true() -> None:
    assert call("IN", ("INT", [1, 3, None]), ("INT", [1, 1, 1]), ("INT", [2, None, 2])) == [True, None, None]


def test_rows_and_collections_are_equal_when_their_parts_are() -> None:
    rows = [{"a": 1, "b": None}, {"a": 1, "b": 2}, None]
    others = [{"a": 1, "b": None}, {"a": 1, "b": 3}, {"a": 1, "b": 3}]
    assert call("=", ("ROW<a INT, b INT>", rows), ("ROW<a INT, b INT>", others)) == [True, False, None]
    assert call("=", ("ARRAY<INT>", [[1], [1, 2], None]), ("ARRAY<INT>", [[1], [1], [1]])) == [True, False, None]
    left, right = [[("a", 1), ("b", 2)]], [[("b", 2), ("a", 1)]]
    assert call("=", ("MAP<STRING, INT>", left), ("MAP<STRING, INT>", right)) == [True]


def test_text_is_read_as_a_date_to_be_compared_with_one() -> None:
    dates = ("DATE", [dt.date(2024, 1, 1), dt.date(2024, 1, 2)])
    assert call("<", dates, ("STRING", ["2024-01-02", "2024-01-02"])) == [True, False]


def test_case_takes_the_first_true_condition() -> None:
    result = call("CASE", ("BOOLEAN", [True, None, False]), ("INT", [1, 1, 1]), ("DECIMAL(3, 1)", [Decimal("2.5")] * 3))
    assert result == [Decimal("1.0"), Decimal("2.5"), Decimal("2.5")]


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)), st.integers(-600, 600))
def test_adding_months_keeps_the_day_or_takes_the_last_of_the_month(day: dt.date, months: int) -> None:
    (moved,) = call("+", ("DATE", [day]), ("INTERVAL MONTH", [months]))
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or (moved + dt.timedelta(days=1)).day == 1


def test_an_instant_is_moved_by_months_on_the_clock_of_the_session() -> None:
    winter = dt.datetime(2024, 3, 15, 11, tzinfo=dt.UTC)
    (moved,) = call("+", ("TIMESTAMP_LTZ(3)", [winter]), ("INTERVAL MONTH", [1]), time_zone="Europe/Berlin")
    assert moved == dt.datetime(2024, 4, 15, 10, tzinfo=dt.UTC)


def test_the_distance_of_two_timestamps_is_an_interval() -> None:
    a, b = dt.datetime(2024, 1, 2, 1), dt.datetime(2024, 1, 1)
    assert call("-", ("TIMESTAMP(3)", [a, None]), ("TIMESTAMP(3)", [b, b])) == [dt.timedelta(hours=25), None]


def test_the_greatest_and_the_least_have_an_order() -> None:
    assert call("GREATEST", ("BOOLEAN", [True, None]), ("BOOLEAN", [False, True])) == [True, None]
    assert call("LEAST", ("STRING", ["b"]), ("CHAR(2)", ["aa"])) == ["aa"]
