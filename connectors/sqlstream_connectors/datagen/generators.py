"""Columns of generated values. A generator is a function from row indices to an Arrow array."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow
from sqlstream_connectors.datagen.random_words import Indices, WordStream, child_indices

Generator = Callable[[Indices], pa.Array]
Clock = Callable[[], int]
"""Nanoseconds since the epoch."""

_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_WORD_DIGITS = 16
_WORD_BYTES = 8


@dataclass(frozen=True)
class RandomBoolean:
    words: WordStream

    def __call__(self, rows: Indices) -> pa.Array:
        return pa.array((self.words.at(rows) & np.uint64(1)).astype(np.bool_))


@dataclass(frozen=True)
class RandomInteger:
    """Whole numbers from ``low`` to ``high``, both included."""

    words: WordStream
    low: int
    high: int
    type: pa.DataType

    def __call__(self, rows: Indices) -> pa.Array:
        return pa.array(random_int64(self.words, rows, self.low, self.high)).cast(self.type)


def random_int64(words: WordStream, rows: Indices, low: int, high: int) -> npt.NDArray[np.int64]:
    """Whole numbers from ``low`` to ``high`` at ``rows``."""
    span = high - low + 1
    drawn = words.at(rows)
    if span < 2**64:
        drawn = drawn % np.uint64(span)
    return (drawn + np.uint64(low % 2**64)).view(np.int64)


@dataclass(frozen=True)
class RandomApproximate:
    """Numbers from ``low`` up to ``high``."""

    words: WordStream
    low: float
    high: float
    type: pa.DataType

    def __call__(self, rows: Indices) -> pa.Array:
        share = self.words.uniform(rows)
        return pa.array(self.low * (1.0 - share) + self.high * share).cast(self.type, safe=False)


@dataclass(frozen=True)
class RandomDecimal:
    """Unscaled values from ``low`` to ``high``, both included."""

    words: WordStream
    low: int
    high: int
    type: pa.Decimal128Type

    def __call__(self, rows: Indices) -> pa.Array:
        if self.low >= -(2**63) and self.high < 2**63:
            return decimals(random_int64(self.words, rows, self.low, self.high), self.type)
        span = self.high - self.low + 1
        parts = self.words.at(child_indices(rows, 2)).reshape(-1, 2).tolist()
        unscaled = (self.low + ((high << 64) | low) % span for high, low in parts)
        return pa.array([Decimal(value).scaleb(-self.type.scale) for value in unscaled], self.type)


def decimals(unscaled: npt.NDArray[np.int64], type_: pa.Decimal128Type) -> pa.Array:
    """Decimals from their unscaled values."""
    halves = np.empty((len(unscaled), 2), dtype=np.int64)
    halves[:, 0] = unscaled
    halves[:, 1] = unscaled >> 63
    return pa.Array.from_buffers(type_, len(unscaled), [None, pa.py_buffer(halves)])


@dataclass(frozen=True)
class RandomText:
    """Hexadecimal digits (or bytes, by ``type``): ``length`` of them, or 1 to ``length`` if ``varying``."""

    words: WordStream
    length: int
    varying: bool
    type: pa.DataType

    def __call__(self, rows: Indices) -> pa.Array:
        symbols = self._symbols(rows)
        if not self.varying or self.length < 2:
            offsets = np.arange(len(rows) + 1, dtype=np.int32) * np.int32(self.length)
            return self._array(symbols, offsets)
        lengths = random_int64(WordStream(self.words.seed, f"{self.words.name}#length"), rows, 1, self.length)
        kept = np.arange(self.length) < lengths[:, None]
        offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
        return self._array(symbols[kept], offsets)

    def _symbols(self, rows: Indices) -> npt.NDArray[np.uint8]:
        per_word = _WORD_BYTES if self.type == pa.binary() else _WORD_DIGITS
        words = self.words.at(child_indices(rows, -(-self.length // per_word)))
        symbols = words.astype("<u8").view(np.uint8).reshape(len(rows), -1)
        if self.type != pa.binary():
            symbols = _HEX[np.stack((symbols >> 4, symbols & 15), axis=-1).reshape(len(rows), -1)]
        return np.ascontiguousarray(symbols[:, : self.length])

    def _array(self, symbols: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int32]) -> pa.Array:
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(symbols))]
        return pa.Array.from_buffers(self.type, len(offsets) - 1, buffers)


@dataclass(frozen=True)
class CurrentTime:
    """Now, or up to ``max_past`` milliseconds before."""

    words: WordStream
    max_past: int
    type: pa.DataType
    clock: Clock

    def __call__(self, rows: Indices) -> pa.Array:
        past = random_int64(self.words, rows, 0, self.max_past) * 1_000_000
        instants = pa.array(self.clock() - past).cast(pa.timestamp("ns"))
        if pa.types.is_timestamp(self.type):
            return instants.cast(pa.timestamp(self.type.unit), safe=False).cast(self.type)
        return instants.cast(pa.timestamp("ms"), safe=False).cast(self.type, safe=False)


@dataclass(frozen=True)
class Sequence:
    """``start``, ``start + 1``, ..., in the type's unit."""

    start: int
    type: pa.DataType

    def __call__(self, rows: Indices) -> pa.Array:
        numbers = rows + np.int64(self.start)
        if pa.types.is_decimal(self.type):
            return decimals(numbers * np.int64(10**self.type.scale), self.type)
        if pa.types.is_binary(self.type):
            return pa.array(numbers).cast(pa.string()).cast(self.type)
        return pa.array(numbers).cast(self.type)


@dataclass(frozen=True)
class RandomArray:
    element: Generator
    length: int
    type: pa.ListType

    def __call__(self, rows: Indices) -> pa.Array:
        return pa.ListArray.from_arrays(_offsets(rows, self.length), self.element(child_indices(rows, self.length)))


@dataclass(frozen=True)
class RandomMap:
    key: Generator
    value: Generator
    length: int

    def __call__(self, rows: Indices) -> pa.Array:
        entries = child_indices(rows, self.length)
        return pa.MapArray.from_arrays(_offsets(rows, self.length), self.key(entries), self.value(entries))


@dataclass(frozen=True)
class RandomRow:
    fields: tuple[Generator, ...]
    type: pa.StructType

    def __call__(self, rows: Indices) -> pa.Array:
        return pa.StructArray.from_arrays([field(rows) for field in self.fields], fields=list(self.type))


@dataclass(frozen=True)
class SometimesNull:
    """``values``, of which a share of ``rate`` is NULL."""

    values: Generator
    words: WordStream
    rate: float

    def __call__(self, rows: Indices) -> pa.Array:
        values = self.values(rows)
        return pc.if_else(pa.array(self.words.uniform(rows) < self.rate), pa.scalar(None, values.type), values)


def _offsets(rows: Indices, length: int) -> pa.Array:
    return pa.array(np.arange(len(rows) + 1, dtype=np.int32) * np.int32(length))


def integer_bounds(type_: t.LogicalType) -> tuple[int, int]:
    """The smallest and the largest value of an integer type."""
    bits = to_arrow(type_).bit_width
    return -(1 << (bits - 1)), (1 << (bits - 1)) - 1


def exact(text: Any, scale: int) -> int:
    """The unscaled value of a decimal's text; ArithmeticError when it is none."""
    return int(Decimal(str(text)).scaleb(scale).to_integral_value())
