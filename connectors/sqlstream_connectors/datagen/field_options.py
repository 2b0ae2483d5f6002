"""From a column's type and its ``fields.<name>.*`` options to its generator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

import numpy as np

from sqlstream.config.configuration import Configuration
from sqlstream.config.option import BOOLEAN, DURATION, FLOAT, INTEGER, STRING, ConfigOption, OptionType, enum_type
from sqlstream.errors import ConfigError, ConnectorError
from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow
from sqlstream_connectors.datagen import generators as g
from sqlstream_connectors.datagen.random_words import WordStream

T = TypeVar("T")

DEFAULT_LENGTH = 100
DEFAULT_COLLECTION_LENGTH = 3
_MAX_MONTHS = 120_000
_MAX_MILLISECONDS = 10 * 365 * 86_400_000


class Kind(Enum):
    RANDOM = "random"
    SEQUENCE = "sequence"


KIND = ConfigOption("fields.#.kind", enum_type(Kind), Kind.RANDOM, "How the column's values come about.")
MIN = ConfigOption("fields.#.min", STRING, None, "The smallest random number (default: the type's).")
MAX = ConfigOption("fields.#.max", STRING, None, "The largest random number (default: the type's).")
MAX_PAST = ConfigOption("fields.#.max-past", DURATION, 0, "How far back random timestamps go.")
LENGTH = ConfigOption("fields.#.length", INTEGER, None, "Characters, bytes or elements of a random value.")
VAR_LEN = ConfigOption("fields.#.var-len", BOOLEAN, False, "Whether lengths vary from 1 to 'length'.")
START = ConfigOption("fields.#.start", INTEGER, None, "The first number of a sequence.")
END = ConfigOption("fields.#.end", INTEGER, None, "The last number of a sequence.")
NULL_RATE = ConfigOption("fields.#.null-rate", FLOAT, 0.0, "The share of NULLs, from 0 to 1.")
FIELD_OPTIONS: tuple[ConfigOption[Any], ...] = (KIND, MIN, MAX, MAX_PAST, LENGTH, VAR_LEN, START, END, NULL_RATE)


@dataclass(frozen=True)
class FieldOptions:
    """The options of the field at ``path`` (``a`` or, nested, ``a.element``)."""

    path: str
    options: Configuration
    seed: int
    clock: g.Clock

    def of(self, name: str) -> FieldOptions:
        """The options of a part of this field."""
        return FieldOptions(f"{self.path}.{name}", self.options, self.seed, self.clock)

    def get(self, option: ConfigOption[T]) -> T | None:
        key = option.key.replace("#", self.path)
        return self.options.optional(ConfigOption(key, option.type, option.default, option.doc))

    def bound(self, option: ConfigOption[str], parse: Callable[[str], T], default: T) -> T:
        """A number of the column's own type; ConfigError when the text is none."""
        named = ConfigOption(
            option.key.replace("#", self.path), OptionType("number", _strict(parse)), default, option.doc
        )
        return self.options.option(named)

    @property
    def words(self) -> WordStream:
        return WordStream(self.seed, self.path)

    def invalid(self, option: ConfigOption[Any], why: str) -> ConfigError:
        return ConfigError(f"Invalid option '{option.key.replace('#', self.path)}': {why}.")


def _strict(parse: Callable[[str], T]) -> Callable[[str], T]:
    def checked(text: str) -> T:
        try:
            return parse(text)
        except ArithmeticError:
            raise ValueError(text) from None

    return checked


def field_generator(type_: t.LogicalType, field: FieldOptions) -> g.Generator:
    """ConfigError for options that contradict each other, ConnectorError for a type that cannot be generated."""
    if field.get(KIND) is Kind.SEQUENCE:
        values = _sequence(type_, field)
    elif type(type_) in _RANDOM:
        values = _RANDOM[type(type_)](type_, field)
    else:
        raise ConnectorError(f"Column '{field.path}': datagen cannot make values of type {type_}.")
    rate = field.get(NULL_RATE) or 0.0
    if not 0.0 <= rate <= 1.0:
        raise field.invalid(NULL_RATE, "expected a number from 0 to 1")
    return g.SometimesNull(values, field.of("#null").words, rate) if rate else values


def sequence_length(field: FieldOptions) -> int | None:
    """How many rows the field's sequence has; None when it is not a sequence."""
    if field.get(KIND) is not Kind.SEQUENCE:
        return None
    start, end = _required(field, START), _required(field, END)
    if end < start:
        raise field.invalid(END, "the end comes before the start")
    return end - start + 1


_SEQUENTIAL = (*t.NUMERIC_TYPES, *t.CHARACTER_TYPES, *t.BINARY_TYPES)


def _sequence(type_: t.LogicalType, field: FieldOptions) -> g.Generator:
    if not isinstance(type_, _SEQUENTIAL):
        raise field.invalid(KIND, f"there is no sequence of type {type_}")
    start, end = _required(field, START), _required(field, END)
    if isinstance(type_, t.INTEGER_TYPES):
        low, high = g.integer_bounds(type_)
        if start < low or end > high:
            raise field.invalid(END if end > high else START, f"out of the range of {type_}")
    if isinstance(type_, t.DecimalType) and max(abs(start), abs(end)) >= min(
        10 ** (type_.precision - type_.scale), 2**63 // 10**type_.scale
    ):
        raise field.invalid(END, f"out of the range of {type_}")
    return g.Sequence(start, to_arrow(type_))


