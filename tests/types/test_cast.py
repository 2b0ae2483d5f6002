"""CAST and TRY_CAST of columns. What single values become is recorded from Flink in tests/golden; here: columns with
NULLs and bad values among them, errors, and agreement with an exact reference."""

from __future__ import annotations

import datetime as dt
import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlstream.errors import DataError
from sqlstream.types.arrow import to_arrow
from sqlstream.types.cast import cast_array
from sqlstream.types.parse import parse_type
from sqlstream.types.text import format_array, format_value


def cast(
    values: list[Any], source: str, target: str, *, safe: bool = False, time_zone: str = "Europe/Berlin"
) -> list[Any]:
    array = pa.array(values, to_arrow(parse_type(source)))
    result = cast_array(array, parse_type(source), parse_type(target), safe=safe, time_zone=time_zone)
    assert result.type == to_arrow(parse_type(target))
    assert len(result) == len(values)
    return list(result.to_pylist())


@pytest.mark.parametrize(
    ("target", "bad"),
    [
        ("INT", "12a"),
        ("TINYINT", "128"),
        ("BIGINT", "99999999999999999999999999999999999999999999"),
        ("DOUBLE", "1.2.3"),
        ("DECIMAL(5, 2)", "-"),
        ("BOOLEAN", "maybe"),
        ("DATE", "2023-02-29"),
        ("TIME(0)", "24:00:00"),
        ("TIMESTAMP(3)", "2024-05-06T07:08:09"),
        ("TIMESTAMP_LTZ(3)", "yesterday"),
    ],
)
def test_a_text_that_does_not_fit_is_named_or_null_when_tried(target: str, bad: str) -> None:
    with pytest.raises(DataError) as caught:
        cast([None, bad], "STRING", target)
    assert str(caught.value).splitlines() == [
        f"Cannot cast '{bad}' to {target}.",
        "TRY_CAST gives NULL instead of an error.",
    ]
    assert cast([None, bad], "STRING", target, safe=True) == [None, None]


def test_good_rows_survive_bad_neighbours() -> None:
    assert cast(["1", "x", None, " -3 ", "4.9"], "STRING", "INT", safe=True) == [1, None, None, -3, 4]
    assert cast(["2024-01-31", "2024-02-31"], "STRING", "DATE", safe=True) == [dt.date(2024, 1, 31), None]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_decimals_round_half_up_from_text_and_from_decimals(value: Decimal) -> None:
    expected = value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    assert cast([format(value, "f")], "STRING", "DECIMAL(20, 2)") == [expected]
    assert cast([value], "DECIMAL(30, 6)", "DECIMAL(20, 2)") == [expected]


def test_a_decimal_that_overflows_is_null() -> None:
    assert cast([Decimal("999.95"), Decimal("99.94")], "DECIMAL(5, 2)", "DECIMAL(3, 1)") == [None, Decimal("99.9")]
    assert cast([10**18, 12], "BIGINT", "DECIMAL(4, 2)") == [None, Decimal("12.00")]
    assert cast([1e300, 2.675], "DOUBLE", "DECIMAL(10, 2)") == [None, Decimal("2.68")]


@given(st.integers(-(2**63), 2**63 - 1))
def test_narrowing_an_integer_wraps_around(value: int) -> None:
    assert cast([value], "BIGINT", "INT") == [(value + 2**31) % 2**32 - 2**31]
    assert cast([value], "BIGINT", "TINYINT") == [(value + 2**7) % 2**8 - 2**7]


@given(st.floats())
def test_a_float_becomes_the_nearest_integer_towards_zero_within_range(value: float) -> None:
    low, high = -(2**63), 2**63 - 1
    if math.isnan(value):
        expected = 0
    elif math.isinf(value):
        expected = high if value > 0 else low
    else:
        expected = max(low, min(high, int(value)))
    assert cast([value, None], "DOUBLE", "BIGINT") == [expected, None]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_reads_back_from_its_text(value: float) -> None:
    (text,) = cast([value], "DOUBLE", "STRING")
    assert float(text) == value
    assert cast([text], "STRING", "DOUBLE") == [value]
    mantissa = text.lstrip("-").split("E")[0]
    assert "." in mantissa
    assert ("E" in text) == (value != 0 and not 1e-3 <= abs(value) < 1e7)


