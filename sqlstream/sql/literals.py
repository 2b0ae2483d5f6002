"""Literals that need more than a token: temporal values and Unicode escapes."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from sqlstream.sql.nodes import TemporalLiteral

_FORMATS = {
    "DATE": (re.compile(r"\d{4}-\d{1,2}-\d{1,2}\Z"), "Write DATE 'yyyy-MM-dd'."),
    "TIME": (re.compile(r"\d{1,2}:\d{1,2}:\d{1,2}(\.\d{1,9})?\Z"), "Write TIME 'HH:mm:ss'."),
    "TIMESTAMP": (
        re.compile(r"\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{1,2}:\d{1,2}(\.\d{1,9})?\Z"),
        "Write TIMESTAMP 'yyyy-MM-dd HH:mm:ss'.",
    ),
}
_MICROS = 6
_NANO_YEARS = (1678, 2261)
"""The whole years that nanoseconds since the epoch reach in 64 bits."""
_NUMBER = re.compile(r"\d+")


def temporal_literal(kind: str, text: str) -> TemporalLiteral | str:
    """The node of ``kind 'text'`` with its parts padded to full width; where ``text`` is no such value, a hint."""
    pattern, hint = _FORMATS[kind]
    text = text.strip()
    if not pattern.match(text):
        return hint
    main, point, fraction = text.partition(".")
    main = _NUMBER.sub(lambda number: number[0].zfill(2), main)
    try:
        _BUILDERS[kind](main)
    except ValueError as error:
        return f"{str(error).capitalize()}."
    if kind == "TIMESTAMP" and len(fraction) > _MICROS and not _NANO_YEARS[0] <= int(main[:4]) <= _NANO_YEARS[1]:
        return f"With more than {_MICROS} digits of a second, years are {_NANO_YEARS[0]} to {_NANO_YEARS[1]}."
    return TemporalLiteral(this=f"{main}{point}{fraction}", kind=kind)


_BUILDERS = {"DATE": date.fromisoformat, "TIME": time.fromisoformat, "TIMESTAMP": datetime.fromisoformat}


def unicode_text(text: str, escape: str) -> str | None:
    """The text of U&'...' with its ``escape``-hhhh sequences replaced; None when one is malformed."""
    mark = re.escape(escape)
    pattern = re.compile(f"{mark}(?:({mark})|([0-9A-Fa-f]{{4}})|(.|$))", re.DOTALL)
    if any(match[3] is not None for match in pattern.finditer(text)):
        return None
    return pattern.sub(lambda match: match[1] or chr(int(match[2], 16)), text)
