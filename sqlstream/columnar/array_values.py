"""Arrow arrays as the numpy arrays that kernels work on, copied only where the layouts differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.kernels.row_bytes import gather_bytes

Int64s = npt.NDArray[np.int64]
UInt8s = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


def null_mask(array: pa.Array) -> Mask | None:
    """True where ``array`` is NULL; None when it nowhere is."""
    if array.null_count == 0:
        return None
    mask: Mask = np.asarray(array.is_null())
    return mask


def fixed_width_values(array: pa.Array) -> npt.NDArray[Any]:
    """The stored numbers of an integer, floating-point or temporal array, without a copy; anything where NULL."""
    dtype = _STORED[array.type.id]
    buffer = array.buffers()[1]
    if buffer is None or len(array) == 0:
        return np.zeros(len(array), dtype)
    return np.frombuffer(buffer, dtype, len(array), array.offset * np.dtype(dtype).itemsize)


def int64_values(array: pa.Array) -> Int64s:
    """The values of a boolean, integer or temporal array as int64; anything where NULL."""
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.int8())
    return fixed_width_values(array).astype(np.int64, copy=False)


def float64_values(array: pa.Array) -> npt.NDArray[np.float64]:
    """The values of a numeric array as float64; anything where NULL."""
    if pa.types.is_decimal(array.type):
        array = array.cast(pa.float64())
    return fixed_width_values(array).astype(np.float64, copy=False)


def decimal_words(array: pa.Array) -> tuple[Int64s, Int64s]:
    """The high and low 64 bits (two's complement) of a decimal128 array; anything where NULL."""
    buffer = array.buffers()[1]
    if buffer is None or len(array) == 0:
        return np.zeros(len(array), np.int64), np.zeros(len(array), np.int64)
    pairs = np.frombuffer(buffer, np.int64, 2 * len(array), 16 * array.offset).reshape(-1, 2)
    return np.ascontiguousarray(pairs[:, 1]), np.ascontiguousarray(pairs[:, 0])


def decimal_array(high: Int64s, low: Int64s, type_: pa.DataType, nulls: Mask | None = None) -> pa.Array:
    """The inverse of :func:`decimal_words`."""
    pairs = np.column_stack((low, high))
    return pa.Array.from_buffers(type_, len(high), [_validity(nulls), pa.py_buffer(np.ascontiguousarray(pairs))])


def fixed_width_array(values: Int64s, type_: pa.DataType, nulls: Mask | None = None) -> pa.Array:
    """An array of a boolean, integer or temporal type from the int64 of its values."""
    if pa.types.is_boolean(type_):
        return pa.array(values != 0, type_, mask=nulls)
    stored = np.ascontiguousarray(values, dtype=_STORED[type_.id])
    return pa.Array.from_buffers(type_, len(values), [_validity(nulls), pa.py_buffer(stored)])


def byte_offsets(array: pa.Array) -> tuple[Int64s, UInt8s]:
    """Offsets (one more than rows) and bytes of a string or binary array; NULLs are empty."""
    if array.null_count:
        array = array.fill_null(b"" if pa.types.is_binary(array.type) else "")
    _, offset_buffer, data_buffer = array.buffers()
    if offset_buffer is None or len(array) == 0:
        return np.zeros(len(array) + 1, np.int64), np.zeros(0, np.uint8)
    offsets = np.frombuffer(offset_buffer, np.int32, len(array) + 1, 4 * array.offset).astype(np.int64)
    data = np.zeros(0, np.uint8) if data_buffer is None else np.frombuffer(data_buffer, np.uint8)
    return offsets, data


def byte_array(offsets: Int64s, data: UInt8s, type_: pa.DataType, nulls: Mask | None = None) -> pa.Array:
    """A string or binary array over ``data[offsets[i] : offsets[i + 1]]``."""
    buffers = [_validity(nulls), pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data)]
    return pa.Array.from_buffers(type_, len(offsets) - 1, buffers)


def sliced_bytes(starts: Int64s, lengths: Int64s, data: UInt8s) -> tuple[Int64s, UInt8s]:
    """Offsets and bytes of the ``lengths[i]`` bytes of ``data`` from ``starts[i]``."""
    offsets = np.zeros(len(starts) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    out = np.empty(int(offsets[-1]), np.uint8)
    gather_bytes(starts, lengths, data, offsets, out)
    return offsets, out


def is_ascii(array: pa.Array) -> bool:
    """Whether a string array has no character of more than a byte; NULLs are looked at as what they hide."""
    _, offset_buffer, data_buffer = array.buffers()
    if data_buffer is None or len(array) == 0:
        return True
    ends = np.frombuffer(offset_buffer, np.int32, len(array) + 1, 4 * array.offset)
    data = np.frombuffer(data_buffer, np.int8)[ends[0] : ends[-1]]
    return not data.size or bool(data.min() >= 0)


def plain(array: pa.Array) -> pa.Array:
    """``array`` without dictionary encoding or 64-bit offsets, which kernels do not know."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_large_string(array.type):
        return pc.cast(array, pa.string())
    if pa.types.is_large_binary(array.type):
        return pc.cast(array, pa.binary())
    return array


def _validity(nulls: Mask | None) -> pa.Buffer | None:
    if nulls is None or not nulls.any():
        return None
    return pa.py_buffer(np.packbits(~nulls, bitorder="little"))


_STORED: dict[int, type[np.generic]] = {
    pa.int8().id: np.int8,
    pa.int16().id: np.int16,
    pa.int32().id: np.int32,
    pa.int64().id: np.int64,
    pa.uint8().id: np.uint8,
    pa.uint64().id: np.uint64,
    pa.float32().id: np.float32,
    pa.float64().id: np.float64,
    pa.date32().id: np.int32,
    pa.time32("ms").id: np.int32,
    pa.time64("us").id: np.int64,
    pa.timestamp("ms").id: np.int64,
    pa.duration("ms").id: np.int64,
}
