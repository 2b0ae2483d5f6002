"""Joining batches end to end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Batch


def concat_batches(batches: Sequence[Batch]) -> Batch:
    """The rows of ``batches`` (at least one, of one schema) in order; kinds where any of them has kinds."""
    if len(batches) == 1:
        return batches[0]
    data = pa.concat_batches([batch.data for batch in batches])
    if all(batch.kinds is None for batch in batches):
        return Batch(data)
    kinds = [np.zeros(batch.num_rows, np.int8) if batch.kinds is None else batch.kinds for batch in batches]
    return Batch(data, np.concatenate(kinds))
