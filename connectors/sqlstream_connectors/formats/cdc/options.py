"""The options of the CDC formats, with Flink's keys."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sqlstream.config.configuration import Configuration
from sqlstream.config.option import BOOLEAN, STRING, ConfigOption
from sqlstream.errors import ConfigError
from sqlstream_connectors.formats.json.options import (
    IGNORE_NULL_FIELDS,
    IGNORE_PARSE_ERRORS,
    MAP_NULL_KEY_LITERAL,
    MAP_NULL_KEY_MODE,
    PLAIN_DECIMALS,
    TIMESTAMP_FORMAT,
    JsonReading,
)

SCHEMA_INCLUDE = ConfigOption(
    "schema-include", BOOLEAN, False,
    "Whether each change is the 'payload' of an object that has its schema too. Such changes are only read.",
)  # fmt: skip
DATABASE_INCLUDE = ConfigOption(
    "database.include", STRING, None, "A regular expression: only changes of databases that match it whole are read."
)
TABLE_INCLUDE = ConfigOption(
    "table.include", STRING, None, "A regular expression: only changes of tables that match it whole are read."
)

CDC_OPTIONS: tuple[ConfigOption[Any], ...] = (
    IGNORE_PARSE_ERRORS,
    TIMESTAMP_FORMAT,
    MAP_NULL_KEY_MODE,
    MAP_NULL_KEY_LITERAL,
    PLAIN_DECIMALS,
    IGNORE_NULL_FIELDS,
)
INCLUDE_OPTIONS = {"database": DATABASE_INCLUDE, "table": TABLE_INCLUDE}
"""By the field of the record that is matched."""


@dataclass(frozen=True)
class CdcReading:
    """How changes are read: their JSON, whether they are in a ``payload``, and field -> expression it must match."""

    json: JsonReading
    in_payload: bool = False
    include: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, format_: str, options: Configuration) -> CdcReading:
        """ConfigError for a regular expression that is none."""
        include = {name: options.optional(option) for name, option in INCLUDE_OPTIONS.items()}
        given = {name: _checked(INCLUDE_OPTIONS[name].key, text) for name, text in include.items() if text is not None}
        json = JsonReading(ignore_errors=options.option(IGNORE_PARSE_ERRORS), format=format_)
        return cls(json, options.option(SCHEMA_INCLUDE), given)


def _checked(key: str, text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ConfigError(f"Invalid value '{text}' for option '{key}': {error}.") from error
    return text
