"""Batches laid end to end keep their rows, their order and their kinds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.concat import concat_batches


def batch(*numbers: int, kinds: list[RowKind] | None = None) -> Batch:
    data = pa.record_batch({"n": pa.array(numbers, pa.int64())})
    return Batch(data, None if kinds is None else np.array(kinds, np.int8))


def test_append_only_batches_stay_append_only() -> None:
    joined = concat_batches([batch(1, 2), batch(3)])
    assert joined.kinds is None
    assert joined.column(0).to_pylist() == [1, 2, 3]


def test_rows_without_kinds_are_insertions_among_those_with() -> None:
    joined = concat_batches([batch(1), batch(1, 2, kinds=[RowKind.DELETE, RowKind.UPDATE_AFTER])])
    assert [(kind.short, row) for kind, row in joined.to_rows()] == [("+I", (1,)), ("-D", (1,)), ("+U", (2,))]


def test_a_single_batch_is_itself() -> None:
    only = batch(1)
    assert concat_batches([only]) is only
