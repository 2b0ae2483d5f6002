"""Syntax errors as users see them: where, what was found, what was expected, and the keyword probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from sqlglot.tokenizer_core import Token, TokenType

from sqlstream.errors import Position, SqlError
from sqlstream.sql.identifiers import quote
from sqlstream.sql.keywords import KEYWORDS, RESERVED_KEYWORDS
from sqlstream.sql.parser import SyntaxProblem

_SIMILARITY = 0.75
_SHORTEST_TYPO = 3
_MOST_EXPECTED = 8


def syntax_error(problem: SyntaxProblem, source: str, tokens: Sequence[Token]) -> SqlError:
    """The SqlError for ``problem`` in the statement made of ``tokens``."""
    index = next((i for i, token in enumerate(tokens) if token is problem.token), len(tokens))
    typo = _typo(tokens[max(0, index - 1) : index + 2])
    if typo is not None:
        token, keyword = typo
        return SqlError(
            f"Unexpected '{token.text}'", position=_place(token), source=source, hint=f"Did you mean {keyword}?"
        )
    expected = _expected(problem.expected)
    if index == len(tokens):
        last = tokens[-1]
        end = Position(last.line, last.col + last.end - last.start + 1)
        return SqlError(f"The statement ends too early{expected}", position=end, source=source)
    token = tokens[index]
    return SqlError(
        f"Unexpected '{token.text}'{expected}", position=_place(token), source=source, hint=_reserved_hint(token)
    )


def _place(token: Token) -> Position:
    return Position(token.line, token.col, token.end - token.start + 1)


def _expected(choices: Sequence[str]) -> str:
    unique = list(dict.fromkeys(choices))
    if not unique or len(unique) > _MOST_EXPECTED:
        return ""
    head, last = unique[:-1], unique[-1]
    return f": expected {', '.join(head)} or {last}" if head else f": expected {last}"


def _typo(neighbours: Sequence[Token]) -> tuple[Token, str] | None:
    """The first word among ``neighbours`` that is nearly a keyword, and that keyword."""
    for token in neighbours:
        word = token.text.upper()
        if token.token_type is not TokenType.VAR or word in KEYWORDS or len(word) < _SHORTEST_TYPO:
            continue
        close = difflib.get_close_matches(word, KEYWORDS, n=1, cutoff=_SIMILARITY)
        if close:
            return token, close[0]
    return None


def _reserved_hint(token: Token) -> str | None:
    if token.token_type is not TokenType.IDENTIFIER and token.text.upper() in RESERVED_KEYWORDS:
        return f"{token.text.upper()} is a reserved word; if it is meant as a name, write {quote(token.text)}."
    return None
