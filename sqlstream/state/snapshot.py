"""What an operator hands over at a checkpoint, and takes back at another parallelism.

Keyed state is a sequence of immutable Arrow chunks. Restoring is replaying the chunks of every earlier subtask in
order: a later row of a table replaces the earlier one with the same key, a tombstone removes it. So an
incremental snapshot is the earlier chunks plus one of what changed, and a chunk already stored is recognised by
its id.

Whoever has stored a chunk for good releases its rows (:meth:`StateChunk.release`), so that they do not stay in memory
for as long as snapshots name the chunk. Until then they are there, in every snapshot that names it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

KEY_GROUP_COLUMN = "__key_group"
TOMBSTONE_COLUMN = "__deleted"


@dataclass(frozen=True, slots=True)
class KeyGroupRange:
    """Key groups ``first`` to ``last``, both included."""

    first: int
    last: int

    def __contains__(self, key_group: int) -> bool:
        return self.first <= key_group <= self.last

    @staticmethod
    def of_subtask(subtask: int, parallelism: int, max_parallelism: int) -> KeyGroupRange:
        """The contiguous range owned by ``subtask``, as Flink's KeyGroupRangeAssignment computes it."""
        first = (subtask * max_parallelism + parallelism - 1) // parallelism
        last = ((subtask + 1) * max_parallelism - 1) // parallelism
        return KeyGroupRange(first, last)


class StateChunk:
    """Immutable rows of one state table. The first column is ``__key_group`` (int32); ``id`` is globally unique.

    The rows may be put together only when they are first asked for: by the thread that stores them, so that the
    operator need not wait. Any thread may ask.
    """

    __slots__ = ("_data", "_lock", "id", "table")

    def __init__(self, id: str, table: str, data: pa.RecordBatch | Callable[[], pa.RecordBatch]) -> None:
        self.id, self.table = id, table
        self._data: pa.RecordBatch | Callable[[], pa.RecordBatch] | None = data
        self._lock = threading.Lock()

    @property
    def released(self) -> bool:
        """Whether the rows are no longer here, because they are stored."""
        return self._data is None

    @property
    def data(self) -> pa.RecordBatch:
        """The rows; LookupError if they were released."""
        with self._lock:
            if self._data is None:
                raise LookupError(f"The rows of state chunk {self.id} have been released.")
            if not isinstance(self._data, pa.RecordBatch):
                self._data = self._data()
            return self._data

    def release(self) -> None:
        """Let go of the rows. Only for who knows them to be stored where they can be restored from; may be repeated."""
        with self._lock:
            self._data = None


@dataclass(frozen=True, slots=True)
class OperatorSnapshot:
    """What one subtask of an operator hands over. At the same parallelism each subtask gets back its own; at another
    one, ``keyed`` is split by key group, every new subtask sees the ``values`` of all old ones, and ``items`` are dealt
    out (Flink's union and even-split list state). ``values`` and ``items`` are JSON-serialisable."""

    keyed: tuple[StateChunk, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    items: tuple[Any, ...] = ()
