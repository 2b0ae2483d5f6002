"""The LOOKUP hint of a SELECT: how the lookup joins of one table are to be run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from sqlstream.config.configuration import Configuration
from sqlstream.config.option import BOOLEAN, DURATION, INTEGER, ConfigOption, enum_type
from sqlstream.config.options import (
    ASYNC_LOOKUP_CAPACITY,
    ASYNC_LOOKUP_KEY_ORDERED,
    ASYNC_LOOKUP_OUTPUT_MODE,
    ASYNC_LOOKUP_TIMEOUT,
    AsyncOutputMode,
)
from sqlstream.errors import ConfigError, SqlError
from sqlstream.plan.physical import AsyncLookup, LookupRetry
from sqlstream.sql.positions import position_of

_NAME = "LOOKUP"
_ASYNC = ConfigOption("async", BOOLEAN, None, "")
_OUTPUT_MODE = ConfigOption("output-mode", enum_type(AsyncOutputMode), None, "")
_CAPACITY = ConfigOption("capacity", INTEGER, None, "")
_TIMEOUT = ConfigOption("timeout", DURATION, None, "")
_DELAY = ConfigOption("fixed-delay", DURATION, None, "")
_ATTEMPTS = ConfigOption("max-attempts", INTEGER, None, "")
_KEYS = ("table", "async", "output-mode", "capacity", "timeout", "retry-predicate", "retry-strategy", "fixed-delay",
         "max-attempts")  # fmt: skip
_FIXED = {"retry-predicate": "lookup_miss", "retry-strategy": "fixed_delay"}


@dataclass(frozen=True)
class LookupHint:
    """``asynchronous`` is None where the table decides."""

    table: str
    asynchronous: bool | None
    retry: LookupRetry | None
    options: Configuration


def is_lookup_hint(hint: exp.Hint) -> bool:
    """Whether there is nothing but LOOKUP in it."""
    return all(_is_lookup(part) for part in hint.expressions)


def lookup_hints(select: exp.Expression) -> list[LookupHint]:
    """All LOOKUP hints of a SELECT. SqlError for one that is not well-formed."""
    hint = select.args.get("hint")
    return [_hint(part) for part in hint.expressions if _is_lookup(part)] if hint is not None else []


def async_lookup(configuration: Configuration, hint: LookupHint | None) -> AsyncLookup:
    """As the session's options say, or else the hint's."""
    given = Configuration({}) if hint is None else hint.options

    def chosen(own: ConfigOption[Any], option: ConfigOption[Any]) -> Any:
        return given.option(own) if own.key in given else configuration.option(option)

    key_ordered = configuration.option(ASYNC_LOOKUP_KEY_ORDERED)
    return AsyncLookup(
        ordered=chosen(_OUTPUT_MODE, ASYNC_LOOKUP_OUTPUT_MODE) is AsyncOutputMode.ORDERED,
        capacity=1 if key_ordered else max(1, chosen(_CAPACITY, ASYNC_LOOKUP_CAPACITY)),
        timeout=chosen(_TIMEOUT, ASYNC_LOOKUP_TIMEOUT),
    )


def _is_lookup(part: exp.Expression) -> bool:
    return part.name.upper() == _NAME


def _hint(node: exp.Expression) -> LookupHint:
    values = {}
    for pair in node.expressions:
        if not (isinstance(pair, exp.EQ) and pair.left.is_string and pair.right.is_string):
            raise SqlError("Invalid LOOKUP hint: options are written 'key'='value'.", position=position_of(pair),
                           hint="Quote both sides.")  # fmt: skip
        if pair.left.name not in _KEYS:
            raise SqlError(f"Invalid LOOKUP hint: unknown option '{pair.left.name}'.", position=position_of(pair),
                           hint=f"Options: {', '.join(_KEYS)}.")  # fmt: skip
        values[pair.left.name] = pair.right.name
    if "table" not in values:
        raise SqlError("Invalid LOOKUP hint: option 'table' is missing.", position=position_of(node),
                       hint="Write /*+ LOOKUP('table'='dim', 'async'='true') */.")  # fmt: skip
    options = Configuration(values)
    try:
        checked: tuple[ConfigOption[Any], ...] = (_OUTPUT_MODE, _CAPACITY, _TIMEOUT)
        for option in checked:
            options.optional(option)
        return LookupHint(values["table"], options.optional(_ASYNC), _retry(values, options), options)
    except ConfigError as error:
        raise SqlError(f"Invalid LOOKUP hint: {error.message}", position=position_of(node), hint=error.hint) from None


def _retry(values: Mapping[str, str], options: Configuration) -> LookupRetry | None:
    wanted = ("retry-predicate", "retry-strategy", "fixed-delay", "max-attempts")
    given = [key for key in wanted if key in values]
    if not given:
        return None
    if len(given) < len(wanted):
        missing = next(key for key in wanted if key not in values)
        raise ConfigError(f"'{missing}' is missing.", hint=f"Retrying takes all of {', '.join(wanted)}.")
    for key, only in _FIXED.items():
        if values[key] != only:
            raise ConfigError(f"'{key}' = '{values[key]}' is not known.", hint=f"Write '{only}'.")
    return LookupRetry(options.option(_DELAY), options.option(_ATTEMPTS))
