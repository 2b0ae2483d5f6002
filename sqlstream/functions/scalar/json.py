"""JSON_VALUE and JSON_EXISTS. Each row is a document of its own, parsed by itself."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from sqlstream.functions.constant_arguments import per_constant
from sqlstream.functions.json_paths import MISSING, find, parse_path
from sqlstream.functions.signature import CHARACTER, always, scalar, signature
from sqlstream.types import logical as t

_WORDS = {True: "true", False: "false"}


def _scalar_text(value: Any) -> str | None:
    """Text of a JSON scalar; None for null, objects, arrays and what is not there."""
    if isinstance(value, bool):
        return _WORDS[value]
    return value if isinstance(value, str) else None


@scalar(
    "JSON_VALUE",
    signature(CHARACTER, CHARACTER, returns=always(t.STRING)),
    doc="The scalar at a path of a JSON document, as text; NULL if there is none.",
    examples={"JSON_VALUE('{\"a\": {\"b\": 1}}', '$.a.b')": "1"},
)
@per_constant()
def json_value(document: pa.Array, path: str) -> pa.Array:
    steps = parse_path(path)
    texts = (None if text is None else _scalar_text(find(text, steps)) for text in document.to_pylist())
    return pa.array(texts, pa.string())


@scalar(
    "JSON_EXISTS",
    signature(CHARACTER, CHARACTER, returns=always(t.BOOLEAN)),
    doc="TRUE if a path of a JSON document leads to a value that is not null.",
    examples={"JSON_EXISTS('{\"a\": 1}', '$.a')": "TRUE"},
)
@per_constant()
def json_exists(document: pa.Array, path: str) -> pa.Array:
    steps = parse_path(path)
    flags = (None if text is None else find(text, steps) not in (MISSING, None) for text in document.to_pylist())
    return pa.array(flags, pa.bool_())
