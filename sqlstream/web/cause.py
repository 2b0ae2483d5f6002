"""Why something failed, as clients of Flink's REST API read it.

Flink's Java clients take the reason from a Java exception in Java's own serialised form, and from nothing else. So one
is written: an ``org.apache.flink.util.SerializedThrowable`` with its two texts (see the grammar in the Java Object
Serialization Specification).
"""

from __future__ import annotations

from base64 import b64encode

from sqlstream.web.shapes.outcomes import Cause

_HEADER = bytes.fromhex("ACED0005")
_OBJECT, _CLASS, _STRING, _LONG_STRING, _NULL, _END = b"\x73", b"\x72", b"\x74", b"\x7c", b"\x70", b"\x78"
_SERIALIZABLE = b"\x02"
_TEXT = b"L"
_STRING_TYPE = "Ljava/lang/String;"


def cause(kind: str, message: str) -> Cause:
    """``kind`` is the name of an exception."""
    return {
        "class": kind,
        "stack-trace": message,
        "serialized-throwable": b64encode(_serialized_throwable(kind, message)).decode(),
    }


def _serialized_throwable(kind: str, message: str) -> bytes:
    """Fields that are left out are null to the reader."""
    throwable = _class("java.lang.Throwable", "D5C635273977B8CB", ["detailMessage"], _NULL)
    exception = _class("java.lang.Exception", "D0FD1F3E1A3B1CC4", [], throwable)
    described = _class(
        "org.apache.flink.util.SerializedThrowable",
        "65169DF51FA713F3",
        ["fullStringifiedStackTrace", "originalErrorClassName"],
        exception,
    )
    return _HEADER + _OBJECT + described + _text(message) + _text(message) + _text(kind)


def _class(name: str, version: str, texts: list[str], parent: bytes) -> bytes:
    fields = b"".join(_TEXT + _utf(field) + _STRING + _utf(_STRING_TYPE) for field in texts)
    return (
        _CLASS
        + _utf(name)
        + bytes.fromhex(version)
        + _SERIALIZABLE
        + len(texts).to_bytes(2, "big")
        + fields
        + _END
        + parent
    )


def _utf(text: str) -> bytes:
    encoded = _modified_utf8(text)
    return len(encoded).to_bytes(2, "big") + encoded


def _text(text: str) -> bytes:
    encoded = _modified_utf8(text)
    if len(encoded) < 1 << 16:
        return _STRING + len(encoded).to_bytes(2, "big") + encoded
    return _LONG_STRING + len(encoded).to_bytes(8, "big") + encoded


def _modified_utf8(text: str) -> bytes:
    """Java's: each half of a surrogate pair is encoded by itself, and 0 as two bytes."""
    units = text.encode("utf-16-be", "surrogatepass")
    halves = (chr(int.from_bytes(units[i : i + 2], "big")) for i in range(0, len(units), 2))
    return "".join(halves).encode("utf-8", "surrogatepass").replace(b"\0", b"\xc0\x80")
