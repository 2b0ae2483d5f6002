"""Syntax errors as users see them: where, what was found, what was expected, and the keyword probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from sqlglot.tokenizer_core import Token, TokenType

from sqlstream.errors import Position, SqlError
from sqlstream.sql.identifiers import quote
from sqlstream.sql.keywords import KEYWORDS, RESERVED_KEYWORDS
from sqlstream.sql.parser import SyntaxProblem

_SIMILARITY = 0.8
_SHORTEST_TYPO = 3
_MOST_EXPECTED = 20
_FOREIGN = {
    ":": "Write CAST(value AS type).",
    "^": "Write POWER(a, b).",
    "TOP": "Write LIMIT n at the end of the query.",
}
"""What other databases write here, and what is written instead."""
_TWO_WORDS = frozenset({"GROUP", "ORDER", "PARTITION"})
_CLAUSE_WORDS = frozenset({"FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "AS", "ON", "SELECT", "UNION", "AND"})


def syntax_error(problem: SyntaxProblem, source: str, tokens: Sequence[Token]) -> SqlError:
    """The SqlError for ``problem`` in the statement made of ``tokens``."""
    index = next((i for i, token in enumerate(tokens) if token is problem.token), len(tokens))
    for token in tokens[max(0, index - 1) : index + 1]:
        if token.text.upper() in _FOREIGN and token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER):
            return _unexpected(token, "", source, _FOREIGN[token.text.upper()])
    if 0 < index < len(tokens) and tokens[index - 1].text.upper() in _TWO_WORDS:
        return _unexpected(tokens[index], f": expected BY after {tokens[index - 1].text.upper()}", source, None)
    typo = _typo(tokens[max(0, index - 1) : index + 1], problem.expected)
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
    doubled = token.text == "=" and index > 0 and tokens[index - 1].text == "="
    hint = "Write = once to compare." if doubled else _reserved_hint(token, problem.expected)
    return _unexpected(token, expected, source, hint)


def too_deep() -> SqlError:
    """For a statement with more levels than the parser or the planner can follow."""
    return SqlError(
        "The statement is nested too deeply.", hint="Use fewer parentheses and operands, or put parts of it into views."
    )


def _unexpected(token: Token, expected: str, source: str, hint: str | None) -> SqlError:
    return SqlError(f"Unexpected '{token.text}'{expected}", position=_place(token), source=source, hint=hint)


def _place(token: Token) -> Position:
    return Position(token.line, token.col, token.end - token.start + 1)


def _expected(choices: Sequence[str]) -> str:
    unique = list(dict.fromkeys(choices))
    if not unique or len(unique) > _MOST_EXPECTED:
        return ""
    head, last = unique[:-1], unique[-1]
    return f": expected {', '.join(head)} or {last}" if head else f": expected {last}"


def _typo(neighbours: Sequence[Token], expected: Sequence[str]) -> tuple[Token, str] | None:
    """The first word among ``neighbours`` that is nearly a keyword, and that keyword; expected ones come first."""
    words = {word for choice in expected for word in choice.split() if word in KEYWORDS}
    for token in neighbours:
        typed = token.text.upper()
        if token.token_type is not TokenType.VAR or typed in KEYWORDS or len(typed) < _SHORTEST_TYPO:
            continue
        keyword = _similar(typed, sorted(words)) or _similar(typed, KEYWORDS)
        if keyword is not None:
            return token, keyword
    return None


def _similar(typed: str, keywords: Sequence[str]) -> str | None:
    letters = sorted(typed)
    swapped = next((keyword for keyword in keywords if sorted(keyword) == letters), None)
    return swapped or next(iter(difflib.get_close_matches(typed, keywords, n=1, cutoff=_SIMILARITY)), None)


def _reserved_hint(token: Token, expected: Sequence[str]) -> str | None:
    """Advice for a reserved word where a name or expression could have stood."""
    word = token.text.upper()
    if token.token_type is TokenType.IDENTIFIER or word not in RESERVED_KEYWORDS or word in _CLAUSE_WORDS:
        return None
    if not any("name" in choice or "expression" in choice for choice in expected):
        return None
    return f"{word} is a reserved word; if it is meant as a name, write {quote(token.text)}."
