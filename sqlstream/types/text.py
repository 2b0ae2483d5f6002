"""Values as a result table shows them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from sqlstream.types.arrow import to_arrow
from sqlstream.types.logical import LogicalType
from sqlstream.types.to_text import to_text


def format_array(array: pa.Array, type_: LogicalType, time_zone: str) -> list[str | None]:
    """The text of each value of a column, None for NULL. Fast: use it for whole columns."""
    return list(to_text(array, type_, time_zone, printing=True).to_pylist())


def format_value(value: Any, type_: LogicalType, time_zone: str) -> str:
    """The text of one Python value as Arrow gives it; ``NULL`` for None."""
    text = format_array(pa.array([value], to_arrow(type_)), type_, time_zone)[0]
    return "NULL" if text is None else text
