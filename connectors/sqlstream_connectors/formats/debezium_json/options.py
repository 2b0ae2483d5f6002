"""The options of the ``debezium-json`` format, with Flink's keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlstream.config.configuration import Configuration
from sqlstream.config.option import BOOLEAN, ConfigOption
from sqlstream.errors import ConfigError
from sqlstream_connectors.formats.json.options import (
    IGNORE_NULL_FIELDS,
    IGNORE_PARSE_ERRORS,
    PLAIN_DECIMALS,
    TIMESTAMP_FORMAT,
    JsonReading,
    JsonWriting,
)

SCHEMA_INCLUDE = ConfigOption(
    "schema-include", BOOLEAN, False,
    "Whether each change is the 'payload' of an object that has its schema too. Such changes are only read.",
)  # fmt: skip

DEBEZIUM_OPTIONS: tuple[ConfigOption[Any], ...] = (
    SCHEMA_INCLUDE,
    IGNORE_PARSE_ERRORS,
    TIMESTAMP_FORMAT,
    PLAIN_DECIMALS,
    IGNORE_NULL_FIELDS,
)


@dataclass(frozen=True)
class DebeziumReading:
    """How changes are read: their JSON, and whether they are in a ``payload``."""

    json: JsonReading
    schema_include: bool

    @classmethod
    def of(cls, options: Configuration) -> DebeziumReading:
        json = JsonReading(ignore_errors=options.option(IGNORE_PARSE_ERRORS), format="debezium-json")
        return cls(json, options.option(SCHEMA_INCLUDE))


def debezium_writing(options: Configuration) -> JsonWriting:
    """How changes are written; ConfigError when they are to have a schema."""
    if options.option(SCHEMA_INCLUDE):
        raise ConfigError(
            f"'debezium-json.{SCHEMA_INCLUDE.key}' is for reading: changes are written without their schema.",
            hint="Leave the option out.",
        )
    return JsonWriting.of(options)
