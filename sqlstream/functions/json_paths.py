"""The JSON paths of SQL: ``$``, then ``.name``, ``['name']`` and ``[index]``; ``lax`` or ``strict`` may come first."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from sqlstream.errors import DataError

_STEP = re.compile(
    r"\s*(?:\.\s*(?P<name>[\w$-]+)|\[\s*(?:(?P<index>\d+)|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\")\s*\])"
)
_START = re.compile(r"\s*(?:(?:lax|strict)\s+)?\$")

MISSING = object()
"""What :func:`find` gives when a path leads nowhere."""


@cache
def parse_path(path: str) -> tuple[str | int, ...]:
    """The steps of ``path``: names and 0-based indices. DataError when it is no such path."""
    start = _START.match(path)
    if start is None:
        raise DataError(f"Invalid JSON path '{path}'.", hint="A path starts with $, for example $.a.b[0].")
    steps: list[str | int] = []
    offset = start.end()
    while offset < len(path.rstrip()):
        match = _STEP.match(path, offset)
        if match is None:
            raise DataError(
                f"Invalid JSON path '{path}' at '{path[offset:]}'.", hint="Supported: .name, ['name'] and [index]."
            )
        steps.append(
            int(match["index"]) if match["index"] else match["name"] or match["single"] or match["double"] or ""
        )
        offset = match.end()
    return tuple(steps)


def find(document: str, path: tuple[str | int, ...]) -> Any:
    """The value at ``path``, numbers as their text; MISSING if there is none or ``document`` is no JSON."""
    try:
        value = json.loads(document, parse_int=str, parse_float=str)
    except ValueError:
        return MISSING
    for step in path:
        if not _has(value, step):
            return MISSING
        value = value[step]
    return value


def _has(value: Any, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(value, list) and step < len(value)
    return isinstance(value, dict) and step in value
