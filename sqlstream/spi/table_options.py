"""Checking the WITH options of a table against what its connector and format declare."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlstream.config.configuration import Configuration
from sqlstream.config.option import STRING, ConfigOption
from sqlstream.errors import ConfigError
from sqlstream.spi.connector import ConnectorFactory
from sqlstream.spi.format import FormatFactory, RowLayout
from sqlstream.spi.plugins import load_plugin
from sqlstream.types.schema import Schema

FORMAT = ConfigOption("format", STRING, None, "How rows are written as bytes: the name of a format.", required=True)


def check_options(factory: ConnectorFactory, options: Configuration) -> None:
    """Raises ConfigError for an option that nobody declared, that does not parse, or that is required and missing.

    A ``#`` in a declared key stands for any text, as in ``fields.#.kind``.
    """
    _check(factory, options, {option.key: option for option in factory.options})


def checked_format(factory: ConnectorFactory, options: Configuration) -> FormatFactory:
    """The format that the ``format`` option names, after :func:`check_options` of the connector's and its options.

    Raises ConfigError without one, ConnectorError when no such format is installed.
    """
    declared = {option.key: option for option in factory.options}
    if FORMAT.key not in options:
        _check(factory, Configuration({key: value for key, value in options.items() if "." not in key}), declared)
    format_: FormatFactory = load_plugin("formats", options.option(FORMAT))
    _check(factory, options, declared | {f"{format_.identifier}.{option.key}": option for option in format_.options})
    return format_


def format_options(options: Configuration, format_: FormatFactory) -> Configuration:
    """The options of ``format_`` without their prefix: ``csv.field-delimiter`` becomes ``field-delimiter``."""
    prefix = f"{format_.identifier}."
    return Configuration({key.removeprefix(prefix): value for key, value in options.items() if key.startswith(prefix)})


_VALUE = "value."


def record_metadata(format_: FormatFactory) -> dict[str, Any]:
    """What ``format_`` can tell of a record, as a connector offers it: ``value.KEY`` -> LogicalType."""
    return {f"{_VALUE}{key}": type_ for key, type_ in format_.metadata().items()}


def record_layout(columns: Schema, wanted: Schema, metadata_keys: Mapping[str, str]) -> RowLayout:
    """How to read the ``wanted`` columns that a format gives: of the row's ``columns``, and of its record's metadata,
    the keys of which begin with ``value.``."""
    keys = {name: key.removeprefix(_VALUE) for name, key in metadata_keys.items() if key.startswith(_VALUE)}
    told = tuple(field for field in wanted if field.name in keys)
    held = Schema((*columns, *told))
    indices = (held.index_of(field.name) for field in wanted)
    return RowLayout(held, tuple(i for i in indices if i is not None), {field.name: keys[field.name] for field in told})


def _check(factory: ConnectorFactory, options: Configuration, declared: Mapping[str, ConfigOption[Any]]) -> None:
    for key, value in options.items():
        option = next((option for pattern, option in declared.items() if _matches(key, pattern)), None)
        if option is None:
            raise _unknown(key, factory.identifier, declared)
        replace(option, key=key).parse(value)
    for key, option in declared.items():
        if option.required and key not in options:
            raise ConfigError(f"Connector '{factory.identifier}' requires the option '{key}'.", hint=option.doc)


def _matches(key: str, pattern: str) -> bool:
    return key == pattern or (
        "#" in pattern and re.fullmatch(".+".join(map(re.escape, pattern.split("#"))), key) is not None
    )


def _unknown(key: str, connector: str, known: Iterable[str]) -> ConfigError:
    names = sorted(known)
    close = difflib.get_close_matches(key, names, n=1)
    suggestion = f"Did you mean '{close[0]}'? " if close else ""
    return ConfigError(
        f"Unknown option '{key}' for connector '{connector}'.",
        hint=f"{suggestion}Options: {', '.join(names) or 'none'}.",
    )
