"""The order of rows under ORDER BY."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.batch import Rows
from sqlstream.columnar.row_format import is_single_word, value_words


@dataclass(frozen=True)
class SortColumn:
    """A column to order by; NULLs go first or last whatever the direction."""

    values: pa.Array
    descending: bool
    nulls_last: bool


def sorted_rows(columns: Sequence[SortColumn], num_rows: int) -> Rows:
    """The row numbers in order, by the first column, then the next; rows equal in all keep their order.

    NaN is greater than every number, as in Flink.
    """
    return np.lexsort(sort_keys(columns)) if columns else np.arange(num_rows)


def sort_keys(columns: Sequence[SortColumn]) -> list[npt.NDArray[np.generic]]:
    """Arrays, the most significant one last as ``numpy.lexsort`` takes them, that order rows as ``columns`` do and are
    equal where those are."""
    keys: list[npt.NDArray[np.generic]] = []
    for column in reversed(columns):
        ranks = _ranks(column.values)
        nulls = np.asarray(column.values.is_null()) if column.values.null_count else None
        if nulls is not None:
            ranks = np.where(nulls, 0, ranks)
        keys.append(~ranks if column.descending else ranks)
        if nulls is not None:
            keys.append(nulls if column.nulls_last else ~nulls)
    return keys


def _ranks(values: pa.Array) -> npt.NDArray[np.int64]:
    """Integers in the order of the values, equal for equal values; anything where NULL.

    NaN is after every number, and -0.0 is equal to 0.0.
    """
    if is_single_word(values.type):
        return value_words(values)
    if pa.types.is_null(values.type):
        return np.zeros(len(values), np.int64)
    return np.asarray(pc.rank(values, tiebreaker="dense")).astype(np.int64)
