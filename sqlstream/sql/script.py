"""A script: many statements, read one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from sqlglot import exp
from sqlglot.errors import ParseError

from sqlstream.errors import Position, SqlError
from sqlstream.sql import dialect as dialect  # registers "flink", which the parser looks up
from sqlstream.sql.cursor import Cursor
from sqlstream.sql.grammar.statement import statement
from sqlstream.sql.parser import SyntaxProblem
from sqlstream.sql.splitting import Span, is_complete, statement_spans
from sqlstream.sql.statements import Statement
from sqlstream.sql.syntax_errors import syntax_error, too_deep
from sqlstream.sql.tokenizer import LineIndex, tokenize, unclosed

__all__ = [
    "ParsedStatement",
    "is_complete",
    "iter_statements",
    "parse_expression",
    "parse_query",
    "parse_script",
    "parse_span",
]

T = TypeVar("T")


@dataclass(frozen=True)
class ParsedStatement:
    """A statement, the text it was written in (without its semicolon), and where that text begins in the script."""

    statement: Statement
    text: str
    position: Position


def iter_statements(source: str) -> Iterator[ParsedStatement]:
    """The statements of ``source``, each parsed when it is asked for.

    So the ones before a mistake can run before the SqlError is raised. Errors and nodes give lines and columns
    in all of ``source``.
    """
    lines = LineIndex(source)
    for span in statement_spans(source):
        yield _read_span(source, span, lines)


def parse_span(source: str, span: Span) -> ParsedStatement:
    """The statement that ``span`` of the script ``source`` is. SqlError when it is none."""
    return _read_span(source, span, LineIndex(source))


def _read_span(source: str, span: Span, lines: LineIndex) -> ParsedStatement:
    if span.unclosed is not None:
        raise unclosed(source, span.unclosed, lines)
    parsed = _read(source, span.start, span.end, lines, statement)
    return ParsedStatement(parsed, source[span.start : span.end], lines.position(span.start))


def parse_script(source: str) -> list[ParsedStatement]:
    """All statements of ``source``. SqlError at the first mistake."""
    return list(iter_statements(source))


def parse_query(source: str) -> exp.Expression:
    """The query ``source``, e.g. a view's. SqlError when it is none."""
    return _read_whole(source, Cursor.parse_query)


def parse_expression(source: str) -> exp.Expression:
    """The expression ``source``, e.g. a computed column's. SqlError when it is none."""
    return _read_whole(source, Cursor.parse_expression)


def _read_whole(source: str, read: Callable[[Cursor], exp.Expression]) -> exp.Expression:
    def whole(cursor: Cursor) -> exp.Expression:
        node = read(cursor)
        cursor.expect_end()
        return node

    return _read(source, 0, len(source), LineIndex(source), whole)


def _read(source: str, start: int, end: int, lines: LineIndex, read: Callable[[Cursor], T]) -> T:
    tokens = tokenize(source, start, end, lines)
    if not tokens:
        raise SqlError("There is nothing to read", position=lines.position(start), source=source)
    cursor = Cursor(source, tokens)
    try:
        return read(cursor)
    except SyntaxProblem as problem:
        raise syntax_error(problem, source, tokens) from None
    except ParseError:
        raise syntax_error(SyntaxProblem((), cursor.token), source, tokens) from None
    except SqlError as error:
        raise error.with_source(source) from None
    except RecursionError:
        raise too_deep().with_source(source) from None
