"""The rows of a cursor's result: as Python tuples, or as Arrow batches without a row in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.dbapi.exceptions import NotSupportedError
from sqlstream.dbapi.python_values import python_rows
from sqlstream.types.schema import Schema

OP_COLUMN = "op"
"""The first column of a changelog's Arrow batches: +I, -U, +U or -D."""

_KIND_TEXTS = pa.array([kind.short for kind in sorted(RowKind)], pa.string())


class ChangelogRow(tuple[Any, ...]):
    """A row of a changelog: a tuple that knows by its ``kind`` what it does to the result."""

    kind: RowKind

    def __new__(cls, values: tuple[Any, ...], kind: RowKind) -> ChangelogRow:
        row = super().__new__(cls, values)
        row.kind = kind
        return row

    def __repr__(self) -> str:
        return f"{self.kind.short}{super().__repr__()}"


class ResultRows(Iterator[tuple[Any, ...]]):
    """``next_batch`` waits for more rows, and gives None at the end. Without ``changelog`` a row that is no insert is
    an error: who does not look at row kinds would take a wrong result for a right one.
    """

    def __init__(self, schema: Schema, next_batch: Callable[[], Batch | None], changelog: bool) -> None:
        self._next_batch = next_batch
        self._changelog = changelog
        self._batch: Batch | None = None
        self._rows: list[tuple[Any, ...]] = []
        self._position = 0
        arrow = schema.to_arrow()
        self.arrow_schema = arrow.insert(0, pa.field(OP_COLUMN, pa.string())) if changelog else arrow

    def __next__(self) -> tuple[Any, ...]:
        while self._position == len(self._rows):
            if not self._advance():
                raise StopIteration
            assert self._batch is not None
            self._rows = self._as_tuples(self._batch)
        row = self._rows[self._position]
        self._position += 1
        return row

    def take(self, count: int) -> list[tuple[Any, ...]]:
        """The next ``count`` rows, or what is left."""
        return list(islice(self, count))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """What has not been fetched yet, in batches as they come."""
        if self._batch is not None and self._position < self._batch.num_rows:
            rest = self._batch.slice(self._position, self._batch.num_rows - self._position)
            self._batch, self._rows, self._position = None, [], 0
            yield self._as_arrow(rest)
        while self._advance():
            assert self._batch is not None
            batch, self._batch = self._batch, None
            yield self._as_arrow(batch)

    def _advance(self) -> bool:
        self._batch, self._rows, self._position = self._next_batch(), [], 0
        if self._batch is None:
            return False
        if not self._changelog and not self._batch.is_append_only:
            raise NotSupportedError(
                "The query's result changes while it runs, and this cursor takes new rows only.",
                hint="Run it in batch mode (execution.runtime-mode), or use connection.cursor(changelog=True).",
            )
        return True

    def _as_tuples(self, batch: Batch) -> list[tuple[Any, ...]]:
        rows = python_rows(batch.data)
        if not self._changelog:
            return rows
        return [ChangelogRow(row, RowKind(kind)) for row, kind in zip(rows, _kinds(batch).tolist(), strict=True)]

    def _as_arrow(self, batch: Batch) -> pa.RecordBatch:
        if not self._changelog:
            return batch.data
        texts = _KIND_TEXTS.take(pa.array(_kinds(batch)))
        return pa.RecordBatch.from_arrays([texts, *batch.data.columns], schema=self.arrow_schema)


def _kinds(batch: Batch) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    return np.zeros(batch.num_rows, np.int8) if batch.kinds is None else batch.kinds
