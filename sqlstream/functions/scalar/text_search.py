"""What is in a text: positions, lengths, prefixes, parts, character codes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import byte_array, byte_offsets, is_ascii, sliced_bytes
from sqlstream.functions.constant_arguments import per_constant
from sqlstream.functions.list_elements import element_at
from sqlstream.functions.registry import EvaluationContext
from sqlstream.functions.signature import CHARACTER, INTEGER, always, scalar, signature
from sqlstream.kernels.text_parts import find_parts
from sqlstream.types import logical as t

_CHARACTERS = pa.array([chr(code) for code in range(256)], pa.string())


def _position(text: pa.Array, needle: str, start: int = 1) -> pa.Array:
    """1-based character position of ``needle`` at or after ``start``; 0 if there is none."""
    start = max(start, 1)
    if not needle:
        return pa.array(np.full(len(text), start, np.int32))
    rest = text if start == 1 else pc.utf8_slice_codeunits(text, start - 1)
    byte = pc.find_substring(rest, needle)
    if pc.all(pc.string_is_ascii(rest)).as_py() is False:
        before = pc.list_element(pc.split_pattern(rest, needle, max_splits=1), 0)
        byte = pc.if_else(pc.less(byte, 0), byte, pc.utf8_length(before))
    return pc.if_else(pc.less(byte, 0), 0, pc.add(byte, start)).cast(pa.int32())


@scalar(
    "POSITION",
    signature(CHARACTER, CHARACTER, INTEGER, optional=1, returns=t.INT),
    doc="Where the first text is in the second, from 1; 0 if it is not.",
    aliases=("LOCATE",),
    examples={"POSITION('b' IN 'abcb')": "2", "LOCATE('b', 'abcb', 3)": "4"},
)
@per_constant(column=1)
def position(text: pa.Array, needle: str, start: int = 1) -> pa.Array:
    return _position(text, needle, start)


@scalar(
    "INSTR",
    signature(CHARACTER, CHARACTER, returns=t.INT),
    doc="Where the second text is in the first, from 1; 0 if it is not.",
    examples={"INSTR('abcb', 'b')": "2"},
)
@per_constant()
def instr(text: pa.Array, needle: str) -> pa.Array:
    return _position(text, needle)


@scalar(
    "CHAR_LENGTH",
    signature(CHARACTER, returns=t.INT),
    doc="The number of characters.",
    can_fail=False,
    aliases=("CHARACTER_LENGTH", "LENGTH"),
    examples={"CHAR_LENGTH('abc')": "3"},
)
def char_length(text: pa.Array, context: EvaluationContext) -> pa.Array:
    return pc.binary_length(text) if is_ascii(text) else pc.utf8_length(text)


@scalar(
    "STARTSWITH",
    signature(CHARACTER, CHARACTER, returns=t.BOOLEAN),
    doc="TRUE if the first text begins with the second.",
    examples={"STARTSWITH('abc', 'ab')": "TRUE"},
)
@per_constant()
def starts_with(text: pa.Array, prefix: str) -> pa.Array:
    return pc.starts_with(text, prefix)


@scalar(
    "ENDSWITH",
    signature(CHARACTER, CHARACTER, returns=t.BOOLEAN),
    doc="TRUE if the first text ends with the second.",
    examples={"ENDSWITH('abc', 'bc')": "TRUE"},
)
@per_constant()
def ends_with(text: pa.Array, suffix: str) -> pa.Array:
    return pc.ends_with(text, suffix)


@scalar(
    "SPLIT_INDEX",
    signature(CHARACTER, CHARACTER, INTEGER, returns=always(t.STRING)),
    doc="The part with this number, from 0, of a text split at a separator (an empty one: at blanks); else NULL.",
    examples={"SPLIT_INDEX('a,b,c', ',', 1)": "b"},
)
@per_constant()
def split_index(text: pa.Array, separator: str, index: int) -> pa.Array:
    if index < 0:
        return pa.nulls(len(text), pa.string())
    if not separator:
        return element_at(pc.split_pattern_regex(text, r"\s"), index)
    offsets, data = byte_offsets(text)
    starts, lengths = np.empty(len(text), np.int64), np.empty(len(text), np.int64)
    find_parts(offsets, data, np.frombuffer(separator.encode(), np.uint8), index, starts, lengths)
    missing = lengths < 0
    return byte_array(*sliced_bytes(starts, np.maximum(lengths, 0), data), pa.string(), missing)


@scalar(
    "ASCII",
    signature(CHARACTER, returns=t.INT),
    doc="The code of the first character; 0 for an empty text.",
    examples={"ASCII('abc')": "97"},
)
def ascii_code(text: pa.Array, context: EvaluationContext) -> pa.Array:
    _, offsets, data = text.buffers()
    starts = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
    content = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    empty = starts[:-1] == starts[1:]
    codes = content[np.where(empty, 0, starts[:-1])].astype(np.int8).astype(np.int32)
    return pa.array(np.where(empty, 0, codes), mask=text.is_null().to_numpy(zero_copy_only=False))


@scalar(
    "CHR",
    signature(INTEGER, returns=always(t.STRING)),
    doc="The character with this code modulo 256; an empty text for a negative code.",
    examples={"CHR(97)": "a"},
)
def chr_(code: pa.Array, context: EvaluationContext) -> pa.Array:
    index = pc.bit_wise_and(code, 255)
    return pc.if_else(pc.less(code, 0), "", _CHARACTERS.take(index))
