"""Reading generated rows: split i of n has every n-th row, and a position is how many of them were read."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.spi.connector import Source, SourceSplit, SplitReader, empty_batch
from sqlstream.types.schema import Schema
from sqlstream_connectors.datagen.generators import Generator

_BURST_SECONDS = 0.05
"""Rows are handed out in bursts of this length rather than one by one."""


class Pace:
    """How many rows are due at ``rate`` rows a second. What was not fetched in time is owed for a second at most."""

    def __init__(self, rate: float, clock: Callable[[], float], wait: Callable[[float], None]) -> None:
        self._rate = rate
        self._clock = clock
        self._wait = wait
        self._due = 0.0
        self._seen = clock()

    def take(self, wanted: int, timeout: float) -> int:
        """Up to ``wanted`` rows, after waiting up to ``timeout`` seconds for a burst of them."""
        burst = min(wanted, max(1.0, self._rate * _BURST_SECONDS))
        self._catch_up()
        if self._due < burst:
            self._wait(min(timeout, (burst - self._due) / self._rate))
            self._catch_up()
        rows = min(wanted, int(self._due))
        self._due -= rows
        return rows

    def _catch_up(self) -> None:
        now = self._clock()
        self._due = min(self._due + (now - self._seen) * self._rate, max(1.0, self._rate))
        self._seen = now


class GeneratedSource(Source):
    """``row_count`` rows over all splits (None: without end), ``rows_per_second`` over all splits."""

    def __init__(
        self,
        schema: Schema,
        generators: Sequence[Generator],
        row_count: int | None,
        rows_per_second: int,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._schema = schema
        self._generators = generators
        self._row_count = row_count
        self._rows_per_second = rows_per_second
        self._clock = clock
        self._wait = wait

    @property
    def bounded(self) -> bool:
        return self._row_count is not None

    def splits(self, parallelism: int) -> Sequence[SourceSplit]:
        return [
            SourceSplit(f"{index}/{parallelism}", {"index": index, "step": parallelism}) for index in range(parallelism)
        ]

    def reader(self, split: SourceSplit, position: Any | None) -> SplitReader:
        first, step = int(split.description["index"]), int(split.description["step"])
        count = None if self._row_count is None else max(0, -(-(self._row_count - first) // step))
        pace = Pace(self._rows_per_second / step, self._clock, self._wait)
        return GeneratedReader(self._schema, self._generators, first, step, count, pace, position)


class GeneratedReader(SplitReader):
    """Rows ``first``, ``first + step``, ..., ``count`` of them."""

    def __init__(
        self,
        schema: Schema,
        generators: Sequence[Generator],
        first: int,
        step: int,
        count: int | None,
        pace: Pace,
        position: Mapping[str, int] | None,
    ) -> None:
        self._schema = schema
        self._arrow_schema = schema.to_arrow()
        self._generators = generators
        self._first = first
        self._step = step
        self._count = count
        self._pace = pace
        self._read = position["rows"] if position else 0

    def read(self, max_rows: int, timeout: float) -> Batch | None:
        left = max_rows if self._count is None else min(max_rows, self._count - self._read)
        if left <= 0:
            return None
        rows = self._pace.take(left, timeout)
        if not rows:
            return empty_batch(self._schema)
        indices = self._first + self._step * np.arange(self._read, self._read + rows, dtype=np.int64)
        self._read += rows
        columns = [generate(indices) for generate in self._generators]
        return Batch(build_record_batch(columns, self._arrow_schema, rows))

    def position(self) -> Any:
        return {"rows": self._read}
