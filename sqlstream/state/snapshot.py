"""What an operator hands over at a checkpoint, and takes back at another parallelism.

Keyed state is a sequence of immutable Arrow chunks. Restoring is replaying the chunks of every earlier subtask in
order: a later row of a table replaces the earlier one with the same key, a tombstone removes it. So an
incremental snapshot is the earlier chunks plus one of what changed, and a chunk already stored is recognised by
its id.
"""

from __future__ import annotations

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class StateChunk:
    """Immutable rows of one state table. The first column is ``__key_group`` (int32); ``id`` is globally unique."""

    id: str
    table: str
    data: pa.RecordBatch


@dataclass(frozen=True, slots=True)
class OperatorSnapshot:
    """What one subtask of an operator hands over. At the same parallelism each subtask gets back its own; at another
    one, ``keyed`` is split by key group, every new subtask sees the ``values`` of all old ones, and ``items`` are dealt
    out (Flink's union and even-split list state). ``values`` and ``items`` are JSON-serialisable."""

    keyed: tuple[StateChunk, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    items: tuple[Any, ...] = ()
