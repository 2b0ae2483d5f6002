"""Building record batches that keep their number of rows even without columns."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa


def build_record_batch(columns: Sequence[pa.Array], schema: pa.Schema, num_rows: int) -> pa.RecordBatch:
    """``columns`` under ``schema``; without columns, ``num_rows`` rows of nothing."""
    if len(schema):
        return pa.RecordBatch.from_arrays(list(columns), schema=schema)
    return pa.RecordBatch.from_struct_array(pa.StructArray.from_buffers(pa.struct([]), num_rows, [None]))