@given(st.datetimes(dt.datetime(1800, 1, 1), dt.datetime(2200, 1, 1)))
def test_a_timestamp_reads_back_from_its_text(value: dt.datetime) -> None:
    (text,) = cast([value], "TIMESTAMP(6)", "STRING")
    assert text == value.strftime("%Y-%m-%d %H:%M:%S.%f")
    assert cast([text], "STRING", "TIMESTAMP(6)") == [value]


def test_an_instant_meets_wall_clock_time_in_the_session_time_zone() -> None:
    noon = dt.datetime(2024, 7, 1, 12)
    (instant,) = cast([noon], "TIMESTAMP(3)", "TIMESTAMP_LTZ(3)")
    assert instant == dt.datetime(2024, 7, 1, 10, tzinfo=dt.UTC)
    assert cast([instant], "TIMESTAMP_LTZ(3)", "TIMESTAMP(3)") == [noon]
    assert cast([instant], "TIMESTAMP_LTZ(3)", "STRING") == ["2024-07-01 12:00:00.000"]
    assert cast([instant], "TIMESTAMP_LTZ(3)", "DATE", time_zone="Pacific/Kiritimati") == [dt.date(2024, 7, 2)]


def test_times_before_the_epoch_round_down() -> None:
    late = dt.datetime(1969, 12, 31, 23, 59, 59, 999_999)
    assert cast([late], "TIMESTAMP(6)", "DATE") == [dt.date(1969, 12, 31)]
    assert cast([late], "TIMESTAMP(6)", "TIMESTAMP(0)") == [dt.datetime(1969, 12, 31, 23, 59, 59)]
    assert cast([late], "TIMESTAMP(6)", "TIME(3)") == [dt.time(23, 59, 59, 999_000)]


def test_text_is_cut_to_its_length_and_char_is_padded() -> None:
    assert cast(["añb", "a", None], "STRING", "VARCHAR(2)") == ["añ", "a", None]
    assert cast(["añb", "a", None], "STRING", "CHAR(2)") == ["añ", "a ", None]
    assert cast([b"abc", b"a"], "BYTES", "BINARY(2)") == [b"ab", b"a\0"]


def test_parts_of_composites_are_cast_even_in_a_slice() -> None:
    source, target = parse_type("ARRAY<STRING>"), parse_type("ARRAY<INT>")
    array = pa.array([["9"], ["1", None], None, [], ["2"]], to_arrow(source)).slice(1)
    assert cast_array(array, source, target).to_pylist() == [[1, None], None, [], [2]]
    source, target = parse_type("MAP<STRING, STRING>"), parse_type("MAP<STRING, INT>")
    array = pa.array([[("a", "0")], [("b", "1")], None], to_arrow(source)).slice(1)
    assert cast_array(array, source, target).to_pylist() == [[("b", 1)], None]
    source, target = parse_type("ROW<a STRING, b INT>"), parse_type("ROW<x INT, y STRING>")
    array = pa.array([{"a": "0", "b": 0}, {"a": "1", "b": None}, None], to_arrow(source)).slice(1)
    assert cast_array(array, source, target).to_pylist() == [{"x": 1, "y": None}, None]


def test_an_untyped_null_becomes_anything() -> None:
    for target in ("INT", "STRING", "ROW<a INT>", "MAP<STRING, ARRAY<DATE>>"):
        assert cast([None, None], "NULL", target) == [None, None]


