"""Which columns of an ``old`` are given as null: what the columnar reader cannot tell from those not given at all."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream_connectors.formats.line_scan import Lines

_NULL = b"null"


def explicit_nulls(
    text: bytes, lines: Lines, numbers: Int64s, names: list[str], first: Int64s, count: Int64s | Mask
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]] | None:
    """Row ``first[i] + j`` has a flag for each column of ``names``: whether it is null in image ``j`` of the
    ``count[i]`` in the old of record ``i``, which is on line ``numbers[i]``. None, the usual thing: there is none.

    Only lines that say null, and have an old, are looked at one by one.
    """
    if not len(first) or not names or _NULL not in text:
        return None
    flags = np.zeros((int(first[-1]) + max(int(count[-1]), 1), len(names)), np.bool_)
    for record in np.flatnonzero(count).tolist():
        number = int(numbers[record])
        line = text[lines.starts[number] : lines.ends[number]]
        if _NULL in line:
            images = _images(json.loads(line), record - int(np.searchsorted(numbers, number)))
            for j, image in enumerate(images[: int(count[record])]):
                flags[int(first[record]) + j] = [name in image and image[name] is None for name in names]
    return flags if flags.any() else None


def _images(value: Any, ordinal: int) -> list[Any]:
    """The images in the old of a line's record, of which it may have several in an array."""
    old = (value[ordinal] if isinstance(value, list) else value)["old"]
    return old if isinstance(old, list) else [old]
