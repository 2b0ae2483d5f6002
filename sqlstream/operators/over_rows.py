"""Rows of partitions in the order of their window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream.columnar.key_index import KeyIndex

OrderKeys = Sequence[npt.NDArray[np.generic]]
"""As :func:`~sqlstream.columnar.sort_order.sort_keys` gives them."""


@dataclass(frozen=True)
class Spans:
    """Runs of rows: row ``i`` is in the ``of_row[i]``-th, from ``first[i]`` to ``end[i]`` (excluded)."""

    of_row: Int64s
    first: Int64s
    end: Int64s

    @staticmethod
    def starting_at(is_start: Mask) -> Spans:
        """A run starts where ``is_start`` says so."""
        starts = np.flatnonzero(is_start)
        of_row = np.cumsum(is_start) - 1
        ends = np.append(starts[1:], len(is_start))
        return Spans(of_row, starts[of_row], ends[of_row])


class OrderedRows:
    """``data`` as it came, and the ``order`` in which its rows lie partition by partition, each by the order keys;
    equal ones as they came. All else is by place in that order."""

    def __init__(self, data: pa.RecordBatch, partition: Sequence[int], keys: OrderKeys) -> None:
        self.data = data
        partitions = partition_numbers(data, partition)
        if not partition:
            self.order: Int64s = np.lexsort(keys) if keys else np.arange(data.num_rows)
        else:
            self.order = np.lexsort([*keys, partitions])
        partitions = partitions[self.order]
        new = np.ones(data.num_rows, np.bool_)
        new[1:] = partitions[1:] != partitions[:-1]
        self.partitions = Spans.starting_at(new)
        self._keys = keys
        self._new = new

    def __len__(self) -> int:
        return len(self.order)

    @cached_property
    def peers(self) -> Spans:
        """Rows that are equal to each other in partition and order."""
        new = self._new.copy()
        for key in self._keys:
            ordered = key[self.order]
            new[1:] |= ordered[1:] != ordered[:-1]
        return Spans.starting_at(new)

    def column(self, index: int) -> pa.Array:
        """A column of the data, in order."""
        return self.data.column(index).take(pa.array(self.order))


def partition_numbers(data: pa.RecordBatch, partition: Sequence[int]) -> Int64s:
    """A number for the partition of each row of ``data``, counting from 0 in the order they first come."""
    if not partition or not data.num_rows:
        return np.zeros(data.num_rows, np.int64)
    columns = [data.column(column) for column in partition]
    return KeyIndex([column.type for column in columns]).upsert(columns)
