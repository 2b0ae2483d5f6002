"""One value of any type a slot, replaced in place: what FIRST_VALUE and MAX of strings remember."""

from __future__ import annotations

import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.functions.accumulators.slot_rows import SlotRows


class SlotValues:
    """Values of Arrow type ``type_``: :class:`SlotRows` of one column."""

    def __init__(self, type_: pa.DataType) -> None:
        self._rows = SlotRows([type_])

    @property
    def nbytes(self) -> int:
        return self._rows.nbytes

    def reserve(self, slots: int) -> None:
        self._rows.reserve(slots)

    def put(self, slots: Int64s, values: pa.Array) -> None:
        """``values[i]`` becomes the value of ``slots[i]``; slots are distinct."""
        self._rows.put(slots, [values])

    def get(self, slots: Int64s) -> pa.Array:
        """The value of each of ``slots``; anything where none was put."""
        return self._rows.get(slots)[0]

    def reset(self, slots: Int64s) -> None:
        """Forget the values of ``slots``."""
        self._rows.reset(slots)
