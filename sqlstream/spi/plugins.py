"""Finding plugins by entry point; the built-in ones come the same way."""

from __future__ import annotations

import difflib
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from sqlstream.errors import ConnectorError


@cache
def _group(group: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)}


@cache
def load_plugin(group: str, name: str) -> Any:
    """An instance of the class that entry point ``name`` of ``sqlstream.<group>`` names.

    Raises ConnectorError listing what there is, with a suggestion, when there is no such plugin.
    """
    found = _group(f"sqlstream.{group}")
    if name not in found:
        kind = group.removesuffix("s")
        close = difflib.get_close_matches(name, found, n=1)
        suggestion = f"Did you mean '{close[0]}'? " if close else ""
        raise ConnectorError(
            f"Unknown {kind} '{name}'.", hint=f"{suggestion}Available: {', '.join(sorted(found)) or 'none'}."
        )
    return found[name].load()()


def plugin_names(group: str) -> list[str]:
    """The names installed in ``sqlstream.<group>``, sorted."""
    return sorted(_group(f"sqlstream.{group}"))
