"""What the grammar of statements asks for at the end of a beginning."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token

from sqlstream.errors import SqlStreamError
from sqlstream.sql import dialect as dialect  # registers "flink", which the parser looks up
from sqlstream.sql.cursor import Cursor
from sqlstream.sql.grammar.statement import STATEMENT_STARTS, statement
from sqlstream.sql.parser import SyntaxProblem

A_NAME = "a name"
A_TYPE = "a data type"
_A_QUERY = "a query"
_QUERIES = ("SELECT", "WITH", "VALUES")


def expected_words(text: str, tokens: Sequence[Token]) -> tuple[str, ...]:
    """Keywords, and descriptions such as ``a name``, that may follow ``tokens``, a statement's beginning; none
    where it is wrong already."""
    if not tokens:
        return (*_QUERIES, *sorted({*STATEMENT_STARTS} - {*_QUERIES, "("}))
    cursor = Cursor(text, list(tokens))
    try:
        statement(cursor)
    except SyntaxProblem as problem:
        expected = problem.expected if problem.token is None else ()
        return (*_QUERIES, *expected) if any(word.startswith(_A_QUERY) for word in expected) else expected
    except (SqlStreamError, ParseError):
        return ()
    return cursor.asked_for
