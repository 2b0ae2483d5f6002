"""Every Python value arrives as the SQL value of its type, and comes back equal."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from sqlstream.dbapi import Cursor, DataError, NotSupportedError, Null, ProgrammingError
from sqlstream.dbapi.literals import literal

BERLIN_WINTER = dt.timezone(dt.timedelta(hours=1))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (Null("array<int>"), "CAST(NULL AS ARRAY<INT>)"),
        (True, "TRUE"),
        (-5, "(-5)"),
        (2**63, "CAST('9223372036854775808' AS DECIMAL(19, 0))"),
        (1.0, "1.0E0"),
        (-1e-300, "(-1e-300)"),
        (math.nan, "CAST('NaN' AS DOUBLE)"),
        (-math.inf, "CAST('-Infinity' AS DOUBLE)"),
        (Decimal("1E+3"), "CAST('1000' AS DECIMAL(4, 0))"),
        (Decimal("-0.001"), "CAST('-0.001' AS DECIMAL(3, 3))"),
        ("it's", "'it''s'"),
        (b"\x00\xff", "X'00ff'"),
        (dt.time(1, 2, 3, 4000), "TIME '01:02:03.004'"),
        (dt.datetime(2024, 1, 1, 1, tzinfo=BERLIN_WINTER), "TO_TIMESTAMP_LTZ(1704067200000, 3)"),
        (dt.timedelta(hours=1), "INTERVAL '0 01:00:00.000' DAY TO SECOND(3)"),
        ([1, None], "ARRAY[1, NULL]"),
        ({"a": (1, "b")}, "MAP['a', ROW(1, 'b')]"),
        (np.int32(7), "7"),
        (np.float32(0.5), "0.5E0"),
    ],
)
def test_a_value_is_written_by_its_type(value: Any, text: str) -> None:
    assert literal(value) == text


VALUES = [
    True,
    0,
    -5,
    -(2**63),
    2**63 - 1,
    10**37,
    0.1,
    -1.7976931348623157e308,
    5e-324,
    Decimal("-12.3400"),
    Decimal("12345678901234567890.123456789"),
    "",
    "'; DROP TABLE t; --",
    "?",
    "a\\nb \\' \n\t\r %s :x {} `` \" /* */ 中😀",
    b"\x00'?\xff",
    dt.date(1, 1, 1),
    dt.date(9999, 12, 31),
    dt.time(23, 59, 59, 999000),
    dt.datetime(1969, 12, 31, 23, 59, 59, 999999),
    dt.timedelta(days=-12345, seconds=3, milliseconds=7),
    dt.timedelta(days=99, seconds=86399),
    [1, 2, 3],
    ["a", "it's"],
    {"k": 1.5, "'": 2.5},
]


def test_values_come_back_equal(cursor: Cursor) -> None:
    cursor.execute(f"SELECT {', '.join('?' * len(VALUES))}", VALUES)
    assert list(cursor.fetchone() or ()) == VALUES


def test_instants_come_back_equal(cursor: Cursor) -> None:
    instant = dt.datetime(2024, 7, 1, 12, 30, 15, 123000, tzinfo=dt.timezone(dt.timedelta(hours=-7)))
    assert cursor.execute("SELECT ?", [instant]).fetchone() == (instant,)


def test_a_null_has_a_type_where_one_is_given(cursor: Cursor) -> None:
    assert cursor.execute("SELECT ?, ?", [None, Null("DECIMAL(5, 2)")]).fetchone() == (None, None)
    assert cursor.description is not None and cursor.description[1][1] == "DECIMAL"
    with pytest.raises(ProgrammingError, match="after a type"):
        cursor.execute("SELECT ?", [Null("INT) AS x, (SELECT 1")])


def test_a_tuple_is_a_row_and_a_uuid_its_text(cursor: Cursor) -> None:
    cursor.execute("SELECT CAST(? AS ROW<a INT, b STRING>), ?", [(1, "x"), UUID(int=1)])
    assert cursor.fetchone() == ({"a": 1, "b": "x"}, "00000000-0000-0000-0000-000000000001")


@pytest.mark.parametrize(
    ("value", "error", "reason"),
    [
        (object(), NotSupportedError, "type object has no SQL form"),
        (dt.time(1, tzinfo=dt.UTC), NotSupportedError, "time zone"),
        (Decimal("NaN"), DataError, "no DECIMAL"),
        (10**38, DataError, "39 digits"),
        (dt.timedelta(microseconds=1), DataError, "finer than a millisecond"),
        (dt.time(0, 0, 0, 1), DataError, "finer than a millisecond"),
        ([], ProgrammingError, "empty list"),
        ({}, ProgrammingError, "empty mapping"),
    ],
)
def test_what_has_no_sql_form_is_refused(value: Any, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        literal(value)
