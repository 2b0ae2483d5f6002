"""A typed option: declared once, with its default and its documentation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from sqlstream.errors import ConfigError

T = TypeVar("T")

_DURATION_UNITS = {
    "": 1.0,
    "ms": 1.0, "milli": 1.0, "millis": 1.0, "millisecond": 1.0, "milliseconds": 1.0,
    "us": 1e-3, "micro": 1e-3, "micros": 1e-3, "microsecond": 1e-3, "microseconds": 1e-3,
    "ns": 1e-6, "nano": 1e-6, "nanos": 1e-6, "nanosecond": 1e-6, "nanoseconds": 1e-6,
    "s": 1e3, "sec": 1e3, "second": 1e3, "seconds": 1e3,
    "m": 6e4, "min": 6e4, "minute": 6e4, "minutes": 6e4,
    "h": 3.6e6, "hour": 3.6e6, "hours": 3.6e6,
    "d": 8.64e7, "day": 8.64e7, "days": 8.64e7,
}  # fmt: skip
_SIZE_UNITS = {
    "": 1, "b": 1, "bytes": 1,
    "k": 1 << 10, "kb": 1 << 10, "kibibytes": 1 << 10,
    "m": 1 << 20, "mb": 1 << 20, "mebibytes": 1 << 20,
    "g": 1 << 30, "gb": 1 << 30, "gibibytes": 1 << 30,
    "t": 1 << 40, "tb": 1 << 40, "tebibytes": 1 << 40,
}  # fmt: skip
_QUANTITY = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*")


def _quantity(text: str, units: dict[str, Any]) -> float:
    match = _QUANTITY.fullmatch(text)
    if match is None or match[2].lower() not in units:
        raise ValueError(text)
    return float(match[1]) * float(units[match[2].lower()])


def parse_duration(text: str) -> int:
    """Milliseconds of a Flink duration such as ``10 s``, ``1 min``, ``500`` (ms); ValueError if it is none."""
    return round(_quantity(text, _DURATION_UNITS))


def parse_memory_size(text: str) -> int:
    """Bytes of a Flink memory size such as ``64 mb``; ValueError if it is none."""
    return round(_quantity(text, _SIZE_UNITS))


def _parse_boolean(text: str) -> bool:
    word = text.strip().lower()
    if word not in ("true", "false"):
        raise ValueError(text)
    return word == "true"


@dataclass(frozen=True)
class OptionType(Generic[T]):
    """How an option's text becomes a value; ``name`` is what an error message and the documentation call it,
    ``choices`` are the texts there are where they can be listed."""

    name: str
    parse: Callable[[str], T]
    choices: tuple[str, ...] = ()


STRING: OptionType[str] = OptionType("string", str)
INTEGER: OptionType[int] = OptionType("integer", int)
FLOAT: OptionType[float] = OptionType("number", float)
BOOLEAN: OptionType[bool] = OptionType("boolean (true or false)", _parse_boolean, ("true", "false"))
DURATION: OptionType[int] = OptionType("duration (such as '10 s')", parse_duration)
MEMORY_SIZE: OptionType[int] = OptionType("memory size (such as '64 mb')", parse_memory_size)

E = TypeVar("E", bound=Enum)


def enum_type(enum: type[E]) -> OptionType[E]:
    """An option whose text is the value of one of ``enum``'s members, in any case."""
    by_text = {str(member.value).lower(): member for member in enum}
    texts = tuple(str(member.value) for member in enum)

    def parse(text: str) -> E:
        if text.strip().lower() not in by_text:
            raise ValueError(text)
        return by_text[text.strip().lower()]

    return OptionType("one of " + ", ".join(texts), parse, texts)


@dataclass(frozen=True)
class ConfigOption(Generic[T]):
    """One option. ``default`` is None where there is none; durations are in ms and sizes in bytes once parsed."""

    key: str
    type: OptionType[T]
    default: T | None
    doc: str
    required: bool = False

    def parse(self, text: str) -> T:
        """Raises ConfigError when ``text`` is not of this option's type."""
        try:
            return self.type.parse(text)
        except ValueError:
            raise ConfigError(
                f"Invalid value '{text}' for option '{self.key}'.", hint=f"Expected: {self.type.name}."
            ) from None
