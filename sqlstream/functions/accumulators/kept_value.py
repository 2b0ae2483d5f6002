"""Accumulators that keep one of the values they have seen, of any type, and none at first."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Int64s
from sqlstream.functions.accumulators.accumulator import Accumulator, AggregateRows
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.functions.accumulators.slot_values import SlotValues
from sqlstream.functions.accumulators.touched import TouchedSlotFinder


class KeptValue(Accumulator):
    """State: the value kept. A subclass's ``keep`` says which of old and new it is."""

    def __init__(self, type_: pa.DataType) -> None:
        self.type = type_
        self.present = SlotArrays(np.bool_)
        self.values = SlotValues(type_)
        self.touched = TouchedSlotFinder()

    @abstractmethod
    def keep(self, rows: AggregateRows, emit: bool) -> pa.Array:
        """Take in ``rows``; with ``emit``, the value of each row's slot after it."""

    @property
    def nbytes(self) -> int:
        return self.present.nbytes + self.values.nbytes

    def reserve(self, slots: int) -> None:
        self.present.reserve(slots)
        self.values.reserve(slots)

    def update(self, rows: AggregateRows) -> None:
        self.keep(rows, emit=False)

    def running(self, rows: AggregateRows) -> pa.Array:
        return self.keep(rows, emit=True)

    def value(self, slots: Int64s) -> pa.Array:
        return pc.if_else(pa.array(self.present[0][slots]), self.values.get(slots), pa.scalar(None, self.type))

    def merge(self, into: Int64s, slots: Int64s) -> None:
        self.update(AggregateRows(into, (self.value(slots),), self.present[0][slots].astype(np.int8)))

    def reset(self, slots: Int64s) -> None:
        self.present.reset(slots)
        self.values.reset(slots)

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return [self.value(slots)]

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        present = np.asarray(columns[0].is_valid())
        self.present[0][slots] = present
        self.values.put(slots[present], columns[0].drop_null())
