"""Digests and text encodings: MD5, SHA*, BASE64, hexadecimal. One call of a C routine a row."""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid as uuids
from collections.abc import Callable

import pyarrow as pa

from sqlstream.functions.constant_arguments import per_constant
from sqlstream.functions.registry import EvaluationContext
from sqlstream.functions.signature import BINARY, CHARACTER, INTEGER, always, scalar, signature
from sqlstream.types import logical as t


def _each(array: pa.Array, function: Callable[[bytes], str | bytes | None], type_: pa.DataType) -> pa.Array:
    values = array.cast(pa.binary()).to_pylist()
    return pa.array([None if value is None else function(value) for value in values], type_)


def _declare_digest(name: str, algorithm: str, digits: int) -> None:
    @scalar(
        name,
        signature(CHARACTER, returns=t.CharType(length=digits)),
        signature(BINARY, returns=t.CharType(length=digits)),
        doc=f"The {name} digest in base 16.",
    )
    def digest(value: pa.Array, context: EvaluationContext) -> pa.Array:
        return _each(value, lambda data: hashlib.new(algorithm, data).hexdigest(), pa.string())


for _name, _digits in (("MD5", 32), ("SHA1", 40), ("SHA224", 56), ("SHA256", 64), ("SHA384", 96), ("SHA512", 128)):
    _declare_digest(_name, _name.lower(), _digits)


@scalar(
    "SHA2",
    signature(CHARACTER, INTEGER, returns=t.VarCharType(length=128)),
    doc="The SHA-2 digest of 224, 256, 384 or 512 bits in base 16; NULL for another length.",
)
@per_constant()
def sha2(value: pa.Array, bits: int) -> pa.Array:
    if bits not in (224, 256, 384, 512):
        return pa.nulls(len(value), pa.string())
    return _each(value, lambda data: hashlib.new(f"sha{bits}", data).hexdigest(), pa.string())


@scalar(
    "TO_BASE64",
    signature(CHARACTER, returns=t.STRING),
    signature(BINARY, returns=t.STRING),
    doc="In base 64.",
    examples={"TO_BASE64('hello world')": "aGVsbG8gd29ybGQ="},
)
def to_base64(value: pa.Array, context: EvaluationContext) -> pa.Array:
    return _each(value, base64.b64encode, pa.string())


def _from_base64(data: bytes) -> str | None:
    try:
        return base64.b64decode(data).decode(errors="replace")
    except binascii.Error:
        return None


@scalar(
    "FROM_BASE64",
    signature(CHARACTER, returns=always(t.STRING)),
    doc="Decoded from base 64; NULL if it is none.",
    examples={"FROM_BASE64('aGVsbG8gd29ybGQ=')": "hello world"},
)
def from_base64(value: pa.Array, context: EvaluationContext) -> pa.Array:
    return _each(value, _from_base64, pa.string())


@scalar(
    "HEX",
    signature(CHARACTER, returns=t.STRING),
    signature(
        INTEGER,
        returns=t.STRING,
        implementation=lambda value, _: pa.array(
            [None if v is None else f"{v & 0xFFFFFFFFFFFFFFFF:X}" for v in value.to_pylist()], pa.string()
        ),
    ),
    doc="A text's bytes, or an integer, in base 16.",
    examples={"HEX(255)": "FF", "HEX('hello')": "68656C6C6F"},
)
def hexadecimal(value: pa.Array, context: EvaluationContext) -> pa.Array:
    return _each(value, lambda data: data.hex().upper(), pa.string())


@scalar("UUID", signature(returns=t.CharType(length=36)), doc="A random UUID.", deterministic=False)
def uuid(context: EvaluationContext) -> pa.Array:
    return pa.array([str(uuids.uuid4()) for _ in range(context.num_rows)], pa.string())
