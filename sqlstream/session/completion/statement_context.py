"""Where in a statement the cursor stands: the tokens around it, the word being typed, the quote it is in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot.tokenizer_core import Token, TokenType

from sqlstream.errors import SqlError
from sqlstream.session.completion.names import Path
from sqlstream.sql.splitting import statement_spans
from sqlstream.sql.tokenizer import LineIndex, tokenize

_WORD = re.compile(r"[\w$]*\Z")
_LINE_COMMENT = re.compile(r"^[^'`\n]*--[^\n]*\Z", re.MULTILINE)


@dataclass(frozen=True)
class StatementContext:
    """``before`` and ``after`` are the statement's tokens on either side of the word being typed. That word is
    ``typed`` and begins at ``start`` of the text; ``quote`` is what opened it, if anything did."""

    text: str
    statement_start: int
    before: tuple[Token, ...]
    after: tuple[Token, ...]
    start: int
    typed: str
    quote: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """The tokens before the cursor, in capitals."""
        return tuple(token.text.upper() for token in self.before)

    @property
    def qualifier(self) -> Path:
        """The names before the dot that the cursor follows: ``a.b.`` is (a, b)."""
        parts: list[str] = []
        tokens = list(self.before)
        while len(tokens) >= 2 and tokens[-1].token_type is TokenType.DOT and is_name(tokens[-2]):
            tokens.pop()
            parts.insert(0, tokens.pop().text)
        return tuple(parts)


def is_name(token: Token) -> bool:
    """Whether ``token`` is a word or a quoted name, and no literal or sign."""
    return token.token_type is TokenType.IDENTIFIER or (
        token.token_type not in (TokenType.STRING, TokenType.NUMBER) and token.text[:1].isalpha()
    )


def statement_context(text: str, position: int) -> StatementContext | None:
    """The context of the cursor at ``position`` of ``text``; None inside a comment."""
    before = text[:position]
    *_, last = [None, *statement_spans(before)]
    start = position if last is None or last.terminated else last.start
    unclosed = None if last is None else last.unclosed
    if unclosed is not None and text[unclosed] not in "'`":
        return None
    if unclosed is None and _LINE_COMMENT.search(before):
        return None
    if unclosed is not None:
        word_start, typed, quote = unclosed + 1, before[unclosed + 1 :], text[unclosed]
    else:
        typed = _WORD.findall(before)[0]
        word_start, quote = position - len(typed), ""
    return StatementContext(
        text,
        start,
        _tokens(text, start, unclosed if unclosed is not None else word_start),
        _tokens_after(text, start, position, quote),
        word_start,
        typed,
        quote,
    )


def _tokens_after(text: str, start: int, position: int, quote: str) -> tuple[Token, ...]:
    if quote:
        closing = text.find(quote, position)
        position = position if closing < 0 else closing + 1
    spans = [span for span in statement_spans(text[start:]) if start + span.end > position]
    end = start + spans[0].end if spans else position
    return _tokens(text, position, end)


def _tokens(text: str, start: int, end: int) -> tuple[Token, ...]:
    try:
        return tuple(tokenize(text, start, end, LineIndex(text))) if start < end else ()
    except SqlError:
        return ()
