"""The options of the ``json`` format, with Flink's keys."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlstream.config.configuration import Configuration
from sqlstream.config.option import BOOLEAN, STRING, ConfigOption, enum_type
from sqlstream.errors import ConfigError


class TimestampFormat(Enum):
    SQL = "SQL"
    ISO_8601 = "ISO-8601"


class MapNullKeyMode(Enum):
    FAIL = "FAIL"
    DROP = "DROP"
    LITERAL = "LITERAL"


FAIL_ON_MISSING_FIELD = ConfigOption(
    "fail-on-missing-field", BOOLEAN, False, "Whether an object without one of the columns is an error."
)
IGNORE_PARSE_ERRORS = ConfigOption(
    "ignore-parse-errors", BOOLEAN, False, "Whether lines that cannot be read are skipped and counted."
)
TIMESTAMP_FORMAT = ConfigOption(
    "timestamp-format.standard", enum_type(TimestampFormat), TimestampFormat.SQL,
    "How timestamps are written: '2020-12-30 12:13:14.123' or '2020-12-30T12:13:14.123'. Both are read.",
)  # fmt: skip
PLAIN_DECIMALS = ConfigOption(
    "encode.decimal-as-plain-number", BOOLEAN, False, "Whether decimals are never written as 1E-8."
)
MAP_NULL_KEY_MODE = ConfigOption(
    "map-null-key.mode", enum_type(MapNullKeyMode), MapNullKeyMode.FAIL,
    "What is written for a map's NULL key. No map here has one (it is refused where the map is made), so any will do.",
)  # fmt: skip
MAP_NULL_KEY_LITERAL = ConfigOption(
    "map-null-key.literal", STRING, "null", "What a map's NULL key is written as, if there could be one."
)
IGNORE_NULL_FIELDS = ConfigOption("encode.ignore-null-fields", BOOLEAN, False, "Whether NULL columns are left out.")

JSON_OPTIONS: tuple[ConfigOption[Any], ...] = (
    FAIL_ON_MISSING_FIELD,
    IGNORE_PARSE_ERRORS,
    TIMESTAMP_FORMAT,
    MAP_NULL_KEY_MODE,
    MAP_NULL_KEY_LITERAL,
    PLAIN_DECIMALS,
    IGNORE_NULL_FIELDS,
)


@dataclass(frozen=True)
class JsonReading:
    """How JSON is read; ``format`` is the prefix of its options."""

    fail_on_missing_field: bool = False
    ignore_errors: bool = False
    format: str = "json"

    @classmethod
    def of(cls, options: Configuration) -> JsonReading:
        reading = cls(options.option(FAIL_ON_MISSING_FIELD), options.option(IGNORE_PARSE_ERRORS))
        if reading.fail_on_missing_field and reading.ignore_errors:
            raise ConfigError(
                f"'json.{FAIL_ON_MISSING_FIELD.key}' and 'json.{IGNORE_PARSE_ERRORS.key}' cannot both be true."
            )
        return reading


@dataclass(frozen=True)
class JsonWriting:
    """How JSON is written."""

    timestamp_format: TimestampFormat = TimestampFormat.SQL
    plain_decimals: bool = False
    ignore_nulls: bool = False

    @classmethod
    def of(cls, options: Configuration) -> JsonWriting:
        return cls(options.option(TIMESTAMP_FORMAT), options.option(PLAIN_DECIMALS), options.option(IGNORE_NULL_FIELDS))
