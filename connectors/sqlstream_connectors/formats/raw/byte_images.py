"""The bytes of single values: text in a character set, numbers in either byte order, bytes as they are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.errors import ConnectorError
from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow
from sqlstream.types.schema import Field


class Endianness(Enum):
    BIG = "big-endian"
    LITTLE = "little-endian"


_DTYPES: dict[type, str] = {
    t.BooleanType: "u1",
    t.TinyIntType: "i1",
    t.SmallIntType: "i2",
    t.IntType: "i4",
    t.BigIntType: "i8",
    t.FloatType: "f4",
    t.DoubleType: "f8",
}


@dataclass(frozen=True)
class RawImage(ABC):
    """How values of ``type`` are bytes."""

    type: t.LogicalType

    def first_unreadable(self, values: pa.Array) -> int | None:
        """The index of the first value that is none of the type."""
        return None

    @abstractmethod
    def decode(self, values: pa.Array) -> pa.Array:
        """From a binary array, all of it readable, to the type's Arrow image."""

    @abstractmethod
    def encode(self, array: pa.Array) -> list[bytes | None]:
        """The bytes of each value."""


class BytesImage(RawImage):
    def decode(self, values: pa.Array) -> pa.Array:
        return values

    def encode(self, array: pa.Array) -> list[bytes | None]:
        values: list[bytes | None] = array.to_pylist()
        return values


@dataclass(frozen=True)
class TextImage(RawImage):
    """Bytes that are no text in ``charset`` become U+FFFD, as in Java."""

    charset: str

    def decode(self, values: pa.Array) -> pa.Array:
        if self.charset.lower() in ("utf-8", "utf8"):
            try:
                return values.cast(pa.string())
            except pa.ArrowInvalid:
                pass
        texts = (
            None if value is None else value.decode(self.charset, errors="replace") for value in values.to_pylist()
        )
        return pa.array(texts, pa.string())

    def encode(self, array: pa.Array) -> list[bytes | None]:
        return [None if text is None else text.encode(self.charset, errors="replace") for text in array.to_pylist()]


@dataclass(frozen=True)
class NumberImage(RawImage):
    dtype: np.dtype[np.generic]

    def first_unreadable(self, values: pa.Array) -> int | None:
        wrong = pc.not_equal(pc.binary_length(values), self.dtype.itemsize)
        index: int = pc.index(wrong, True).as_py()
        return None if index < 0 else index

    def decode(self, values: pa.Array) -> pa.Array:
        numbers = np.frombuffer(b"".join(values.to_pylist()), dtype=self.dtype)
        native = pa.array(numbers.astype(self.dtype.newbyteorder("=")))
        return native.cast(to_arrow(self.type))

    def encode(self, array: pa.Array) -> list[bytes | None]:
        valid = array.is_valid().to_pylist()
        numbers = pc.fill_null(array.cast(pa.from_numpy_dtype(self.dtype.newbyteorder("="))), 0).to_numpy()
        width, content = self.dtype.itemsize, numbers.astype(self.dtype).tobytes()
        return [content[i * width : (i + 1) * width] if present else None for i, present in enumerate(valid)]


def raw_image(column: Field, charset: str, endianness: Endianness) -> RawImage:
    """ConnectorError for a type that has no bytes of its own."""
    if isinstance(column.type, t.BINARY_TYPES):
        return BytesImage(column.type)
    if isinstance(column.type, t.CHARACTER_TYPES):
        return TextImage(column.type, charset)
    code = _DTYPES.get(type(column.type))
    if code is None:
        raise ConnectorError(
            f"Column '{column.name}': the raw format cannot hold the type {column.type}.",
            hint="It holds character strings, bytes, booleans and numbers other than DECIMAL.",
        )
    order = ">" if endianness is Endianness.BIG else "<"
    return NumberImage(column.type, np.dtype(order + code))
