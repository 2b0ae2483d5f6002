"""State by key: slots of keys for as long as a batch is worked on, and snapshots of all keys."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.state.snapshot import KeyGroupRange, OperatorSnapshot, StateChunk


class KeyedTable(ABC):
    """Gives keys slots; the operator keeps state by slot in a :class:`~sqlstream.state.slot_state.SlotState`.

    Slots are valid until :meth:`remove`, :meth:`settle` or the next :meth:`upsert`, whichever is first.
    """

    @property
    @abstractmethod
    def index(self) -> KeyIndex:
        """The keys that have slots, to read."""

    def upsert(self, keys: Sequence[pa.Array], num_rows: int) -> Int64s:
        """The slot of each row's key, with its state; that of a new key is empty."""
        return self.upsert_new(keys, num_rows)[0]

    @abstractmethod
    def upsert_new(self, keys: Sequence[pa.Array], num_rows: int) -> tuple[Int64s, Int64s]:
        """As :meth:`upsert`, and the slots that were not in use before."""

    @abstractmethod
    def changed(self, slots: Int64s) -> None:
        """The state of ``slots`` is not what it was."""

    @abstractmethod
    def remove(self, slots: Int64s) -> None:
        """Remove distinct ``slots`` and their state, for good."""

    def settle(self) -> None:
        """Nothing refers to slots any more."""

    @property
    @abstractmethod
    def resident(self) -> bool:
        """Whether all keys have slots now."""

    @abstractmethod
    def portions(self, last: Int64s) -> Iterator[Int64s]:
        """The slots of all keys whose last column, an integer, is one of ``last``, in portions that fit into memory:
        keys with the same key group columns come together. Slots are valid until the next portion, too."""

    @abstractmethod
    def snapshot(self) -> tuple[StateChunk, ...]:
        """Chunks that together are the state of all keys."""

    @abstractmethod
    def restore(self, snapshots: Sequence[OperatorSnapshot], owned: KeyGroupRange) -> None:
        """Take in the rows of earlier snapshots whose key group is ``owned``. Chunks are used on if that is all rows of
        all chunks of their snapshot."""

    def close(self) -> None:
        """Nothing is asked any more; may be repeated."""