def _required(field: FieldOptions, option: ConfigOption[int]) -> int:
    value = field.get(option)
    if value is None:
        raise field.invalid(option, "a sequence needs 'start' and 'end'")
    return value


def _integer(type_: t.LogicalType, field: FieldOptions) -> g.Generator:
    return _between(g.integer_bounds(type_), type_, field)


def _between(bounds: tuple[int, int], type_: t.LogicalType, field: FieldOptions) -> g.Generator:
    low, high = field.bound(MIN, int, bounds[0]), field.bound(MAX, int, bounds[1])
    _check_order(low, high, field)
    if low < bounds[0] or high > bounds[1]:
        raise field.invalid(MAX if high > bounds[1] else MIN, f"out of the range of {type_}")
    image = to_arrow(type_)
    return g.RandomInteger(field.words, low, high, image)


def _check_order(low: Any, high: Any, field: FieldOptions) -> None:
    if high < low:
        raise field.invalid(MAX, "smaller than 'min'")


def _approximate(type_: t.LogicalType, field: FieldOptions) -> g.Generator:
    limits = np.finfo(np.float32 if isinstance(type_, t.FloatType) else np.float64)
    low = field.bound(MIN, float, float(limits.smallest_subnormal))
    high = field.bound(MAX, float, float(limits.max))
    _check_order(low, high, field)
    return g.RandomApproximate(field.words, low, high, to_arrow(type_))


def _decimal(type_: t.DecimalType, field: FieldOptions) -> g.Generator:
    limit = 10**type_.precision - 1
    low = field.bound(MIN, lambda text: g.exact(text, type_.scale), -limit)
    high = field.bound(MAX, lambda text: g.exact(text, type_.scale), limit)
    _check_order(low, high, field)
    if low < -limit or high > limit:
        raise field.invalid(MAX if high > limit else MIN, f"out of the range of {type_}")
    return g.RandomDecimal(field.words, low, high, to_arrow(type_))


def _text(type_: Any, field: FieldOptions) -> g.Generator:
    declared = type_.length if type_.length != t.MAX_LENGTH else None
    length = _length(field, declared or DEFAULT_LENGTH)
    varying = field.get(VAR_LEN) or False
    if declared is not None and length > declared:
        raise field.invalid(LENGTH, f"longer than {type_} allows")
    if isinstance(type_, t.CharType | t.BinaryType) and (varying or length != declared):
        raise field.invalid(VAR_LEN if varying else LENGTH, f"values of {type_} have one length")
    return g.RandomText(field.words, length, varying, to_arrow(type_))


def _length(field: FieldOptions, default: int) -> int:
    length = field.get(LENGTH)
    if length is not None and length < 1:
        raise field.invalid(LENGTH, "expected a positive number")
    return default if length is None else length


def _now(type_: t.LogicalType, field: FieldOptions) -> g.Generator:
    return g.CurrentTime(field.words, field.get(MAX_PAST) or 0, to_arrow(type_), field.clock)


def _array(type_: t.ArrayType, field: FieldOptions) -> g.Generator:
    element = field_generator(type_.element, field.of("element"))
    return g.RandomArray(element, _length(field, DEFAULT_COLLECTION_LENGTH), to_arrow(type_))


def _map(type_: t.MapType, field: FieldOptions) -> g.Generator:
    key = field_generator(t.with_nullability(type_.key, False), field.of("key"))
    value = field_generator(type_.value, field.of("value"))
    return g.RandomMap(key, value, _length(field, DEFAULT_COLLECTION_LENGTH))


def _multiset(type_: t.MultisetType, field: FieldOptions) -> g.Generator:
    element = field_generator(type_.element, field.of("element"))
    once = g.RandomInteger(field.of("#count").words, 1, 1, to_arrow(t.INT))
    return g.RandomMap(element, once, _length(field, DEFAULT_COLLECTION_LENGTH))


def _row(type_: t.RowType, field: FieldOptions) -> g.Generator:
    parts = tuple(field_generator(part.type, field.of(part.name)) for part in type_.fields)
    return g.RandomRow(parts, to_arrow(type_))


_RANDOM: dict[type, Callable[[Any, FieldOptions], g.Generator]] = {
    t.BooleanType: lambda _, field: g.RandomBoolean(field.words),
    **dict.fromkeys(t.INTEGER_TYPES, _integer),
    **dict.fromkeys(t.APPROXIMATE_TYPES, _approximate),
    t.DecimalType: _decimal,
    **dict.fromkeys((*t.CHARACTER_TYPES, *t.BINARY_TYPES), _text),
    **dict.fromkeys(t.DATETIME_TYPES, _now),
    t.YearMonthIntervalType: lambda type_, field: _between((0, _MAX_MONTHS), type_, field),
    t.DayTimeIntervalType: lambda type_, field: _between((0, _MAX_MILLISECONDS), type_, field),
    t.ArrayType: _array,
    t.MapType: _map,
    t.MultisetType: _multiset,
    t.RowType: _row,
}
