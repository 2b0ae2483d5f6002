"""A type reads back from what it prints, and from every other spelling Flink has for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlstream.errors import SqlError
from sqlstream.types import logical as t
from sqlstream.types.parse import parse_type

_PRECISIONS = st.integers(0, 9)
_LEAVES = st.one_of(
    st.sampled_from([t.BooleanType(), t.TinyIntType(), t.SmallIntType(), t.INT, t.BIGINT, t.FloatType(), t.DOUBLE]),
    st.sampled_from([t.STRING, t.BYTES, t.DateType(), t.YearMonthIntervalType(), t.DayTimeIntervalType()]),
    st.integers(1, 38).flatmap(
        lambda p: st.builds(t.DecimalType, precision=st.just(p), scale=st.integers(0, p), nullable=st.booleans())
    ),
    *(st.builds(c, length=st.integers(1, 2**31 - 1)) for c in (*t.CHARACTER_TYPES, *t.BINARY_TYPES)),
    *(st.builds(c, precision=_PRECISIONS, nullable=st.booleans()) for c in (t.TimeType, *t.TIMESTAMP_TYPES)),
)


def _composites(inner: st.SearchStrategy[t.LogicalType]) -> st.SearchStrategy[t.LogicalType]:
    field = st.builds(t.RowField, st.text("ab `C", min_size=1, max_size=3).filter(lambda name: "`" not in name), inner)
    return st.one_of(
        st.builds(t.ArrayType, element=inner, nullable=st.booleans()),
        st.builds(t.MultisetType, element=inner),
        st.builds(t.MapType, key=inner, value=inner),
        st.builds(t.RowType, fields=st.lists(field, min_size=1, max_size=3).map(tuple)),
    )


@given(st.recursive(_LEAVES, _composites, max_leaves=6))
def test_a_type_reads_back_from_its_own_text(type_: t.LogicalType) -> None:
    assert parse_type(str(type_)) == type_


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("integer", "INT"),
        ("dec(5)", "DECIMAL(5, 0)"),
        ("NUMERIC(5, 2) not null", "DECIMAL(5, 2) NOT NULL"),
        ("DECIMAL", "DECIMAL(10, 0)"),
        ("DOUBLE PRECISION", "DOUBLE"),
        ("REAL", "FLOAT"),
        ("CHARACTER VARYING(3)", "VARCHAR(3)"),
        ("CHAR", "CHAR(1)"),
        ("BINARY VARYING(4)", "VARBINARY(4)"),
        ("STRING NULL", "STRING"),
        ("TIME", "TIME(0)"),
        ("TIME(3) WITHOUT TIME ZONE", "TIME(3)"),
        ("TIMESTAMP", "TIMESTAMP(6)"),
        ("TIMESTAMP(3) WITHOUT TIME ZONE", "TIMESTAMP(3)"),
        ("TIMESTAMP(3) WITH LOCAL TIME ZONE", "TIMESTAMP_LTZ(3)"),
        ("INTERVAL DAY(3) TO SECOND(3)", "INTERVAL DAY TO SECOND"),
        ("INTERVAL MONTH", "INTERVAL YEAR TO MONTH"),
        ("INT ARRAY", "ARRAY<INT>"),
        ("INT NOT NULL MULTISET", "MULTISET<INT NOT NULL>"),
        ("ROW(a INT, `b c` STRING)", "ROW<`a` INT, `b c` STRING>"),
        ("map<string, array<int>>", "MAP<STRING, ARRAY<INT>>"),
    ],
)
def test_every_spelling_means_the_canonical_type(spelling: str, canonical: str) -> None:
    assert str(parse_type(spelling)) == canonical


def test_an_unknown_type_is_pointed_at_with_a_suggestion() -> None:
    with pytest.raises(SqlError) as caught:
        parse_type("ARRAY<STRNG>")
    assert str(caught.value).splitlines() == [
        "Unknown type 'STRNG'. (line 1, column 7)",
        "  ARRAY<STRNG>",
        "        ^^^^^",
        "Did you mean STRING?",
    ]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("", 1),
        ("ROW<a>", 6),
        ("DECIMAL(50)", 11),
        ("DECIMAL(5, 6)", 13),
        ("VARCHAR(0)", 10),
        ("TIMESTAMP(10)", 13),
        ("INT INT", 5),
        ("ARRAY<INT", 10),
        ("INTERVAL YEAR TO DAY", 18),
        ("INT#", 4),
    ],
)
def test_what_is_no_type_is_pointed_at(text: str, column: int) -> None:
    with pytest.raises(SqlError) as caught:
        parse_type(text)
    assert caught.value.position is not None
    assert caught.value.position.column == column
