"""Types inside SQL: how far a type reaches among the tokens, and the node that carries it.

The grammar of types itself is :func:`sqlstream.types.parse.parse_type`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from sqlstream.errors import Position, SqlError
from sqlstream.types.logical import LogicalType
from sqlstream.types.parse import parse_type

_FIRST_TOKENS = frozenset({TokenType.VAR, TokenType.INTERVAL, TokenType.ROW})
_BRACKETS = {TokenType.L_PAREN: (TokenType.R_PAREN, ")"), TokenType.LT: (TokenType.GT, ">")}
_SUFFIXES: tuple[tuple[str, ...], ...] = (
    ("PRECISION",),
    ("VARYING",),
    ("WITH", "LOCAL", "TIME", "ZONE"),
    ("WITHOUT", "TIME", "ZONE"),
    ("NOT", "NULL"),
    ("NULL",),
    ("ARRAY",),
    ("MULTISET",),
)
_INTERVAL_SUFFIXES = tuple((word,) for word in ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TO"))


def type_node(type_: LogicalType) -> exp.DataType:
    """The syntax node of a resolved type, as it stands in CAST."""
    return exp.DataType(this=exp.DType.USERDEFINED, kind=type_)


def logical_type(node: exp.DataType) -> LogicalType:
    """The resolved type of a node made by the Flink dialect's parser."""
    return cast(LogicalType, node.args["kind"])


def read_type(parser: Any) -> exp.DataType | None:
    """The type at the parser's place; None when no type can begin there. SqlError when it is no known type."""
    first = parser._curr
    if not first or first.token_type not in _FIRST_TOKENS:
        return None
    start = parser._index
    suffixes = _SUFFIXES if first.token_type is not TokenType.INTERVAL else (*_SUFFIXES, *_INTERVAL_SUFFIXES)
    parser._advance()
    while _skip_brackets(parser) or any(parser._match_text_seq(*suffix) for suffix in suffixes):
        pass
    return _resolved(parser.sql, parser._tokens[start : parser._index])


def _skip_brackets(parser: Any) -> bool:
    """Move past a balanced (...) or <...>; False when none comes next."""
    opening = parser._curr.token_type
    if opening not in _BRACKETS:
        return False
    closing, sign = _BRACKETS[opening]
    depth = 0
    while parser._curr:
        depth += (parser._curr.token_type is opening) - (parser._curr.token_type is closing)
        parser._advance()
        if depth == 0:
            return True
    parser.fail(sign)
    return False


def _resolved(source: str, tokens: Sequence[Token]) -> exp.DataType:
    first = tokens[0]
    try:
        node = type_node(parse_type(_text_without_comments(source, tokens)))
    except SqlError as error:
        at = error.position or Position(1, 1)
        column = at.column + (first.col - 1 if at.line == 1 else 0)
        position = Position(first.line + at.line - 1, column, at.length)
        raise SqlError(error.message.rstrip("."), position=position, source=source, hint=error.hint) from None
    return node.update_positions(first)


def _text_without_comments(source: str, tokens: Sequence[Token]) -> str:
    """The text ``tokens`` span; what lies between them becomes blanks, so that places stay the same."""
    offset, end = tokens[0].start, tokens[-1].end + 1
    text = ["\n" if character == "\n" else " " for character in source[offset:end]]
    for token in tokens:
        text[token.start - offset : token.end - offset + 1] = source[token.start : token.end + 1]
    return "".join(text)
