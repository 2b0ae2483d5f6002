"""What may be typed between single quotes: options of SET, RESET and WITH (...), and their values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlstream.config.option import ConfigOption
from sqlstream.errors import SqlStreamError
from sqlstream.session.completion.candidate import Candidate
from sqlstream.session.completion.names import SqlNames
from sqlstream.session.options import settable_options
from sqlstream.spi.plugins import load_plugin, plugin_names

_PAIRS = r"(?:'[^']*'\s*=\s*'[^']*'\s*,\s*)*"
_SET_KEY = re.compile(r"\b(?:SET|RESET)\s+$", re.IGNORECASE)
_SET_VALUE = re.compile(r"\bSET\s+'([^']*)'\s*=\s*$", re.IGNORECASE)
_WITH_KEY = re.compile(rf"\b(?P<kind>CATALOG\b[^(]*?)?\bWITH\s*\(\s*(?P<given>{_PAIRS})$", re.IGNORECASE | re.DOTALL)
_WITH_VALUE = re.compile(
    rf"\b(?P<kind>CATALOG\b[^(]*?)?\bWITH\s*\(\s*(?P<given>{_PAIRS})'(?P<key>[^']*)'\s*=\s*$", re.IGNORECASE | re.DOTALL
)
_PAIR = re.compile(r"'([^']*)'\s*=\s*'([^']*)'")
_PLUGINS = {"connector": "connectors", "format": "formats", "key.format": "formats", "value.format": "formats"}
"""Option key -> the kind of plugin that its value names, and whose options are then offered."""

Options = Mapping[str, ConfigOption[Any]]


def option_candidates(before: str, start: int, names: SqlNames) -> list[Candidate]:
    """What fits behind the quote at the end of ``before``; ``start`` is where that text goes. Nothing where the quote
    is no option's."""
    if _SET_KEY.search(before):
        declared = settable_options()
        return [*_keys(declared, start), *(Candidate(key, start, "option") for key in names.settings())]
    if found := _SET_VALUE.search(before):
        return _values(settable_options().get(found[1]), start)
    if found := _WITH_KEY.search(before):
        given = dict(_PAIR.findall(found["given"]))
        options = {} if found["kind"] else _table_options(given)
        plugin = "type" if found["kind"] else "connector"
        return [
            *(Candidate(key, start, "option") for key in (plugin,) if key not in given),
            *_keys({key: option for key, option in sorted(options.items()) if key not in given}, start),
        ]
    if found := _WITH_VALUE.search(before):
        if found["kind"]:
            return _plugins("catalogs", start) if found["key"] == "type" else []
        if found["key"] in _PLUGINS:
            return _plugins(_PLUGINS[found["key"]], start)
        return _values(_table_options(dict(_PAIR.findall(found["given"]))).get(found["key"]), start)
    return []


def _keys(options: Options, start: int) -> list[Candidate]:
    return [Candidate(key, start, "option", option.doc) for key, option in options.items()]


def _values(option: ConfigOption[Any] | None, start: int) -> list[Candidate]:
    return [] if option is None else [Candidate(text, start, "value") for text in option.type.choices]


def _plugins(group: str, start: int) -> list[Candidate]:
    return [Candidate(name, start, group.removesuffix("s")) for name in plugin_names(group)]


def _table_options(given: dict[str, str]) -> dict[str, ConfigOption[Any]]:
    """Key -> option, of the connector and the formats given so far."""
    known: dict[str, ConfigOption[Any]] = {}
    for key, group in _PLUGINS.items():
        if key in given:
            prefix = f"{key.removesuffix('format')}{given[key]}." if group == "formats" else ""
            known.update({prefix + option.key: option for option in _declared(group, given[key])})
    return known


def _declared(group: str, name: str) -> Iterable[ConfigOption[Any]]:
    try:
        options: Iterable[ConfigOption[Any]] = load_plugin(group, name).options
        return options
    except (SqlStreamError, ImportError):
        return []
