"""A join of two sides of which one is known whole before the other is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Mask
from sqlstream.columnar.batch import Batch, Rows
from sqlstream.config.options import BATCH_SIZE
from sqlstream.operators.base import OperatorContext
from sqlstream.operators.join_matching import RIGHT, JoinMatching
from sqlstream.operators.join_rows import JoinRows
from sqlstream.operators.key_presence import rows_with_keys
from sqlstream.plan.expressions import Expression
from sqlstream.plan.physical import JoinKind
from sqlstream.state.row_chains import RowChains
from sqlstream.state.row_chunks import RowChunks
from sqlstream.types.schema import Schema


class BuiltRows:
    """Rows by key, only ever added to."""

    def __init__(self, schema: pa.Schema, keys: Sequence[int]) -> None:
        self._keys = keys
        self._chunks = RowChunks(schema)
        self._by_key = RowChains([schema.field(key).type for key in keys])

    def __len__(self) -> int:
        return len(self._chunks)

    def append(self, data: pa.RecordBatch) -> None:
        """Add rows, numbered from the present length on."""
        self._by_key.append([data.column(key) for key in self._keys], data.num_rows)
        self._chunks.append(data)

    def counts(self, keys: Sequence[pa.Array], num_rows: int) -> Rows:
        """How many rows there are with each of ``keys``."""
        return self._by_key.counts(keys, num_rows)

    def matches(self, keys: Sequence[pa.Array], num_rows: int, limit: int) -> Iterator[tuple[Rows, Rows]]:
        """All pairs (index into ``keys``, number of a row with that key), by index, in portions of about ``limit``."""
        return self._by_key.matches(keys, num_rows, limit)

    def gather(self, rows: Rows) -> pa.RecordBatch:
        """The rows with these numbers, in this order."""
        return self._chunks.gather(rows)


class BoundedJoin:
    """:meth:`build` with all rows of side ``built``, :meth:`probe` with those of the other, then :meth:`rest`."""

    def __init__(
        self,
        inputs: tuple[Schema, Schema],
        keys: tuple[Sequence[int], Sequence[int]],
        null_safe: Sequence[int],
        condition: Expression | None,
        kind: JoinKind,
        schema: Schema,
        built: int,
        context: OperatorContext,
    ) -> None:
        self._kind, self._built, self._keys = kind, built, keys
        self._by_key_alone = kind.left_only and condition is None and built == RIGHT
        self._comes_out = (kind.pads_right or kind.left_only, kind.pads_left)[built]
        self._strict = [key for position, key in enumerate(keys[built]) if position not in null_safe]
        self._output = JoinRows(*inputs, kind, schema)
        self._matching = JoinMatching(kind, condition, self._output, context)
        self._batch_size = context.configuration.option(BATCH_SIZE)
        self._rows = BuiltRows(inputs[built].to_arrow(), keys[built])
        self._met: Mask = np.zeros(0, np.bool_)
        self._without_key: list[pa.RecordBatch] = []

    def build(self, data: pa.RecordBatch) -> None:
        """Add rows of the side that is built."""
        present = rows_with_keys(data, self._strict)
        if present is not None:
            self._without_key.append(data.filter(pa.array(~present)))
            data = data.filter(pa.array(present))
        self._rows.append(data)

    def probe(self, batch: Batch) -> Iterator[Batch]:
        """What rows of the other side give; after all rows are built."""
        side = 1 - self._built
        keys = [batch.column(key) for key in self._keys[side]]
        if self._by_key_alone:
            yield from self._output.left_only(batch, self._rows.counts(keys, batch.num_rows))
            return
        for portion in self._matching.portions(batch, side, keys, self._rows):
            if self._comes_out:
                self._met = self._met if len(self._met) else np.zeros(len(self._rows), np.bool_)
                self._met[portion.rows] = True
            yield from self._matching.rows_of(portion, batch, side)

    def rest(self) -> Iterator[Batch]:
        """What the built rows give by themselves; after all rows were probed."""
        if not self._comes_out:
            return
        met = self._met if len(self._met) else np.zeros(len(self._rows), np.bool_)
        rows = np.flatnonzero(met if self._kind is JoinKind.SEMI else ~met)
        for first in range(0, len(rows), self._batch_size):
            yield self._output.alone(self._rows.gather(rows[first : first + self._batch_size]), self._built, None)
        if self._kind is not JoinKind.SEMI:
            for data in self._without_key:
                yield self._output.alone(data, self._built, None)
