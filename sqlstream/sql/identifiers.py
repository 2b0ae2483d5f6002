"""How names are written in SQL text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlstream.sql.keywords import RESERVED_KEYWORDS

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def quote(name: str) -> str:
    """``name`` in back-ticks, a back-tick inside it doubled; what SHOW CREATE TABLE prints."""
    return "`" + name.replace("`", "``") + "`"


def quote_path(path: Iterable[str]) -> str:
    """The dotted, fully quoted form of an object path."""
    return ".".join(map(quote, path))


def quote_if_needed(name: str) -> str:
    """``name`` as it can be typed: bare when it is a plain word and no reserved keyword, else in back-ticks."""
    return name if _PLAIN.match(name) and name.upper() not in RESERVED_KEYWORDS else quote(name)


def quote_literal(text: str) -> str:
    """``text`` as a string literal, a single quote inside it doubled."""
    return "'" + text.replace("'", "''") + "'"
