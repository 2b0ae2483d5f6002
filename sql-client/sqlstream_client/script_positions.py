"""Places that a gateway's error names in the statement it was sent, as places in the script the statement is from."""

from __future__ import annotations

import re

from sqlstream.errors import Position, SqlError
from sqlstream.sql.splitting import Span
from sqlstream.sql.tokenizer import LineIndex

_POINTED = re.compile(r" \(line (?P<line>\d+), column (?P<column>\d+)\)\n  (?P<text>.*)\n {2,}(?P<carets>\^+)")
"""sqlstream's own way: the place, the line of text, and carets below it."""
_NAMED = re.compile(r"\bline (?P<line>\d+), column (?P<column>\d+)(?: to line (?P<last>\d+), column (?P<end>\d+))?")
"""Flink's: the place alone."""


class ScriptPositions:
    """``sent`` is what a gateway was sent for the statement at ``span`` of ``source``: the same but for its beginning,
    and so the same counted from its end."""

    def __init__(self, source: str, span: Span, sent: str) -> None:
        self._source = source
        self._span = span
        self._sent = sent
        self._lines = sent.split("\n")
        self._index = LineIndex(source)

    def placed(self, message: str) -> str:
        """``message`` with lines and columns of the script, and the script's line shown where a place is named. Places
        in other texts, of a view for example, stay what they are."""
        placed, count = _POINTED.subn(self._pointed, message)
        if count:
            return placed
        found = _NAMED.search(message)
        here = None if found is None else self._position(int(found["line"]), int(found["column"]), _length(found))
        if here is None:
            return message
        shown = str(SqlError("", position=here, source=self._source)).partition("\n")[2]
        return f"{_NAMED.sub(self._named, message)}\n{shown}"

    def _pointed(self, found: re.Match[str]) -> str:
        line = int(found["line"])
        here = self._position(line, int(found["column"]), len(found["carets"]))
        if here is None or self._lines[line - 1].expandtabs(1) != found["text"]:
            return found[0]
        return str(SqlError("", position=here, source=self._source))

    def _named(self, found: re.Match[str]) -> str:
        here = self._position(int(found["line"]), int(found["column"]))
        if here is None:
            return found[0]
        text = f"line {here.line}, column {here.column}"
        last = None if found["last"] is None else self._position(int(found["last"]), int(found["end"]))
        return text if last is None else f"{text} to line {last.line}, column {last.column}"

    def _position(self, line: int, column: int, length: int = 1) -> Position | None:
        """The place in the script of one in what was sent; None when that has no such place."""
        if not 1 <= line <= len(self._lines) or not 1 <= column <= len(self._lines[line - 1]) + 1:
            return None
        from_end = len(self._sent) - sum(len(text) + 1 for text in self._lines[: line - 1]) - (column - 1)
        return self._index.position(max(self._span.start, self._span.end - from_end), length)


def _length(found: re.Match[str]) -> int:
    """Of what is between the two places, when they are on one line."""
    if found["last"] is None or found["last"] != found["line"]:
        return 1
    return int(found["end"]) - int(found["column"]) + 1
