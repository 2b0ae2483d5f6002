"""What may be typed between quotes in a table's WITH (...): option keys, connectors and formats."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlstream.errors import SqlStreamError
from sqlstream.spi.plugins import load_plugin, plugin_names

_OPTIONS = re.compile(r"\bWITH\s*\(\s*((?:'[^']*'\s*=\s*'[^']*'\s*,\s*)*)('[^']*'\s*=\s*)?'([^']*)$", re.IGNORECASE)
_PAIR = re.compile(r"'([^']*)'\s*=\s*'([^']*)'")
_PLUGINS = {"connector": "connectors", "format": "formats"}
"""Option key -> the kind of plugin that its value names, and whose options are then offered."""


@dataclass(frozen=True)
class OfferedWords:
    """``typed`` is what stands between the quote and the cursor, ``kind`` what the words are."""

    words: tuple[str, ...]
    typed: str
    kind: str


def table_option_words(before: str) -> OfferedWords | None:
    """What fits at the end of ``before``, or None where that is not inside a quote of WITH (...)."""
    found = _OPTIONS.search(before)
    if found is None:
        return None
    given, key, typed = dict(_PAIR.findall(found[1])), found[2], found[3]
    if key is None:
        return OfferedWords(tuple(sorted(_keys(given) - given.keys())), typed, "option")
    group = _PLUGINS.get(key.partition("=")[0].strip().strip("'"))
    return OfferedWords(tuple(plugin_names(group)) if group else (), typed, group.removesuffix("s") if group else "")


def _keys(given: dict[str, str]) -> set[str]:
    """The keys that the connector and format given so far understand."""
    keys = {"connector"}
    for key, group in _PLUGINS.items():
        if key in given:
            prefix = f"{given[key]}." if group == "formats" else ""
            keys.update(prefix + option for option in _declared(group, given[key]))
    return keys


def _declared(group: str, name: str) -> Iterable[str]:
    try:
        return [option.key for option in load_plugin(group, name).options]
    except (SqlStreamError, ImportError):
        return []
