"""The rows that come out of a join: pairs, rows of one side padded with NULLs, or left rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Batch, Kinds, Rows
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.plan.join_row import joined_row
from sqlstream.plan.physical import JoinKind
from sqlstream.types.schema import Schema

LEFT, RIGHT = 0, 1


class JoinRows:
    """Puts rows together for a join of ``kind`` whose result has ``schema``."""

    def __init__(self, left: Schema, right: Schema, kind: JoinKind, schema: Schema) -> None:
        self._kind = kind
        self._types = (left.to_arrow().types, right.to_arrow().types)
        self._schema = schema.to_arrow()
        self._joined = joined_row(left, right).to_arrow() if kind.left_only else self._schema

    def joined(self, batch: Batch, probes: Rows, opposite: pa.RecordBatch, side: int) -> pa.RecordBatch:
        """Row ``probes[i]`` (ascending) of ``batch``, which is of ``side``, and row ``i`` of ``opposite``."""
        own = _take(batch, probes)
        pair = (own, opposite) if side == LEFT else (opposite, own)
        return build_record_batch([*pair[0].columns, *pair[1].columns], self._joined, len(probes))

    def alone(self, data: pa.RecordBatch, side: int, kinds: Kinds | None) -> Batch:
        """Rows of ``side`` by themselves: the other side's columns are NULL, if there are any."""
        if self._kind.left_only:
            return Batch(build_record_batch(data.columns, self._schema, data.num_rows), kinds)
        missing = [pa.nulls(data.num_rows, type_) for type_ in self._types[1 - side]]
        pair = (data.columns, missing) if side == LEFT else (missing, data.columns)
        return Batch(build_record_batch([*pair[0], *pair[1]], self._schema, data.num_rows), kinds)

    def left_only(self, batch: Batch, partners: Rows) -> Iterator[Batch]:
        """Those rows of a left ``batch`` that a semi or anti join gives, knowing how many partners each has."""
        mask = partners > 0 if self._kind is JoinKind.SEMI else partners == 0
        if mask.any():
            found = batch if mask.all() else batch.filter(mask)
            yield self.alone(found.data, LEFT, found.kinds)

    def of_batch(
        self, batch: Batch, side: int, probes: Rows, joined: pa.RecordBatch | None, unmatched: Rows
    ) -> Iterator[Batch]:
        """The pairs of rows ``probes`` of ``batch`` and its ``unmatched`` rows by themselves, each with the kind of its
        row. They keep the order of the batch where it matters: a row may be taken away and come again."""
        kinds = batch.kinds
        parts: list[tuple[pa.RecordBatch, Rows]] = []
        if joined is not None and joined.num_rows:
            parts.append((joined, probes))
        if len(unmatched):
            parts.append((self.alone(_take(batch, unmatched), side, None).data, unmatched))
        if kinds is None or len(parts) < 2:
            for data, rows in parts:
                yield Batch(data, None if kinds is None else kinds[rows])
            return
        rows = np.concatenate([probes, unmatched])
        order = np.argsort(rows, kind="stable")
        yield Batch(pa.concat_batches([data for data, _ in parts]).take(pa.array(order)), kinds[rows[order]])


def _take(batch: Batch, rows: Rows) -> pa.RecordBatch:
    """``rows`` (ascending) of ``batch``; the batch's own when they are all its rows, once each."""
    if len(rows) == batch.num_rows and rows[0] == 0 and bool((np.diff(rows) == 1).all()):
        return batch.data
    return batch.data.take(pa.array(rows))
