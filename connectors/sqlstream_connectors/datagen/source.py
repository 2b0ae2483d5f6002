"""Reading generated rows: split i of n has every n-th row, and a position is how many of them were read.

A subtask that goes on with the splits of several reads them as one, so that its rows still come in order: their event
times may follow from their numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.spi.connector import Source, SourceSplit, SplitReader, StartedSplit, empty_batch
from sqlstream.types.schema import Schema
from sqlstream_connectors.datagen.random_words import Indices

_BURST_SECONDS = 0.05
"""Rows are handed out in bursts of this length rather than one by one."""


Columns = Callable[[Indices], Sequence[pa.Array]]
"""The columns of the rows with the given ascending numbers."""


class Pacing(Protocol):
    """How fast rows are handed out."""

    def take(self, wanted: int, timeout: float) -> int:
        """Up to ``wanted`` rows, after waiting up to ``timeout`` seconds for some to be due."""


class Unpaced:
    """As fast as they are wanted."""

    def take(self, wanted: int, timeout: float) -> int:
        return wanted


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
    """``row_count`` rows over all splits (None: without end), handed out as ``pacing`` of a reader's shares says.

    ``projects_fields``: ``columns`` makes ROW columns with fewer fields too. ``keep_alive``: it does not end after its
    last row.
    """

    def __init__(
        self,
        schema: Schema,
        columns: Columns,
        row_count: int | None,
        pacing: Callable[[Sequence[Share]], Pacing],
        *,
        projects_fields: bool = False,
        keep_alive: bool = False,
    ) -> None:
        self._schema = schema
        self._columns = columns
        self._row_count = row_count
        self._pacing = pacing
        self._projects_fields = projects_fields
        self._keep_alive = keep_alive

    @property
    def projects_fields(self) -> bool:
        return self._projects_fields

    @property
    def bounded(self) -> bool:
        return self._row_count is not None and not self._keep_alive

    def splits(self, parallelism: int) -> Sequence[SourceSplit]:
        return [_split([{"first": index, "step": parallelism}]) for index in range(parallelism)]

    def reader(self, split: SourceSplit, position: Any | None) -> SplitReader:
        shares = [
            Share(int(part["first"]), int(part["step"]), self._row_count, rows)
            for part, rows in zip(split.description["parts"], _rows_read(StartedSplit(split, position)), strict=True)
        ]
        return GeneratedReader(self._schema, self._columns, shares, self._pacing(shares), self._keep_alive)

    def joined(self, splits: Sequence[StartedSplit]) -> Sequence[StartedSplit]:
        """One split: rows come in the order of their numbers, whoever makes them."""
        if len(splits) < 2:
            return splits
        parts = [part for each in splits for part in each.split.description["parts"]]
        return [StartedSplit(_split(parts), {"rows": [rows for each in splits for rows in _rows_read(each)]})]

    def parted(self, split: StartedSplit) -> Sequence[StartedSplit]:
        parts = split.split.description["parts"]
        return [
            StartedSplit(_split([part]), {"rows": [rows]}) for part, rows in zip(parts, _rows_read(split), strict=True)
        ]


def rows_a_second(
    rate: int, clock: Callable[[], float] = time.monotonic, wait: Callable[[float], None] = time.sleep
) -> Callable[[Sequence[Share]], Pace]:
    """A pace of ``rate`` rows a second over all splits."""
    return lambda shares: Pace(rate * sum(1 / share.step for share in shares), clock, wait)


def _split(parts: Sequence[Mapping[str, int]]) -> SourceSplit:
    return SourceSplit("+".join(f"{part['first']}/{part['step']}" for part in parts), {"parts": list(parts)})


def _rows_read(split: StartedSplit) -> Sequence[int]:
    """How many rows of each part were read."""
    rows: Sequence[int] = (
        [0] * len(split.split.description["parts"]) if split.position is None else split.position["rows"]
    )
    return rows


@dataclass
class Share:
    """Rows ``first``, ``first + step``, ... of ``row_count`` in all (None: without end); ``read`` of them were read."""

    first: int
    step: int
    row_count: int | None
    read: int

    def left(self, wanted: int) -> int:
        """How many there are still, up to ``wanted``."""
        if self.row_count is None:
            return wanted
        return min(wanted, max(0, -(-(self.row_count - self.first) // self.step) - self.read))

    def following(self, count: int) -> Indices:
        """The numbers of the next ``count`` rows."""
        return self.first + self.step * np.arange(self.read, self.read + count, dtype=np.int64)


class GeneratedReader(SplitReader):
    """The rows of ``shares``, in order."""

    def __init__(
        self, schema: Schema, columns: Columns, shares: Sequence[Share], pace: Pacing, keep_alive: bool
    ) -> None:
        self._schema = schema
        self._arrow_schema = schema.to_arrow()
        self._columns = columns
        self._shares = shares
        self._pace = pace
        self._keep_alive = keep_alive

    def read(self, max_rows: int, timeout: float) -> Batch | None:
        left = min(max_rows, sum(share.left(max_rows) for share in self._shares))
        if not left:
            return self._after_last(timeout)
        rows = self._pace.take(left, timeout)
        if not rows:
            return empty_batch(self._schema)
        indices = self._take(rows)
        return Batch(build_record_batch(self._columns(indices), self._arrow_schema, rows))

    def _after_last(self, timeout: float) -> Batch | None:
        if not self._keep_alive:
            return None
        time.sleep(timeout)
        return empty_batch(self._schema)

    def _take(self, rows: int) -> Indices:
        """The ``rows`` lowest numbers that are left."""
        following = [share.following(share.left(rows)) for share in self._shares]
        taken = following[0][:rows] if len(following) == 1 else np.sort(np.concatenate(following))[:rows]
        for share, numbers in zip(self._shares, following, strict=True):
            share.read += int(np.searchsorted(numbers, taken[-1], side="right"))
        return taken

    def position(self) -> Any:
        return {"rows": [share.read for share in self._shares]}
