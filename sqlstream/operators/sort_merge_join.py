"""Join of bounded inputs that are sorted by key; the result comes in the order of the keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch, Rows
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.options import BATCH_SIZE
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.join_matching import LEFT, RIGHT, JoinMatching
from sqlstream.operators.join_rows import JoinRows
from sqlstream.operators.key_presence import rows_with_keys
from sqlstream.plan.physical import SortMergeJoin

_NO_KEY = -1


class SortedRows:
    """Rows in the order of their key codes, found by code."""

    def __init__(self, data: pa.RecordBatch, codes: Int64s) -> None:
        order = np.argsort(codes, kind="stable")
        self.data, self.codes = data.take(pa.array(order)), codes[order]

    def __len__(self) -> int:
        return len(self.codes)

    def matches(self, keys: Sequence[pa.Array], num_rows: int, limit: int) -> Iterator[tuple[Rows, Rows]]:
        """All pairs (index into the codes ``keys[0]``, number of a row with that code), in portions of about
        ``limit``."""
        codes = keys[0].to_numpy()
        starts = np.searchsorted(self.codes, codes, "left")
        counts = np.where(codes == _NO_KEY, 0, np.searchsorted(self.codes, codes, "right") - starts)
        ends = np.cumsum(counts)
        first = taken = 0
        while first < num_rows and taken < ends[-1]:
            last = max(int(np.searchsorted(ends, taken + limit, side="right")), first + 1)
            some = counts[first:last]
            count = int(some.sum())
            if count:
                probes = np.repeat(np.arange(first, last), some)
                within = np.arange(count) - np.repeat(np.cumsum(some) - some, some)
                yield probes, np.repeat(starts[first:last], some) + within
            first, taken = last, taken + count

    def gather(self, rows: Rows) -> pa.RecordBatch:
        """The rows with these numbers, in this order."""
        return self.data.take(pa.array(rows))


@implements(SortMergeJoin)
class SortMergeJoinOperator(Operator):
    """Holds both inputs; keys become codes that are in the order of the keys. Batch jobs take no checkpoints."""

    def __init__(self, node: SortMergeJoin) -> None:
        self._node = node
        self._schemas = (node.left.to_arrow(), node.right.to_arrow())
        self._keys = (node.left_keys, node.right_keys)
        self._held: tuple[list[pa.RecordBatch], list[pa.RecordBatch]] = ([], [])
        self._output = JoinRows(node.left, node.right, node.kind, node.schema)

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._matching = JoinMatching(self._node.kind, self._node.condition, self._output, context)
        self._batch_size = context.configuration.option(BATCH_SIZE)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        self._held[input].append(batch.data)
        return ()

    def finish(self) -> Iterable[Output]:
        sides = [self._whole(side) for side in (LEFT, RIGHT)]
        codes = self._codes(sides)
        left, right = (SortedRows(data, own) for data, own in zip(sides, codes, strict=True))
        met = np.zeros(len(right), np.bool_)
        for first in range(0, len(left), self._batch_size):
            batch = Batch(left.data.slice(first, self._batch_size))
            keys = [pa.array(left.codes[first : first + self._batch_size])]
            for portion in self._matching.portions(batch, LEFT, keys, right):
                met[portion.rows] = True
                yield from self._matching.rows_of(portion, batch, LEFT)
        if self._node.kind.pads_left:
            alone = np.flatnonzero(~met)
            for first in range(0, len(alone), self._batch_size):
                yield self._output.alone(right.gather(alone[first : first + self._batch_size]), RIGHT, None)

    def _whole(self, side: int) -> pa.RecordBatch:
        held = self._held[side]
        if held:
            return pa.concat_batches(held)
        schema = self._schemas[side]
        return build_record_batch([pa.array([], field.type) for field in schema], schema, 0)

    def _codes(self, sides: Sequence[pa.RecordBatch]) -> tuple[Int64s, Int64s]:
        """Equal for equal keys, and in their order; -1 where a NULL keeps a row from matching."""
        left, right = sides
        codes = np.zeros(left.num_rows + right.num_rows, np.int64)
        for a, b in zip(*self._keys, strict=True):
            column = pa.concat_arrays([left.column(a), right.column(b)])
            ranks = np.asarray(pc.rank(column, tiebreaker="dense")).astype(np.int64)
            codes = np.unique(codes * (len(column) + 1) + ranks, return_inverse=True)[1].reshape(-1)
        both = codes[: left.num_rows], codes[left.num_rows :]
        for data, keys, own in zip(sides, self._keys, both, strict=True):
            strict = [key for position, key in enumerate(keys) if position not in self._node.null_safe]
            present = rows_with_keys(data, strict)
            if present is not None:
                own[~present] = _NO_KEY
        return both
