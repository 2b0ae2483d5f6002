"""The only data that ever moves: an Arrow record batch and, where the stream changes, its row kinds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.errors import DataError

Kinds = npt.NDArray[np.int8]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class RowKind(IntEnum):
    """What a row does to the result; the values are those of Flink's ``RowKind`` byte."""

    INSERT = 0
    UPDATE_BEFORE = 1
    UPDATE_AFTER = 2
    DELETE = 3

    @property
    def short(self) -> str:
        return _SHORT[self]


_SHORT = {
    RowKind.INSERT: "+I",
    RowKind.UPDATE_BEFORE: "-U",
    RowKind.UPDATE_AFTER: "+U",
    RowKind.DELETE: "-D",
}

_SIGNS = np.array([1, -1, 1, -1], dtype=np.int8)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Rows and what each does. ``kinds`` is None on an append-only stream, else one RowKind per row."""

    data: pa.RecordBatch
    kinds: Kinds | None = None

    @property
    def num_rows(self) -> int:
        return int(self.data.num_rows)

    @property
    def is_append_only(self) -> bool:
        return self.kinds is None or not self.kinds.any()

    def column(self, index: int) -> pa.Array:
        return self.data.column(index)

    def signs(self) -> Kinds:
        """+1 for each row that adds (+I, +U), -1 for each that takes away (-U, -D)."""
        if self.kinds is None:
            return np.ones(self.num_rows, dtype=np.int8)
        return _SIGNS[self.kinds]

    def take(self, rows: Rows) -> Batch:
        kinds = None if self.kinds is None else self.kinds[rows]
        return Batch(self.data.take(pa.array(rows)), kinds)

    def filter(self, mask: Mask) -> Batch:
        kinds = None if self.kinds is None else self.kinds[mask]
        return Batch(self.data.filter(pa.array(mask)), kinds)

    def slice(self, offset: int, length: int) -> Batch:
        kinds = None if self.kinds is None else self.kinds[offset : offset + length]
        return Batch(self.data.slice(offset, length), kinds)

    def with_data(self, data: pa.RecordBatch) -> Batch:
        """Other columns, the same rows and kinds."""
        return Batch(data, self.kinds)

    def to_rows(self) -> list[tuple[RowKind, tuple[Any, ...]]]:
        """Python rows, for the edges only: printing and tests. DataError for a date Python does not have."""
        kinds = [RowKind.INSERT] * self.num_rows if self.kinds is None else [RowKind(k) for k in self.kinds]
        columns = [
            _python_values(name, column) for name, column in zip(self.data.schema.names, self.data.columns, strict=True)
        ]
        rows = list(zip(*columns, strict=True)) if columns else [()] * self.num_rows
        return list(zip(kinds, rows, strict=True))


def _python_values(name: str, column: pa.Array) -> list[Any]:
    try:
        return column.to_pylist()  # type: ignore[no-any-return]
    except (OverflowError, ValueError):
        raise DataError(
            f"Column '{name}' holds a date or time that Python's datetime does not have.",
            hint=f"CAST({name} AS STRING), or read the result with to_arrow().",
        ) from None
