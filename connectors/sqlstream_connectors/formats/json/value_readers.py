"""From a parsed JSON value to a column's value, for every SQL type: the exact, slow way.

As in Flink, a number or a boolean is also read from a string, and a string column takes any value as its JSON text.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from sqlstream.types import logical as t
from sqlstream_connectors.formats.text_parsing import TextParser, text_parser

ValueReader = Callable[[Any], Any]
"""Takes a JSON value that is not null; ValueError when it is no value of the type."""

_JSON_TEXT = msgspec.json.Encoder(decimal_format="number")


def wants_exact_numbers(type_: t.LogicalType) -> bool:
    """Whether fractions in a value of ``type_`` must not be read as binary floating point."""
    parts = _PARTS.get(type(type_))
    if parts is not None:
        return any(map(wants_exact_numbers, parts(type_)))
    return isinstance(type_, (t.DecimalType, *t.CHARACTER_TYPES))


def value_reader(type_: t.LogicalType) -> ValueReader:
    """How values of ``type_`` are read."""
    nested = _NESTED.get(type(type_))
    return nested(type_) if nested else _scalar_reader(type_)


def _scalar_reader(type_: t.LogicalType) -> ValueReader:
    parse = text_parser(type_)
    if parse is None:
        return _null_only
    if isinstance(type_, t.CHARACTER_TYPES):
        return json_text
    accepted: tuple[type, ...] = (bool, str) if isinstance(type_, t.BooleanType) else (int, float, Decimal, str)
    if isinstance(type_, (*t.BINARY_TYPES, *t.DATETIME_TYPES)):
        accepted = (str,)
    if isinstance(type_, t.LocalZonedTimestampType):
        parse = _utc_by_default(parse)
    return _from_text(parse, accepted, isinstance(type_, t.BooleanType))


def _from_text(parse: TextParser, accepted: tuple[type, ...], booleans: bool) -> ValueReader:
    def read(value: Any) -> Any:
        if not isinstance(value, accepted) or (isinstance(value, bool) and not booleans):
            raise ValueError(value)
        return parse(value if isinstance(value, str) else str(value))

    return read


def _utc_by_default(parse: TextParser) -> TextParser:
    def read(text: str) -> Any:
        try:
            return parse(text)
        except ValueError:
            return parse(f"{text}Z")

    return read


def _null_only(value: Any) -> None:
    raise ValueError(value)


def json_text(value: Any) -> str:
    """A string as it is, any other value as JSON."""
    return value if isinstance(value, str) else _JSON_TEXT.encode(value).decode()


def _nullable(type_: t.LogicalType) -> ValueReader:
    read = value_reader(type_)
    return lambda value: None if value is None else read(value)


def _array(type_: t.ArrayType) -> ValueReader:
    element = _nullable(type_.element)

    def read(value: Any) -> list[Any]:
        return [element(item) for item in _expect(value, list)]

    return read


def _map(type_: t.MapType) -> ValueReader:
    key, item = value_reader(type_.key), _nullable(type_.value)
    return lambda value: [(key(k), item(v)) for k, v in _expect(value, dict).items()]


def _multiset(type_: t.MultisetType) -> ValueReader:
    return _map(t.MapType(key=type_.element, value=t.INT))


def _row(type_: t.RowType) -> ValueReader:
    fields = [(field.name, _nullable(field.type)) for field in type_.fields]

    def read(value: Any) -> dict[str, Any]:
        parts = _expect(value, dict)
        return {name: convert(parts.get(name)) for name, convert in fields}

    return read


def _expect(value: Any, expected: type) -> Any:
    if not isinstance(value, expected):
        raise ValueError(value)
    return value


_NESTED: dict[type, Callable[[Any], ValueReader]] = {
    t.ArrayType: _array,
    t.MapType: _map,
    t.MultisetType: _multiset,
    t.RowType: _row,
}
_PARTS: dict[type, Callable[[Any], tuple[t.LogicalType, ...]]] = {
    t.ArrayType: lambda type_: (type_.element,),
    t.MapType: lambda type_: (type_.key, type_.value),
    t.MultisetType: lambda type_: (type_.element,),
    t.RowType: lambda type_: tuple(field.type for field in type_.fields),
}
