"""Changes as a table takes them that upserts by primary key."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.difference import differs


def as_upserts(batch: Batch, key: Sequence[int]) -> Batch:
    """``batch`` without -U: one whose +U with the same ``key`` follows it at once is left out, any other deletes, as
    where a filter lets only one of the two pass."""
    if batch.kinds is None or not (batch.kinds == RowKind.UPDATE_BEFORE).any():
        return batch
    before = batch.kinds == RowKind.UPDATE_BEFORE
    replaced = np.zeros(batch.num_rows, np.bool_)
    replaced[:-1] = before[:-1] & (batch.kinds[1:] == RowKind.UPDATE_AFTER)
    for column in key:
        values = batch.column(column)
        replaced[:-1] &= ~differs(values.slice(0, batch.num_rows - 1), values.slice(1))
    kinds = np.where(before, RowKind.DELETE, batch.kinds).astype(np.int8)
    return Batch(batch.data, kinds).filter(~replaced)
