"""Building record batches that keep their number of rows even without columns."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from sqlstream.columnar.batch import Batch


def build_record_batch(columns: Sequence[pa.Array], schema: pa.Schema, num_rows: int) -> pa.RecordBatch:
    """``columns`` under ``schema``; without columns, ``num_rows`` rows of nothing."""
    if len(schema):
        return pa.RecordBatch.from_arrays(list(columns), schema=schema)
    return pa.RecordBatch.from_struct_array(pa.StructArray.from_buffers(pa.struct([]), num_rows, [None]))


def under_schema(batch: Batch, schema: pa.Schema) -> Batch:
    """The same columns under the names of ``schema``: branches of a UNION ALL name theirs differently."""
    if batch.data.schema == schema:
        return batch
    return batch.with_data(build_record_batch(batch.data.columns, schema, batch.num_rows))
