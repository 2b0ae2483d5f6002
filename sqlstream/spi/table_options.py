"""Checking the WITH options of a table against what its connector and format declare."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlstream.config.configuration import Configuration
from sqlstream.config.option import STRING, ConfigOption
from sqlstream.errors import ConfigError
from sqlstream.spi.connector import ConnectorFactory
from sqlstream.spi.format import FormatFactory
from sqlstream.spi.plugins import load_plugin

FORMAT = ConfigOption("format", STRING, None, "How rows are written as bytes: the name of a format.", required=True)


def load_format(options: Configuration) -> FormatFactory:
    """The format named by the ``format`` option; ConfigError without one, ConnectorError when there is none such."""
    format_: FormatFactory = load_plugin("formats", options.option(FORMAT))
    return format_


def format_options(options: Configuration, format_: FormatFactory) -> Configuration:
    """The options of ``format_`` without their prefix: ``csv.field-delimiter`` becomes ``field-delimiter``."""
    prefix = f"{format_.identifier}."
    return Configuration({key.removeprefix(prefix): value for key, value in options.items() if key.startswith(prefix)})


def check_options(factory: ConnectorFactory, options: Configuration, format_: FormatFactory | None = None) -> None:
    """Raises ConfigError for an option that nobody declared, that does not parse, or that is required and missing.

    A ``#`` in a declared key stands for any text, as in ``fields.#.kind``.
    """
    connector = [(option.key, option) for option in factory.options]
    prefixed = [(f"{format_.identifier}.{option.key}", option) for option in format_.options] if format_ else []
    declared = [*connector, *prefixed]
    for key, option in declared:
        if option.required and key not in options:
            raise ConfigError(f"Connector '{factory.identifier}' requires the option '{key}'.", hint=option.doc)
    for key, value in options.items():
        option_of_key = _find(key, declared)
        if option_of_key is None:
            raise _unknown(key, factory.identifier, [known for known, _ in declared])
        option_of_key.parse(value)


def _find(key: str, declared: Sequence[tuple[str, ConfigOption[Any]]]) -> ConfigOption[Any] | None:
    return next((option for pattern, option in declared if _matches(key, pattern)), None)


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
