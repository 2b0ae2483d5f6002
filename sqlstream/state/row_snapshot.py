"""Rows without a key as keyed state: they all belong to key group 0, and so to one subtask."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from sqlstream.state.snapshot import KEY_GROUP_COLUMN, KeyGroupRange, OperatorSnapshot, StateChunk

_KEY_GROUP = 0


def seal_rows(data: pa.RecordBatch, table: str) -> StateChunk:
    """``data`` as a chunk of ``table`` with an id of its own."""
    groups = pa.array(np.full(data.num_rows, _KEY_GROUP, np.int32))
    schema = data.schema.insert(0, pa.field(KEY_GROUP_COLUMN, pa.int32()))
    return StateChunk(uuid.uuid4().hex, table, pa.RecordBatch.from_arrays([groups, *data.columns], schema=schema))


def restored_rows(
    snapshots: Iterable[OperatorSnapshot], table: str, key_groups: KeyGroupRange
) -> Iterator[tuple[StateChunk, pa.RecordBatch]]:
    """The chunks of ``table`` with their rows, in order; none where another subtask owns them."""
    if _KEY_GROUP not in key_groups:
        return
    for snapshot in snapshots:
        for chunk in snapshot.keyed:
            if chunk.table == table:
                yield chunk, chunk.data.select(range(1, chunk.data.num_columns))
