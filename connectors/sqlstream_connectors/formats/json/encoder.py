"""Writing JSON lines: one object a row, as Flink writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.batch import Batch
from sqlstream.spi.format import FileEncoder, MessageEncoder
from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow
from sqlstream.types.schema import Schema
from sqlstream_connectors.formats.json.options import JsonWriting, TimestampFormat
from sqlstream_connectors.formats.text_images import decimal_text, text_image

_TEXT_TYPES = (*t.DATETIME_TYPES, *t.BINARY_TYPES)
_AS_THEY_ARE = (t.BooleanType, *t.INTEGER_TYPES, *t.CHARACTER_TYPES, t.YearMonthIntervalType, t.NullType)


class JsonObjects:
    """Rows of ``schema`` as Python objects that the JSON encoder takes as they are."""

    def __init__(self, schema: Schema, writing: JsonWriting) -> None:
        self._schema = schema
        self._writing = writing

    def rows(self, data: pa.RecordBatch) -> Iterator[dict[str, Any]]:
        """One object a row."""
        names = self._schema.names
        columns = [self.column(array, field.type) for array, field in zip(data.columns, self._schema, strict=True)]
        for row in zip(*columns, strict=True):
            if self._writing.ignore_nulls:
                yield {name: value for name, value in zip(names, row, strict=True) if value is not None}
            else:
                yield dict(zip(names, row, strict=True))

    def column(self, array: pa.Array, type_: t.LogicalType) -> list[Any]:
        """The JSON value of each value of ``array``."""
        values: list[Any]
        if isinstance(type_, _AS_THEY_ARE):
            values = array.to_pylist()
        elif isinstance(type_, _TEXT_TYPES):
            values = self._texts(array, type_).to_pylist()
        elif isinstance(type_, t.DayTimeIntervalType):
            values = array.cast(pa.int64()).to_pylist()
        else:
            convert = _CONVERTERS[type(type_)]
            values = [None if value is None else convert(self, value, type_) for value in array.to_pylist()]
        return values

    def _texts(self, array: pa.Array, type_: t.LogicalType) -> pa.Array:
        text = text_image(array, type_)
        iso = self._writing.timestamp_format is TimestampFormat.ISO_8601
        return pc.replace_substring(text, " ", "T") if iso and isinstance(type_, t.TIMESTAMP_TYPES) else text

    def _values(self, values: Sequence[Any], type_: t.LogicalType) -> list[Any]:
        return self.column(pa.array(values, to_arrow(type_)), type_)

    def _approximate(self, value: float, _: t.LogicalType) -> Any:
        if value - value == 0.0:
            return value
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"

    def _decimal(self, value: Any, _: t.DecimalType) -> msgspec.Raw:
        text = format(value, "f") if self._writing.plain_decimals else decimal_text(value, scientific=True)
        return msgspec.Raw(text.encode())

    def _array(self, value: list[Any], type_: t.ArrayType) -> list[Any]:
        return self._values(value, type_.element)

    def _row(self, value: dict[str, Any], type_: t.RowType) -> dict[str, Any]:
        parts = {field.name: self._values([value[field.name]], field.type)[0] for field in type_.fields}
        if self._writing.ignore_nulls:
            return {name: part for name, part in parts.items() if part is not None}
        return parts

    def _map(self, value: list[tuple[Any, Any]], type_: t.MapType | t.MultisetType) -> dict[str, Any]:
        key_type, item_type = (type_.element, t.INT) if isinstance(type_, t.MultisetType) else (type_.key, type_.value)
        keys = self._values([key for key, _ in value], key_type)
        items = self._values([item for _, item in value], item_type)
        return {_member_name(key): item for key, item in zip(keys, items, strict=True)}


def _member_name(key: Any) -> str:
    return key if isinstance(key, str) else msgspec.json.encode(key).decode()


_CONVERTERS: dict[type, Callable[[JsonObjects, Any, Any], Any]] = {
    t.FloatType: JsonObjects._approximate,
    t.DoubleType: JsonObjects._approximate,
    t.DecimalType: JsonObjects._decimal,
    t.ArrayType: JsonObjects._array,
    t.MapType: JsonObjects._map,
    t.MultisetType: JsonObjects._map,
    t.RowType: JsonObjects._row,
}


class JsonFileEncoder(FileEncoder):
    def __init__(self, file: BinaryIO, schema: Schema, writing: JsonWriting) -> None:
        self._file = file
        self._objects = JsonObjects(schema, writing)
        self._encoder = msgspec.json.Encoder()

    def write(self, batch: Batch) -> None:
        self._file.write(self._encoder.encode_lines(list(self._objects.rows(batch.data))))

    def finish(self) -> None:
        """Nothing stands at the end of a file of JSON lines."""


class JsonMessageEncoder(MessageEncoder):
    def __init__(self, schema: Schema, writing: JsonWriting) -> None:
        self._objects = JsonObjects(schema, writing)
        self._encoder = msgspec.json.Encoder()

    def encode(self, batch: Batch) -> Sequence[bytes]:
        return [self._encoder.encode(row) for row in self._objects.rows(batch.data)]
