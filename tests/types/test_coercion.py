"""Which type may become which, and what several types have in common."""

from __future__ import annotations

import pytest

from sqlstream.types.coercion import can_cast, can_cast_implicitly, common_type
from sqlstream.types.decimal_rules import ARITHMETIC
from sqlstream.types.parse import parse_type


@pytest.mark.parametrize(
    ("types", "common"),
    [
        ("TINYINT|INT", "INT"),
        ("INT|BIGINT NOT NULL", "BIGINT"),
        ("INT NOT NULL|BIGINT NOT NULL", "BIGINT NOT NULL"),
        ("INT|FLOAT", "FLOAT"),
        ("BIGINT|DOUBLE", "DOUBLE"),
        ("FLOAT|DECIMAL(5, 2)", "DOUBLE"),
        ("INT|DECIMAL(5, 2)", "DECIMAL(12, 2)"),
        ("DECIMAL(10, 2)|BIGINT", "DECIMAL(21, 2)"),
        ("DECIMAL(38, 0)|DECIMAL(38, 10)", "DECIMAL(38, 6)"),
        ("CHAR(1)|CHAR(3)", "VARCHAR(3)"),
        ("CHAR(2)|CHAR(2)", "CHAR(2)"),
        ("VARCHAR(5)|STRING", "STRING"),
        ("BINARY(2)|VARBINARY(4)", "VARBINARY(4)"),
        ("DATE|TIMESTAMP(3)", "TIMESTAMP(3)"),
        ("TIMESTAMP(3)|TIMESTAMP(6)", "TIMESTAMP(6)"),
        ("TIMESTAMP(3)|TIMESTAMP_LTZ(3)", "TIMESTAMP_LTZ(3)"),
        ("TIME|TIME(3)", "TIME(3)"),
        ("NULL|INT NOT NULL", "INT"),
        ("NULL|NULL", "NULL"),
        ("ARRAY<INT>|ARRAY<BIGINT>", "ARRAY<BIGINT>"),
        ("MAP<CHAR(1), INT>|MAP<STRING, INT>", "MAP<STRING, INT>"),
        ("ROW<a INT, b STRING>|ROW<x BIGINT, y STRING>", "ROW<`a` BIGINT, `b` STRING>"),
    ],
)
def test_common_type(types: str, common: str) -> None:
    assert str(common_type(map(parse_type, types.split("|")))) == common


@pytest.mark.parametrize(
    "types", ["INT|STRING", "BOOLEAN|INT", "DATE|TIME", "DATE|STRING", "ROW<a INT>|ROW<a INT, b INT>"]
)
def test_some_types_have_nothing_in_common(types: str) -> None:
    assert common_type(map(parse_type, types.split("|"))) is None


@pytest.mark.parametrize(
    ("source", "target", "implicit", "explicit"),
    [
        ("INT", "BIGINT", True, True),
        ("BIGINT", "INT", False, True),
        ("INT", "STRING", False, True),
        ("STRING", "INT", False, True),
        ("CHAR(3)", "STRING", True, True),
        ("DECIMAL(5, 2)", "DOUBLE", True, True),
        ("BOOLEAN", "INT", False, True),
        ("BOOLEAN", "DATE", False, False),
        ("INT", "TIMESTAMP(3)", False, False),
        ("DATE", "TIMESTAMP(3)", False, True),
        ("TIMESTAMP(3)", "TIMESTAMP_LTZ(3)", True, True),
        ("NULL", "ROW<a INT>", True, True),
        ("ARRAY<INT>", "ARRAY<BIGINT>", True, True),
        ("ARRAY<INT>", "STRING", False, True),
        ("ARRAY<INT>", "INT", False, False),
        ("ROW<a INT>", "ROW<b BIGINT>", True, True),
        ("MAP<STRING, INT>", "ARRAY<INT>", False, False),
    ],
)
def test_casts(source: str, target: str, implicit: bool, explicit: bool) -> None:
    assert can_cast_implicitly(parse_type(source), parse_type(target)) is implicit
    assert can_cast(parse_type(source), parse_type(target)) is explicit


@pytest.mark.parametrize(
    ("operator", "left", "right", "result"),
    [
        ("+", "DECIMAL(10, 2)", "DECIMAL(5, 4)", "DECIMAL(13, 4)"),
        ("+", "DECIMAL(38, 10)", "DECIMAL(38, 10)", "DECIMAL(38, 9)"),
        ("*", "DECIMAL(10, 2)", "DECIMAL(5, 4)", "DECIMAL(16, 6)"),
        ("*", "DECIMAL(38, 10)", "DECIMAL(38, 10)", "DECIMAL(38, 6)"),
        ("/", "DECIMAL(2, 1)", "DECIMAL(2, 1)", "DECIMAL(8, 6)"),
        ("/", "DECIMAL(38, 10)", "DECIMAL(38, 10)", "DECIMAL(38, 6)"),
        ("%", "DECIMAL(10, 2)", "DECIMAL(5, 4)", "DECIMAL(5, 4)"),
    ],
)
def test_decimal_arithmetic_has_flinks_precision(operator: str, left: str, right: str, result: str) -> None:
    assert str(ARITHMETIC[operator](parse_type(left), parse_type(right))) == result  # type: ignore[arg-type]
