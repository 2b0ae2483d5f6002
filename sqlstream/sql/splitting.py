"""Where one statement of a script ends and the next begins, without parsing any of them.

A statement ends at a semicolon outside strings, quoted names, comments and statement-set blocks
(``STATEMENT SET BEGIN ... END``, ``BEGIN STATEMENT SET; ... END``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LEXEME = re.compile(
    r"""
    (?P<quoted> '(?:[^']|'')*+' | `(?:[^`]|``)*+` | "[^"\n]*+" )
  | (?P<hint> /\*\+.*?\*/ )
  | (?P<comment> --[^\n]* | /\*.*?\*/ )
  | (?P<unclosed> ' | ` | /\* )
  | (?P<end> ; )
  | (?P<word> [A-Za-z_]\w* )
  | (?P<other> [^\s] )
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_OPENINGS = (("STATEMENT", "SET", "BEGIN"), ("BEGIN", "STATEMENT", "SET"))


@dataclass(frozen=True)
class Span:
    """One statement's place: ``source[start:end]`` without its semicolon.

    ``terminated`` tells whether a semicolon (outside any block) ended it; ``unclosed`` is where a quote or comment
    was opened that has no end.
    """

    start: int
    end: int
    terminated: bool
    unclosed: int | None = None


def statement_spans(source: str) -> Iterator[Span]:
    """The statements of ``source`` in order; empty ones (only blanks and comments) are left out."""
    start: int | None = None
    end = 0
    words: tuple[str, ...] = ()
    in_block, open_cases = False, 0
    for lexeme in _LEXEME.finditer(source):
        kind = lexeme.lastgroup
        if kind == "comment" or (kind == "hint" and start is None):
            continue
        if kind == "unclosed":
            yield Span(lexeme.start() if start is None else start, len(source), False, lexeme.start())
            return
        if kind == "end" and not in_block:
            if start is not None:
                yield Span(start, end, True)
            start, words, open_cases = None, (), 0
            continue
        start = lexeme.start() if start is None else start
        end = lexeme.end()
        if kind == "word":
            word = lexeme.group().upper()
            words = (*words[-2:], word)
            if not in_block:
                in_block, open_cases = words in _BLOCK_OPENINGS, 0
            elif word == "CASE":
                open_cases += 1
            elif word == "END":
                in_block = open_cases > 0
                open_cases = max(0, open_cases - 1)
        elif not in_block:
            words = ()
    if start is not None:
        yield Span(start, end, False)


def is_complete(source: str) -> bool:
    """Whether ``source`` is whole statements: the last one ends with a semicolon, and nothing is left open."""
    spans = list(statement_spans(source))
    return bool(spans) and all(span.terminated for span in spans)
