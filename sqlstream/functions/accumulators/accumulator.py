"""What an aggregate call keeps for each group, and how it changes batch by batch.

A group is a slot: a small integer that the operator gives a key. State is held in arrays indexed by slot; a slot never
used, or reset, holds the state of an empty group.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s, null_mask

Weights = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class AggregateRows:
    """Rows of one batch as one aggregate call sees them, in input order.

    ``weights[i]`` is 1 if row ``i`` adds to group ``slots[i]``, -1 if it takes back, 0 if it does not count (it was
    filtered out, say). ``arguments`` are the call's arguments, one array each.
    """

    slots: Int64s
    arguments: tuple[pa.Array, ...]
    weights: Weights

    def __len__(self) -> int:
        return len(self.slots)

    def take(self, rows: Int64s) -> AggregateRows:
        indices = pa.array(rows)
        return AggregateRows(
            self.slots[rows], tuple(argument.take(indices) for argument in self.arguments), self.weights[rows]
        )

    def with_weights(self, weights: Weights) -> AggregateRows:
        return AggregateRows(self.slots, self.arguments, weights)

    def without_nulls(self) -> AggregateRows:
        """Rows where an argument is NULL do not count."""
        weights = self.weights
        for argument in self.arguments:
            nulls = null_mask(argument)
            if nulls is not None:
                weights = np.where(nulls, np.int8(0), weights)
        return self.with_weights(weights)

    def counting(self) -> AggregateRows:
        """Only the rows that count."""
        if self.weights.all():
            return self
        return self.take(np.flatnonzero(self.weights))


class Accumulator(ABC):
    """The state of one aggregate call. :meth:`reserve` must have been called for every slot that is named."""

    @abstractmethod
    def reserve(self, slots: int) -> None:
        """Make room for slots 0 to ``slots`` - 1; new ones are empty groups."""

    @abstractmethod
    def update(self, rows: AggregateRows) -> None:
        """Let ``rows`` change their groups."""

    def running(self, rows: AggregateRows) -> pa.Array:
        """As :meth:`update`, and the value of each row's group after the row.

        This default takes as many passes as the most frequent group has rows; it is for aggregates whose value costs
        as much as the whole group anyway.
        """
        if not len(rows):
            return self.value(rows.slots)
        order = np.argsort(rows.slots, kind="stable")
        ordered = rows.slots[order]
        starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        occurrence = np.arange(len(ordered)) - np.repeat(starts, np.diff(np.append(starts, len(ordered))))
        by_occurrence = order[np.argsort(occurrence, kind="stable")]
        bounds = np.cumsum(np.bincount(occurrence))
        values = []
        for chosen in np.split(by_occurrence, bounds[:-1]):
            self.update(rows.take(chosen))
            values.append(self.value(rows.slots[chosen]))
        return pa.concat_arrays(values).take(pa.array(np.argsort(by_occurrence)))

    @property
    def runs_cheaply(self) -> bool:
        """Whether :meth:`running` takes one pass, however many rows a group has."""
        return type(self).running is not Accumulator.running

    @abstractmethod
    def value(self, slots: Int64s) -> pa.Array:
        """The aggregate's value for each of ``slots``."""

    @abstractmethod
    def merge(self, into: Int64s, slots: Int64s) -> None:
        """Add the group ``slots[i]`` to ``into[i]``, for each i in turn; ``slots`` stay as they are."""

    @abstractmethod
    def reset(self, slots: Int64s) -> None:
        """Make ``slots`` empty groups."""

    @abstractmethod
    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        """The state of ``slots`` as columns, one row a slot; always the same number and types of columns."""

    @abstractmethod
    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        """Put what :meth:`snapshot` gave into distinct ``slots``, which are empty groups."""

    @property
    @abstractmethod
    def nbytes(self) -> int:
        """Memory held, in bytes."""


Finish = Callable[..., pa.Array]
"""From raw state columns to the aggregate's value."""
