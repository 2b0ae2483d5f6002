"""Quoting of names and literals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlstream.sql.identifiers import quote, quote_if_needed, quote_literal, quote_path
from sqlstream.sql.keywords import KEYWORDS, RESERVED_KEYWORDS
from sqlstream.sql.script import parse_expression

text = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1)


@given(text)
def test_a_quoted_name_reads_back(name: str) -> None:
    assert parse_expression(quote(name)).name == name


@given(text)
def test_a_quoted_literal_reads_back(value: str) -> None:
    assert parse_expression(quote_literal(value)).name == value


@pytest.mark.parametrize(
    ("name", "written"), [("a_1", "a_1"), ("order", "`order`"), ("a b", "`a b`"), ("1a", "`1a`"), ("é", "`é`")]
)
def test_only_names_that_need_it_are_quoted(name: str, written: str) -> None:
    assert quote_if_needed(name) == written


def test_paths_are_quoted_part_by_part() -> None:
    assert quote_path(("a", "b`c")) == "`a`.`b``c`"


def test_keywords_are_sorted_and_upper_case() -> None:
    assert list(KEYWORDS) == sorted(set(KEYWORDS))
    assert set(KEYWORDS) >= RESERVED_KEYWORDS
    assert all(keyword == keyword.upper() for keyword in KEYWORDS)