@pytest.mark.parametrize(
    ("value", "type_", "text"),
    [
        (True, "BOOLEAN", "TRUE"),
        (1e10, "DOUBLE", "1.0E10"),
        (Decimal("0.0000000001"), "DECIMAL(20, 10)", "0.0000000001"),
        (b"\xca\xfe", "BYTES", "x'cafe'"),
        (dt.datetime(2024, 5, 6, 7, 8, 9, 120_000), "TIMESTAMP(3)", "2024-05-06 07:08:09.120"),
        (dt.datetime(2024, 5, 6, 7, 8, 9), "TIMESTAMP(0)", "2024-05-06 07:08:09"),
        (dt.time(7, 8, 9), "TIME(0)", "07:08:09"),
        (dt.timedelta(hours=-1), "INTERVAL DAY TO SECOND", "-0 01:00:00.000"),
        (14, "INTERVAL YEAR TO MONTH", "+1-02"),
        ([1, None], "ARRAY<INT>", "[1, NULL]"),
        ([("k", 1.0)], "MAP<STRING, DOUBLE>", "{k=1.0}"),
        ({"a": 1, "b": "x"}, "ROW<a INT, b STRING>", "(1, x)"),
        ([b"\x01"], "ARRAY<BYTES>", "[x'01']"),
        (None, "INT", "NULL"),
    ],
)
def test_a_result_table_shows_values_as_flink_does(value: Any, type_: str, text: str) -> None:
    assert format_value(value, parse_type(type_), "UTC") == text


def test_a_result_table_shows_instants_in_the_session_time_zone() -> None:
    type_ = parse_type("TIMESTAMP_LTZ(3)")
    array = pa.array([dt.datetime(2024, 7, 1, 10), None], to_arrow(type_))
    assert format_array(array, type_, "Europe/Berlin") == ["2024-07-01 12:00:00.000", None]


def test_a_time_zone_that_does_not_exist_is_named() -> None:
    with pytest.raises(DataError, match="Unknown time zone 'Nowhere'"):
        cast([dt.datetime(2024, 7, 1)], "TIMESTAMP(3)", "TIMESTAMP_LTZ(3)", time_zone="Nowhere")


def test_nanoseconds_reach_only_so_far() -> None:
    far = "9999-12-31 00:00:00"
    assert cast([far], "STRING", "TIMESTAMP(9)", safe=True) == [None]
    with pytest.raises(DataError, match="1678 to 2261"):
        cast([dt.datetime(9999, 12, 31)], "TIMESTAMP(3)", "TIMESTAMP(9)")


def test_timestamps_in_the_usual_form_read_like_any_other() -> None:
    usual = ["2024-05-06 07:08:09.987654", "1969-12-31 23:59:59.999999", None]
    unusual = ["2024-5-6 7:8:9.987654", *usual]
    for target in ("TIMESTAMP(0)", "TIMESTAMP(3)", "TIMESTAMP(5)", "TIMESTAMP_LTZ(6)", "TIMESTAMP(9)"):
        wide = "TIMESTAMP(6)"
        through = [value and str(value) for value in cast(cast(unusual, "STRING", target), target, wide)]
        direct = [value and str(value) for value in cast(cast(usual, "STRING", target), target, wide)]
        assert through == [direct[0], *direct]


@given(
    st.lists(
        st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**8), max_value=10**8)
    )
)
def test_a_decimal_becomes_the_nearest_double(values: list[Decimal | None]) -> None:
    expected = [None if value is None else float(value) for value in values]
    assert cast(values, "DECIMAL(12, 2)", "DOUBLE") == expected
    assert cast(values, "DECIMAL(38, 10)", "DOUBLE") == expected


def test_a_sliced_column_of_decimals_becomes_doubles() -> None:
    array = pa.array([Decimal("1.10"), None, Decimal("99.99")], pa.decimal128(10, 2)).slice(1)
    result = cast_array(array, parse_type("DECIMAL(10, 2)"), parse_type("DOUBLE"), safe=False, time_zone="UTC")
    assert result.to_pylist() == [None, 99.99]
