"""Which rows have a key at all: a NULL is equal to nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.batch import Mask


def rows_with_keys(data: pa.RecordBatch, keys: Sequence[int]) -> Mask | None:
    """Which rows have no NULL in columns ``keys``; None if all."""
    present = [data.column(key).is_valid() for key in keys if data.column(key).null_count]
    return np.asarray(reduce(pc.and_, present)) if present else None
