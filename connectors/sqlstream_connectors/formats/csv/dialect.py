"""The options of the ``csv`` format, and the dialect they describe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlstream.config.configuration import Configuration
from sqlstream.config.option import BOOLEAN, STRING, ConfigOption
from sqlstream.errors import ConfigError

FIELD_DELIMITER = ConfigOption("field-delimiter", STRING, ",", "The character between fields; '\\t' is a tab.")
DISABLE_QUOTE_CHARACTER = ConfigOption("disable-quote-character", BOOLEAN, False, "Whether quotes mean nothing.")
QUOTE_CHARACTER = ConfigOption("quote-character", STRING, '"', "The character around values that need it.")
ALLOW_COMMENTS = ConfigOption("allow-comments", BOOLEAN, False, "Whether lines that begin with '#' are skipped.")
IGNORE_PARSE_ERRORS = ConfigOption(
    "ignore-parse-errors", BOOLEAN, False, "Whether lines that cannot be read are skipped and counted."
)
ARRAY_ELEMENT_DELIMITER = ConfigOption(
    "array-element-delimiter", STRING, ";", "The text between the elements of an ARRAY or ROW."
)
ESCAPE_CHARACTER = ConfigOption("escape-character", STRING, None, "The character that takes the next one literally.")
NULL_LITERAL = ConfigOption("null-literal", STRING, None, "The text that stands for NULL; '' makes empty fields NULL.")
SCIENTIFIC_DECIMALS = ConfigOption(
    "write-bigdecimal-in-scientific-notation", BOOLEAN, True, "Whether decimals near zero are written as 1E-8."
)
SKIP_HEADER_LINE = ConfigOption(
    "skip-header-line", BOOLEAN, False, "Whether a file's first line holds column names (not an option of Flink's)."
)
CSV_OPTIONS: tuple[ConfigOption[bool] | ConfigOption[str], ...] = (
    FIELD_DELIMITER,
    DISABLE_QUOTE_CHARACTER,
    QUOTE_CHARACTER,
    ALLOW_COMMENTS,
    IGNORE_PARSE_ERRORS,
    ARRAY_ELEMENT_DELIMITER,
    ESCAPE_CHARACTER,
    NULL_LITERAL,
    SCIENTIFIC_DECIMALS,
    SKIP_HEADER_LINE,
)

_ESCAPES: Mapping[str, str] = {"\\t": "\t", "\\\\": "\\", "\\0": "\0"}


@dataclass(frozen=True)
class CsvDialect:
    """How rows are spelled. ``quote`` and ``escape`` are None where there is none."""

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    comments: bool = False
    ignore_errors: bool = False
    element_delimiter: str = ";"
    null_literal: str | None = None
    scientific_decimals: bool = True
    skip_header: bool = False

    @classmethod
    def of(cls, options: Configuration) -> CsvDialect:
        """Raises ConfigError when the options contradict each other."""
        unquoted = options.option(DISABLE_QUOTE_CHARACTER)
        if unquoted and QUOTE_CHARACTER.key in options:
            raise ConfigError(
                f"'csv.{QUOTE_CHARACTER.key}' cannot be set when 'csv.{DISABLE_QUOTE_CHARACTER.key}' is true."
            )
        dialect = cls(
            delimiter=_character(FIELD_DELIMITER, options.option(FIELD_DELIMITER)),
            quote=None if unquoted else _character(QUOTE_CHARACTER, options.option(QUOTE_CHARACTER)),
            escape=_optional_character(ESCAPE_CHARACTER, options.optional(ESCAPE_CHARACTER)),
            comments=options.option(ALLOW_COMMENTS),
            ignore_errors=options.option(IGNORE_PARSE_ERRORS),
            element_delimiter=options.option(ARRAY_ELEMENT_DELIMITER),
            null_literal=options.optional(NULL_LITERAL),
            scientific_decimals=options.option(SCIENTIFIC_DECIMALS),
            skip_header=options.option(SKIP_HEADER_LINE),
        )
        special = [c for c in (dialect.delimiter, dialect.quote, dialect.escape) if c is not None]
        if len(set(special)) < len(special):
            raise ConfigError("The CSV delimiter, quote and escape characters must differ from each other.")
        return dialect


def _optional_character(option: ConfigOption[str], text: str | None) -> str | None:
    return None if text is None else _character(option, text)


def _character(option: ConfigOption[str], text: str) -> str:
    character = _ESCAPES.get(text, text)
    if len(character) != 1 or not character.isascii() or character in "\r\n":
        raise ConfigError(
            f"Invalid value '{text}' for option 'csv.{option.key}'.", hint="Expected one ASCII character."
        )
    return character
