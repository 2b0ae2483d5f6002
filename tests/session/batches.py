"""Batches from Python rows, for tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Batch
from sqlstream.types.schema import Schema


def record_batch(schema: Schema, rows: Sequence[Sequence[object]], kinds: Sequence[int] | None = None) -> Batch:
    arrow = schema.to_arrow()
    arrays = [pa.array([row[i] for row in rows], type_) for i, type_ in enumerate(arrow.types)]
    data = pa.RecordBatch.from_arrays(arrays, schema=arrow)
    return Batch(data, None if kinds is None else np.array(kinds, dtype=np.int8))
