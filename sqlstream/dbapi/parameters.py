"""Parameters in SQL text: ``?`` outside strings, quoted names and comments stands for the next one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlstream.dbapi.exceptions import ProgrammingError
from sqlstream.dbapi.literals import literal

MAX_ROWS = 1_000
MAX_CHARACTERS = 1_000_000
"""How much one INSERT made of many may hold; what is more goes into another."""

_OPAQUE = re.compile(
    r"""
    (?P<opaque>
        \b[eE]'(?:[^'\\]|\\.|'')*'      # string with escapes
      | '(?:[^']|'')*'                  # string
      | `(?:[^`]|``)*`                  # quoted name
      | "(?:[^"]|"")*"
      | --[^\r\n]*                      # comment to the end of the line
      | /\*.*?\*/                       # comment, or hint
    )
  | (?P<marker>\?)
  | (?P<open>\()
  | (?P<close>\))
  | (?P<values>\bVALUES\b)
  | (?P<insert>\bINSERT\b)
  | (?P<end>;)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)

Parameters = Sequence[Any]


def bind(statement: str, parameters: Parameters) -> str:
    """``statement`` with its markers replaced by literals. ProgrammingError when there are more or fewer parameters."""
    return _filled(_pieces(statement), parameters)


def bind_many(statement: str, rows: Sequence[Parameters]) -> Iterator[str]:
    """The statements that do ``statement`` for each of ``rows``: an INSERT of one row of VALUES becomes INSERTs of many
    rows, so that not every row is a job.
    """
    insert = _single_row_insert(statement)
    if insert is None:
        pieces = _pieces(statement)
        yield from (_filled(pieces, row) for row in rows)
        return
    head, row_text = insert
    pieces = _pieces(row_text)
    chunk: list[str] = []
    size = 0
    for row in rows:
        text = _filled(pieces, row)
        if chunk and (len(chunk) == MAX_ROWS or size + len(text) > MAX_CHARACTERS):
            yield head + ", ".join(chunk)
            chunk, size = [], 0
        chunk.append(text)
        size += len(text)
    if chunk:
        yield head + ", ".join(chunk)


def _pieces(statement: str) -> list[str]:
    """The text between the markers: one piece more than there are markers."""
    pieces, start = [], 0
    for match in _OPAQUE.finditer(statement):
        if match.lastgroup == "marker":
            pieces.append(statement[start : match.start()])
            start = match.end()
    return [*pieces, statement[start:]]


def _filled(pieces: list[str], parameters: Parameters) -> str:
    if isinstance(parameters, Mapping | str | bytes):
        raise ProgrammingError(
            f"Parameters come as a sequence, not as {type(parameters).__name__}.",
            hint="The parameter style is qmark: 'WHERE a = ? AND b = ?' with a list or tuple of two values.",
        )
    if len(parameters) != len(pieces) - 1:
        raise ProgrammingError(
            f"The statement has {len(pieces) - 1} markers (?) for parameters, and {len(parameters)} came with it."
        )
    texts = [pieces[0]]
    for value, piece in zip(parameters, pieces[1:], strict=True):
        texts += (literal(value), piece)
    return "".join(texts)


def _single_row_insert(statement: str) -> tuple[str, str] | None:
    """What is before the row of an ``INSERT ... VALUES (...)``, and the row.

    None for any other statement, and where a marker is outside the row.
    """
    depth, start, end = 0, None, None
    is_insert = after_values = False
    for match in _OPAQUE.finditer(statement):
        kind = match.lastgroup
        if end is not None and kind != "end":
            return None
        if kind == "insert":
            is_insert = True
        elif kind == "values" and depth == 0:
            after_values = True
        elif kind == "marker" and start is None:
            return None
        elif kind == "open":
            if depth == 0 and after_values:
                start = match.start()
            depth += 1
        elif kind == "close":
            depth -= 1
            if depth == 0 and start is not None:
                end = match.end()
    if not is_insert or start is None or end is None or statement[end:].strip(" \t\r\n;"):
        return None
    return statement[:start], statement[start:end]
