"""Results as text tables, laid out as Flink's tableau result mode lays them out.

A stream's rows are printed as they come, so its column widths follow from the types; a finished result's widths
follow from its content. Source: Flink documentation, "SQL Client", result modes.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TextIO

from sqlstream.session.text_result import TextPage, TextResult
from sqlstream.types import logical as t
from sqlstream.types.schema import Schema

NULL = "<NULL>"
MAX_COLUMN_WIDTH = 30
_ELLIPSIS = "..."

_FIXED_WIDTHS: dict[type, Callable[[Any], int]] = {
    t.BooleanType: lambda _: 5,
    t.TinyIntType: lambda _: 4,
    t.SmallIntType: lambda _: 6,
    t.IntType: lambda _: 11,
    t.BigIntType: lambda _: 20,
    t.DecimalType: lambda d: d.precision + 2,
    t.DateType: lambda _: 10,
    t.TimeType: lambda p: 8 if p.precision == 0 else 9 + p.precision,
    t.TimestampType: lambda p: 19 if p.precision == 0 else 20 + p.precision,
    t.LocalZonedTimestampType: lambda p: 19 if p.precision == 0 else 20 + p.precision,
}


def display_width(text: str) -> int:
    """Columns of a terminal that ``text`` takes: wide East Asian characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def fit(text: str, width: int) -> str:
    """``text`` right-aligned in ``width`` columns, shortened with dots where it is too long."""
    if display_width(text) <= width:
        return " " * (width - display_width(text)) + text
    kept = ""
    for character in text:
        if display_width(kept + character) > width - len(_ELLIPSIS):
            break
        kept += character
    return " " * (width - display_width(kept) - len(_ELLIPSIS)) + kept + _ELLIPSIS


class Layout:
    """Column widths of one table, and the lines they make."""

    def __init__(self, headers: Sequence[str], widths: Sequence[int], changelog: bool) -> None:
        self._headers = [*(["op"] if changelog else []), *headers]
        self._widths = [*([2] if changelog else []), *widths]

    @property
    def border(self) -> str:
        return "+" + "+".join("-" * (width + 2) for width in self._widths) + "+"

    @property
    def heading(self) -> list[str]:
        return [self.border, self.row(self._headers), self.border]

    def row(self, cells: Sequence[str]) -> str:
        return "|" + "|".join(f" {fit(c, w)} " for c, w in zip(cells, self._widths, strict=True)) + "|"


def widths_by_type(schema: Schema, max_column_width: int) -> list[int]:
    """The widest a value of each column's type can be, at least its name and ``<NULL>``."""
    natural = [_FIXED_WIDTHS.get(type(f.type), lambda _: max_column_width)(f.type) for f in schema]
    return [max(width, display_width(f.name), len(NULL)) for width, f in zip(natural, schema, strict=True)]


def widths_by_content(schema: Schema, rows: Sequence[Sequence[str]], max_column_width: int) -> list[int]:
    """As wide as the widest cell, at most ``max_column_width``, at least the column's name."""
    longest = [max((display_width(row[i]) for row in rows), default=0) for i in range(len(schema))]
    return [max(min(w, max_column_width), display_width(f.name)) for w, f in zip(longest, schema, strict=True)]


def text_rows(result: TextResult) -> Iterator[list[str]]:
    """The result's rows as text cells; the first is the kind's short name when it is a changelog. Cells of other than
    queries may be empty (DESCRIBE), and are shown so."""
    for page in result.pages():
        yield from _page_rows(page, result.changelog, NULL if result.is_query else "")


def _page_rows(page: TextPage, changelog: bool, null: str = NULL) -> Iterator[list[str]]:
    for kind, cells in zip(page.kinds, page.rows, strict=True):
        texts = [null if cell is None else cell for cell in cells]
        yield [kind.short, *texts] if changelog else texts


def print_result(
    result: TextResult,
    *,
    out: TextIO | None = None,
    max_column_width: int = MAX_COLUMN_WIDTH,
    clock: Callable[[], float] | None = None,
) -> None:
    """Print ``result`` with a closing count; with ``clock`` (seconds), the time it took is told too."""
    out = out or sys.stdout
    clock = clock if result.is_query else None
    started = clock() if clock else 0.0

    def took() -> str:
        return f" ({clock() - started:.2f} seconds)" if clock else ""

    if not result.schema.fields:
        out.write("OK\n")
    elif result.is_text:
        out.write("".join(f"{text}\n" for (text,) in text_rows(result)))
    elif result.changelog:
        count = _print_stream(result, out, max_column_width)
        out.write(f"Received a total of {_rows(count)}{took()}\n")
    else:
        count = _print_table(result, out, max_column_width if result.is_query else sys.maxsize)
        out.write((f"{_rows(count)} in set" if count else "Empty set") + took() + "\n")
    out.flush()


def _rows(count: int) -> str:
    return f"{count} row{'s' if count > 1 else ''}"


def _print_stream(result: TextResult, out: TextIO, max_column_width: int) -> int:
    layout = Layout(result.schema.names, widths_by_type(result.schema, max_column_width), changelog=True)
    out.write("\n".join(layout.heading) + "\n")
    out.flush()
    count = 0
    try:
        for page in result.pages():
            for cells in _page_rows(page, changelog=True):
                out.write(layout.row(cells) + "\n")
                count += 1
            out.flush()
    finally:
        out.write(layout.border + "\n")
    return count


def _print_table(result: TextResult, out: TextIO, max_column_width: int) -> int:
    rows = list(text_rows(result))
    if rows:
        widths = widths_by_content(result.schema, rows, max_column_width)
        layout = Layout(result.schema.names, widths, changelog=False)
        lines = [*layout.heading, *(layout.row(row) for row in rows), layout.border]
        out.write("\n".join(lines) + "\n")
    return len(rows)
