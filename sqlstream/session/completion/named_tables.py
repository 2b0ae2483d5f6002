"""The tables a statement names, and what it calls them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot.tokenizer_core import Token, TokenType

from sqlstream.session.completion.names import Path
from sqlstream.session.completion.statement_context import is_name
from sqlstream.sql.keywords import RESERVED_KEYWORDS

_READ = frozenset({"FROM", "JOIN", "TABLE"})
_OTHERS = frozenset({"INTO", "OVERWRITE", "VIEW", "DESCRIBE", "DESC", "EXISTS"})
_WINDOWS = frozenset({"TUMBLE", "HOP", "CUMULATE", "SESSION"})


@dataclass(frozen=True)
class NamedTable:
    """A table as named, ``path``, and the alias it was given, if any. ``is_read``: a query reads it."""

    path: Path
    alias: str | None = None
    is_read: bool = True


def named_tables(tokens: Sequence[Token]) -> list[NamedTable]:
    """Every table behind FROM, JOIN, INTO, TABLE and the like, and after the commas of a FROM."""
    found: list[NamedTable] = []
    index = 0
    while index < len(tokens):
        word = "" if tokens[index].token_type is TokenType.IDENTIFIER else tokens[index].text.upper()
        index += 1
        while word in _READ or word in _OTHERS:
            table, index = _read_table(tokens, index, word in _READ)
            if table is not None:
                found.append(table)
            if table is None or word != "FROM" or not _is(tokens, index, TokenType.COMMA):
                break
            index += 1
    return found


def aliases(tables: Sequence[NamedTable]) -> Iterator[str]:
    """The names by which columns may be qualified."""
    for table in tables:
        yield table.alias or table.path[-1]


def _read_table(tokens: Sequence[Token], index: int, is_read: bool) -> tuple[NamedTable | None, int]:
    if index >= len(tokens) or not _is_plain_name(tokens[index]):
        return None, index
    path = [tokens[index].text]
    index += 1
    while _is(tokens, index, TokenType.DOT) and index + 1 < len(tokens) and is_name(tokens[index + 1]):
        path.append(tokens[index + 1].text)
        index += 2
    if _is(tokens, index, TokenType.L_PAREN) and path[-1].upper() in _WINDOWS:
        return None, index
    if index < len(tokens) and tokens[index].text.upper() == "AS":
        index += 1
    if index < len(tokens) and _is_plain_name(tokens[index]):
        return NamedTable(tuple(path), tokens[index].text, is_read), index + 1
    return NamedTable(tuple(path), None, is_read), index


def _is(tokens: Sequence[Token], index: int, kind: TokenType) -> bool:
    return index < len(tokens) and tokens[index].token_type is kind


def _is_plain_name(token: Token) -> bool:
    if token.token_type is TokenType.IDENTIFIER:
        return True
    return is_name(token) and not {token.text.upper(), *token.text.upper().split()} & RESERVED_KEYWORDS
