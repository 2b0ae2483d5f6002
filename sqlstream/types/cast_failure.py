"""What happens to values that a cast cannot take: an error that names the first of them, or NULL for all of them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.errors import DataError
from sqlstream.types.logical import LogicalType


def cleared(array: pa.Array, text: pa.Array, valid: pa.Array, target: LogicalType, safe: bool) -> pa.Array:
    """``array`` with NULL wherever ``valid`` is not TRUE.

    DataError naming the first such value of ``text``, unless ``safe`` or the value is itself NULL.
    """
    bad = pc.and_(pc.invert(pc.fill_null(valid, False)), text.is_valid())
    if not pc.any(bad).as_py():
        return array
    if not safe:
        first = text.filter(bad)[0].as_py()
        raise DataError(f"Cannot cast '{first}' to {target.summary}.", hint="TRY_CAST gives NULL instead of an error.")
    return pc.if_else(bad, pa.scalar(None, array.type), array)
