"""Numpy arrays indexed by slot that grow together: the state of every fixed-size aggregate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s, fixed_width_values


class SlotArrays:
    """One array for each of ``dtypes``; an unused slot holds the fill value (0 unless told)."""

    def __init__(self, *dtypes: type[np.generic], fill: int = 0) -> None:
        self._fill = fill
        self.arrays: list[npt.NDArray[Any]] = [np.zeros(0, dtype) for dtype in dtypes]

    def __getitem__(self, index: int) -> npt.NDArray[Any]:
        return self.arrays[index]

    @property
    def nbytes(self) -> int:
        return sum(array.nbytes for array in self.arrays)

    def reserve(self, slots: int) -> None:
        """Make room for at least ``slots`` slots."""
        have = len(self.arrays[0])
        if slots <= have:
            return
        capacity = max(slots, 2 * have, 64)
        for i, array in enumerate(self.arrays):
            self.arrays[i] = np.full(capacity, self._fill, array.dtype)
            self.arrays[i][:have] = array

    def reset(self, slots: Int64s) -> None:
        """Fill value back in."""
        for array in self.arrays:
            array[slots] = self._fill

    def clear(self) -> None:
        """Forget all slots and free their memory."""
        self.arrays = [np.zeros(0, array.dtype) for array in self.arrays]

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return [pa.array(array[slots]) for array in self.arrays]

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        for array, column in zip(self.arrays, columns, strict=True):
            array[slots] = fixed_width_values(column)
