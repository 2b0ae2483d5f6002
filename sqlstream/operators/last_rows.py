"""The last row of each key: whether there is one, and which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.functions.accumulators.slot_rows import SlotRows


class LastRows:
    """Rows of ``schema`` by slot, as a keyed table wants them."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._rows = SlotRows(schema.types)
        self._present = SlotArrays(np.bool_)

    @property
    def nbytes(self) -> int:
        return self._rows.nbytes + self._present.nbytes

    def has(self, slots: Int64s) -> Mask:
        """Whether there is a row at each of ``slots``."""
        present: Mask = self._present[0][slots]
        return present

    def get(self, slots: Int64s) -> list[pa.Array]:
        """The columns of the rows at ``slots``; anything where there is none."""
        return self._rows.get(slots)

    def put(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        """Row ``i`` of ``columns`` is the last one at ``slots[i]``; slots are distinct."""
        self._rows.put(slots, columns)
        self._present[0][slots] = True

    def reserve(self, slots: int) -> None:
        self._present.reserve(slots)
        self._rows.reserve(slots)

    def reset(self, slots: Int64s) -> None:
        self._present.reset(slots)
        self._rows.reset(slots)

    def clear(self) -> None:
        self._present.clear()
        self._rows.clear()

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return self.get(slots)

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        self.put(slots, columns)
