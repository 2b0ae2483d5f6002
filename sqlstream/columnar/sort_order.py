"""The order of rows under ORDER BY."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.batch import Rows


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
    if not columns:
        return np.arange(num_rows)
    keys: list[npt.NDArray[np.generic]] = []
    for column in reversed(columns):
        ranks = _ranks(column.values)
        keys.append(-ranks if column.descending else ranks)
        if column.values.null_count:
            nulls = np.asarray(column.values.is_null())
            keys.append(nulls if column.nulls_last else ~nulls)
    return np.lexsort(keys)


def _ranks(values: pa.Array) -> npt.NDArray[np.int64]:
    """Integers in the order of the values, equal for equal values; anything where NULL.

    Arrow ranks NaN after every number and before NULL, and takes -0.0 and 0.0 for equal.
    """
    if pa.types.is_null(values.type):
        return np.zeros(len(values), np.int64)
    return np.asarray(pc.rank(values, tiebreaker="dense")).astype(np.int64)
