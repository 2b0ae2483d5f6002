"""A live result as a screen: which rows are seen, which one is selected, and how that is drawn. No terminal, no clock.

The keys, the words and the refresh intervals are those of Flink's SQL client.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlstream.session.tableau import NULL, display_width, fit
from sqlstream.session.text_result import Cells
from sqlstream.types.schema import Schema

REFRESH_INTERVALS: tuple[tuple[str, float | None], ...] = (
    ("Fastest", 0.05),
    ("100 ms", 0.1),
    ("500 ms", 0.5),
    ("1 s", 1.0),
    ("5 s", 5.0),
    ("10 s", 10.0),
    ("1 min", 60.0),
    ("-", None),
)
"""Name and seconds; the last one refreshes only when asked to."""
_DEFAULT_INTERVAL = 3
_HEADING_LINES = 4
_FOOTER = (
    ("Q", "Quit"), ("R", "Refresh"), ("+", "Inc Refresh"), ("-", "Dec Refresh"), ("G", "Goto Page"),
    ("L", "Last Page"), ("N", "Next Page"), ("P", "Prev Page"), ("O", "Open Row"),
)  # fmt: skip
_ROW_FOOTER = (("Q", "Back"), ("Up", "Scroll up"), ("Down", "Scroll down"))
_SHIFT = 8

Line = list[tuple[str, str]]
"""A line of the screen: (style, text) after (style, text)."""


@dataclass(frozen=True)
class Size:
    rows: int
    columns: int


class ResultScreen:
    """Shows snapshots of a result's rows, in columns of ``widths``, headed by the names of ``headers``; ``types`` are
    what the view of one row tells beside its names. :meth:`press` reacts to keys, :meth:`lines` draws."""

    def __init__(self, title: str, headers: Sequence[str], types: Sequence[str], widths: Sequence[int]) -> None:
        self._title = title
        self._headers = headers
        self._types = types
        self._widths = widths
        self._rows: list[Cells] = []
        self._awaited: Sequence[str] = ()
        self._updated = "Unknown"
        self._finished = False
        self._interval = _DEFAULT_INTERVAL
        self._page: int | None = None
        """Counted from 0; None is the last one, whichever that is."""
        self._selected: int | None = None
        self._shift = 0
        self._goto: str | None = None
        """What has been typed as a page number so far, None when none is asked for."""
        self._opened: Cells | None = None
        self._scrolled = 0
        self.wants_refresh = False
        self.has_quit = False

    @property
    def interval(self) -> float | None:
        """Seconds until the rows are to be looked at again; None: not before the user asks."""
        return REFRESH_INTERVALS[self._interval][1]

    def refresh(self, rows: list[Cells], time: str, *, finished: bool, awaited: Sequence[str] = ()) -> None:
        """Show ``rows`` from now on, ``time`` being when they were looked at; ``finished``: they are final. While
        there are none, the lines of ``awaited`` tell what they are waiting for."""
        self._rows = rows
        self._awaited = awaited
        self._updated = time
        self._finished = finished
        self.wants_refresh = False

    # -- keys --

    def press(self, key: str, size: Size) -> None:
        """React to ``key``: a character, or one of enter, escape, up, down, left, right, backspace."""
        key = key.lower()
        if self._goto is not None:
            self._press_in_goto(key, size)
        elif self._opened is not None:
            self._press_in_row(key)
        elif key in _ACTIONS:
            _ACTIONS[key](self, size)

    def _press_in_goto(self, key: str, size: Size) -> None:
        typed = self._goto or ""
        if key.isdigit():
            self._goto = typed + key
        elif key == "backspace":
            self._goto = typed[:-1]
        elif key in ("enter", "escape"):
            self._goto = None
            if key == "enter" and typed:
                self._go_to(min(max(int(typed), 1), self._pages(size)) - 1, size)

    def _press_in_row(self, key: str) -> None:
        if key in ("q", "escape", "enter"):
            self._opened = None
        elif key in ("up", "w"):
            self._scrolled = max(0, self._scrolled - 1)
        elif key in ("down", "s"):
            self._scrolled += 1

    def _quit(self, size: Size) -> None:
        self.has_quit = True

    def _ask_refresh(self, size: Size) -> None:
        self.wants_refresh = True

    def _change_interval(self, by: int) -> None:
        self._interval = min(max(self._interval + by, 0), len(REFRESH_INTERVALS) - 1)
        self.wants_refresh = True

    def _ask_page(self, size: Size) -> None:
        self._goto = ""

    def _go_to(self, page: int, size: Size) -> None:
        self._page = page if page < self._pages(size) - 1 else None
        self._selected = None

    def _go_by(self, by: int, size: Size) -> None:
        self._go_to(min(max(self._current_page(size) + by, 0), self._pages(size) - 1), size)

    def _select_by(self, by: int, size: Size) -> None:
        count = len(self._seen(size))
        if count:
            before = self._selected
            start = (-1 if by > 0 else count) if before is None or before >= count else before
            self._selected = min(max(start + by, 0), count - 1)

    def _shift_by(self, by: int) -> None:
        total = sum(self._widths) + len(self._widths)
        self._shift = min(max(self._shift + by * _SHIFT, 0), max(0, total - _SHIFT))

    def _open(self, size: Size) -> None:
        seen = self._seen(size)
        if self._selected is not None and self._selected < len(seen):
            self._opened, self._scrolled = seen[self._selected], 0

    # -- what is seen --

    def _page_size(self, size: Size) -> int:
        return max(1, size.rows - _HEADING_LINES - len(_footer_lines(_FOOTER, size.columns)))

    def _pages(self, size: Size) -> int:
        return max(1, -(-len(self._rows) // self._page_size(size)))

    def _current_page(self, size: Size) -> int:
        last = self._pages(size) - 1
        return last if self._page is None else min(self._page, last)

    def _seen(self, size: Size) -> list[Cells]:
        start = self._current_page(size) * self._page_size(size)
        return self._rows[start : start + self._page_size(size)]

    # -- drawing --

    def lines(self, size: Size) -> list[Line]:
        """The whole screen, one entry a line."""
        drawn = self._row_lines(size) if self._opened is not None else self._table_lines(size)
        return drawn[: size.rows]

    def _table_lines(self, size: Size) -> list[Line]:
        waiting = self._awaited[: self._page_size(size)] if not self._rows else ()
        body: list[Line] = [[("", self._cut(text, size))] for text in waiting]
        for index, cells in enumerate(self._seen(size)):
            style = "reverse" if index == self._selected else ""
            body.append([(style, self._cut(self._row(cells), size))])
        body += [[("", "")] for _ in range(self._page_size(size) - len(body))]
        return [
            [("class:title", _centered(self._title, size.columns))],
            [("reverse", _spread(*self._status(size), size.columns))],
            [("", "")],
            [("underline", self._cut(self._row(tuple(self._headers)), size))],
            *body,
            *(self._goto_lines(size) if self._goto is not None else _footer_lines(_FOOTER, size.columns)),
        ]

    def _status(self, size: Size) -> tuple[str, str, str]:
        left = " Table program finished." if self._finished else f" Refresh: {REFRESH_INTERVALS[self._interval][0]}"
        page = "Last" if self._page is None else str(self._current_page(size) + 1)
        return left, f"Page: {page} of {self._pages(size)}", f"Updated: {self._updated} "

    def _goto_lines(self, size: Size) -> list[Line]:
        blank: list[Line] = [[("", "")] for _ in _footer_lines(_FOOTER, size.columns)[1:]]
        return [[("bold", f"Enter page number: {self._goto}_"), ("", "  (Enter goes there, Escape cancels)")], *blank]

    def _row(self, cells: Cells) -> str:
        texts = (NULL if cell is None else cell for cell in cells)
        return " ".join(fit(_one_line(text), width) for text, width in zip(texts, self._widths, strict=True))

    def _cut(self, text: str, size: Size) -> str:
        seen = text[self._shift : self._shift + size.columns]
        while display_width(seen) > size.columns:
            seen = seen[:-1]
        return seen

    def _row_lines(self, size: Size) -> list[Line]:
        content: list[Line] = []
        for header, type_, cell in zip(self._headers, self._types, self._opened or (), strict=True):
            content.append([("bold", header), ("", f" ({type_})" if type_ else "")])
            for part in (NULL if cell is None else cell).split("\n"):
                content += [[("", f"  {piece}")] for piece in textwrap.wrap(part, max(1, size.columns - 2)) or [""]]
            content.append([("", "")])
        footer = _footer_lines(_ROW_FOOTER, size.columns)
        room = max(1, size.rows - 2 - len(footer))
        self._scrolled = min(self._scrolled, max(0, len(content) - room))
        seen = content[self._scrolled : self._scrolled + room]
        seen += [[("", "")] for _ in range(room - len(seen))]
        return [[("class:title", _centered("SQL Query Result (Row)", size.columns))], [("", "")], *seen, *footer]


_ACTIONS: dict[str, Callable[[ResultScreen, Size], None]] = {
    **dict.fromkeys(("q", "escape"), ResultScreen._quit),
    **dict.fromkeys(("r", "f5"), ResultScreen._ask_refresh),
    **dict.fromkeys(("o", "enter"), ResultScreen._open),
    **dict.fromkeys(("up", "w"), lambda screen, size: screen._select_by(-1, size)),
    **dict.fromkeys(("down", "s"), lambda screen, size: screen._select_by(1, size)),
    **dict.fromkeys(("left", "a"), lambda screen, size: screen._shift_by(-1)),
    **dict.fromkeys(("right", "d"), lambda screen, size: screen._shift_by(1)),
    **dict.fromkeys(("n", "pagedown"), lambda screen, size: screen._go_by(1, size)),
    **dict.fromkeys(("p", "pageup"), lambda screen, size: screen._go_by(-1, size)),
    **dict.fromkeys(("l", "end"), lambda screen, size: screen._go_to(screen._pages(size) - 1, size)),
    "home": lambda screen, size: screen._go_to(0, size),
    "g": ResultScreen._ask_page,
    "+": lambda screen, size: screen._change_interval(1),
    "-": lambda screen, size: screen._change_interval(-1),
}

KEYS = (*_ACTIONS, "backspace", *"0123456789")
"""Every key that does something."""


def headers_and_types(schema: Schema, changelog: bool) -> tuple[list[str], list[str]]:
    """The names over the columns, and their types, ``op`` first where rows say what they do."""
    first = ["op"] if changelog else []
    return [*first, *schema.names], [*([""] * len(first)), *map(str, schema.types)]


def _one_line(text: str) -> str:
    return " ".join(text.split("\n"))


def _centered(text: str, columns: int) -> str:
    return text.center(columns)


def _spread(left: str, middle: str, right: str, columns: int) -> str:
    """``left`` at the left, ``right`` at the right, ``middle`` between them."""
    room = columns - len(left) - len(right)
    return f"{left}{middle.center(max(room, len(middle) + 2))}{right}"


def _footer_lines(keys: Sequence[tuple[str, str]], columns: int) -> list[Line]:
    """The keys and what they do, in as many lines as they need."""
    lines: list[Line] = [[]]
    used = 0
    for key, meaning in keys:
        text = f" {meaning}  "
        if lines[-1] and used + len(key) + len(text) > columns:
            lines.append([])
            used = 0
        lines[-1] += [("reverse", key), ("", text)]
        used += len(key) + len(text)
    return lines
