"""Flink's tokens: which words and signs sqlglot's tokenizer knows, and token places that count from the script.

Only words that must not be read as names are keywords here; every other word of the grammar is an ordinary VAR
token that the parser matches by its text, so it stays usable as a name.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import ClassVar

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer

from sqlstream.errors import Position, SqlError

_SIGNS = ("/*+", "||", ">=", "<=", "<>", "!=", "=>")
_WORDS = (
    "ALL", "AND", "ANY", "AS", "ASC", "BETWEEN", "CASE", "CROSS", "CUBE", "CURRENT_DATE", "CURRENT_TIME",
    "CURRENT_TIMESTAMP", "DESC", "DISTINCT", "ELSE", "END", "ESCAPE", "EXCEPT", "EXISTS", "FALSE", "FETCH", "FILTER",
    "FIRST", "FOR", "FROM", "FULL", "GROUP BY", "GROUPING SETS", "HAVING", "IN", "INNER", "INTERSECT", "INTERVAL",
    "INTO", "IS", "JOIN", "JSON", "LATERAL", "LEFT", "LIKE", "LIMIT", "LOCALTIME", "LOCALTIMESTAMP", "NATURAL",
    "NEXT", "NOT", "NULL", "OFFSET", "ON", "OR", "ORDER BY", "ORDINALITY", "OUTER", "OVER", "PARTITION BY", "QUALIFY",
    "RANGE", "RECURSIVE", "RIGHT", "ROLLUP", "ROW", "ROWS", "SELECT", "SIMILAR TO", "SOME", "TABLE", "THEN", "TRUE",
    "UNION", "UNKNOWN", "UNNEST", "USING", "VALUES", "WHEN", "WHERE", "WINDOW", "WITH",
)  # fmt: skip


class FlinkTokenizer(Tokenizer):
    """Strings in single quotes with '' inside, names in back-ticks with `` inside; no backslash escapes."""

    IDENTIFIERS: ClassVar = ["`"]
    QUOTES: ClassVar = ["'"]
    STRING_ESCAPES: ClassVar = ["'"]
    IDENTIFIER_ESCAPES: ClassVar = ["`"]
    HEX_STRINGS: ClassVar = [("x'", "'"), ("X'", "'")]
    UNICODE_STRINGS: ClassVar = [("U&'", "'"), ("u&'", "'")]
    COMMENTS: ClassVar = ["--", ("/*", "*/")]
    NESTED_COMMENTS = False
    KEYWORDS: ClassVar = {
        **{key: Tokenizer.KEYWORDS[key] for key in (*_SIGNS, *_WORDS)},
        "MATCH_RECOGNIZE": TokenType.MATCH_RECOGNIZE,
    }
    COMMANDS: ClassVar = set()
    TOKENS_PRECEDING_HINT: ClassVar = {TokenType.SELECT, TokenType.VAR, TokenType.IDENTIFIER}

    def tokenize(self, sql: str) -> list[Token]:
        """The tokens of ``sql``, each with the line and column it starts at."""
        return _placed(super().tokenize(sql), 0, LineIndex(sql))


class LineIndex:
    """Line starts of a text, to turn character offsets into lines and columns."""

    def __init__(self, source: str) -> None:
        self._starts = [0, *(i + 1 for i, character in enumerate(source) if character == "\n")]

    def position(self, offset: int, length: int = 1) -> Position:
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1, max(1, length))


def _placed(tokens: list[Token], offset: int, lines: LineIndex) -> list[Token]:
    for token in tokens:
        token.start += offset
        token.end += offset
        position = lines.position(token.start)
        token.line, token.col = position.line, position.column
    return tokens


def tokenize(source: str, start: int, end: int, lines: LineIndex) -> list[Token]:
    """The tokens of ``source[start:end]``, their offsets, lines and (starting) columns counted in all of ``source``.

    SqlError for a malformed literal and for a double quote.
    """
    try:
        tokens: list[Token] = FlinkTokenizer().tokenize(source[start:end])
    except TokenError as error:
        raise SqlError(
            f"Cannot read this statement: {str(error).splitlines()[0]}", position=lines.position(start), source=source
        ) from None
    for token in _placed(tokens, start, lines):
        if token.token_type is TokenType.UNKNOWN and token.text == '"':
            raise SqlError(
                "Unexpected double quote",
                position=lines.position(token.start),
                source=source,
                hint="Write strings in single quotes ('text') and names in back-ticks (`name`).",
            )
    return tokens


_OPENINGS = {"'": ("string", "'"), "`": ("quoted name", "`"), "/": ("comment", "*/")}


def unclosed(source: str, offset: int, lines: LineIndex) -> SqlError:
    """The error for a string, quoted name or comment that is opened at ``offset`` and has no end."""
    what, closing = _OPENINGS[source[offset]]
    return SqlError(
        f"This {what} is never closed",
        position=lines.position(offset),
        source=source,
        hint=f"Close it with {closing}" + (", and write a quote inside it twice" if closing == "'" else ""),
    )
