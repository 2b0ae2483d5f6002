"""Rows of a lookup join that wait for the answer to their keys."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.spi.lookup import LookupRows


@dataclass(eq=False)
class Question:
    """``keys`` are the distinct keys of ``batch``, ``owners`` says which one each row has (-1: it has NULL in it).
    ``open`` are those that are asked for and not answered; of the others ``answers`` has the rows."""

    batch: Batch
    keys: pa.RecordBatch
    owners: Int64s
    asked_at: int
    open: Int64s
    answers: list[LookupRows] = field(default_factory=list)
    future: Future[LookupRows] | None = None
    failures: int = 0
    attempts: int = 0
    retry_at: int | None = None

    @property
    def answered(self) -> bool:
        return not len(self.open)

    def open_keys(self) -> pa.RecordBatch:
        return self.keys if len(self.open) == self.keys.num_rows else self.keys.take(pa.array(self.open))

    def take(self, rows: LookupRows) -> Int64s:
        """Rows for the open keys have come: which of these have none."""
        self.answers.append(LookupRows(rows.data, self.open[rows.owners]))
        found = np.zeros(len(self.open), np.bool_)
        found[rows.owners] = True
        missing: Int64s = self.open[~found]
        return missing

    def rows(self, schema: pa.Schema) -> LookupRows:
        """All rows there are, by key."""
        none = pa.RecordBatch.from_pylist([], schema=schema)
        data = pa.concat_batches([none, *(answer.data for answer in self.answers)])
        owners = np.concatenate([np.zeros(0, np.int64), *(answer.owners for answer in self.answers)])
        order = np.argsort(owners, kind="stable")
        return LookupRows(data.take(pa.array(order)), owners[order])


def question(batch: Batch, columns: Sequence[pa.Array], now: int) -> Question:
    """What to ask for rows whose key ``columns`` are these."""
    names = [f"key{i}" for i in range(len(columns))]
    valid = np.ones(batch.num_rows, np.bool_)
    for column in columns:
        if column.null_count:
            valid &= np.asarray(column.is_valid())
    present = list(columns) if valid.all() else [column.filter(pa.array(valid)) for column in columns]
    index = KeyIndex([column.type for column in columns])
    owners = np.full(batch.num_rows, -1, np.int64)
    owners[valid] = index.upsert(present)
    every = np.arange(index.size)
    keys = pa.RecordBatch.from_arrays(index.keys(every), names)
    return Question(batch, keys, owners, now, every)


def to_text(batch: Batch) -> str:
    """``batch`` as JSON may hold it."""
    kinds = np.zeros(batch.num_rows, np.int8) if batch.kinds is None else batch.kinds
    data = batch.data.append_column("__kind", pa.array(kinds))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, data.schema) as writer:
        writer.write_batch(data)
    return base64.b64encode(sink.getvalue()).decode()


def from_text(text: str) -> Batch:
    """The inverse of :func:`to_text`."""
    data = pa.ipc.open_stream(base64.b64decode(text)).read_next_batch()
    kinds = data.column(data.num_columns - 1).to_numpy()
    rows = data.select(range(data.num_columns - 1))
    return Batch(rows, kinds if kinds.any() else None)
