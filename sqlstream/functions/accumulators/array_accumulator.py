"""The base of aggregates whose state is a few numbers a group."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.functions.accumulators.accumulator import Accumulator, AggregateRows
from sqlstream.functions.accumulators.slot_arrays import SlotArrays

Columns = list[Any]
"""Numpy or Arrow arrays, the last of which is the number of values."""


class ArrayAccumulator(Accumulator):
    """``state`` is all there is; subclasses say how rows change it and what its columns are worth."""

    def __init__(self, *dtypes: type[np.generic]) -> None:
        self.state = SlotArrays(*dtypes)

    @abstractmethod
    def apply(self, rows: AggregateRows, emit: bool) -> Columns:
        """Change the state; with ``emit`` return what :meth:`finish` wants, as it was after each row."""

    @abstractmethod
    def current(self, slots: Int64s) -> Columns:
        """What :meth:`finish` wants, for each of ``slots``."""

    @abstractmethod
    def finish(self, columns: Columns) -> pa.Array:
        """The aggregate's values."""

    def reserve(self, slots: int) -> None:
        self.state.reserve(slots)

    def update(self, rows: AggregateRows) -> None:
        self.apply(rows, emit=False)

    def running(self, rows: AggregateRows) -> pa.Array:
        return self.finish(self.apply(rows, emit=True))

    def value(self, slots: Int64s) -> pa.Array:
        return self.finish(self.current(slots))

    def reset(self, slots: Int64s) -> None:
        self.state.reset(slots)

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return self.state.snapshot(slots)

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        self.state.restore(slots, columns)

    @property
    def nbytes(self) -> int:
        return self.state.nbytes


def outputs(rows: AggregateRows, emit: bool, *dtypes: type[np.generic]) -> Columns:
    """Arrays for a kernel's ``out`` parameters: as long as ``rows``, or empty when nothing is to be emitted."""
    return [np.empty(len(rows) if emit else 0, dtype) for dtype in dtypes]
