"""Picking elements out of list arrays, for all rows at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Integers = npt.NDArray[np.int64]


def offsets_of(lists: pa.Array) -> Integers:
    """Where each row's elements start in the flat child, one more than there are rows."""
    return np.asarray(lists.offsets.to_numpy(zero_copy_only=False), dtype=np.int64)


def lengths_of(lists: pa.Array) -> Integers:
    """Elements in each row; 0 where the row is NULL."""
    lengths = np.diff(offsets_of(lists))
    if lists.null_count:
        lengths[lists.is_null().to_numpy(zero_copy_only=False)] = 0
    return lengths


def element_at(lists: pa.Array, index: int | Integers) -> pa.Array:
    """The element at 0-based ``index`` (one for all rows, or one a row) of each list; NULL where there is none."""
    places = np.broadcast_to(np.asarray(index, dtype=np.int64), len(lists))
    missing = (places < 0) | (places >= lengths_of(lists))
    rows = np.where(missing, 0, offsets_of(lists)[:-1] + places)
    return lists.values.take(pa.array(rows, mask=missing))


def owners(lists: pa.Array) -> Integers:
    """For each element, in order, the row it belongs to."""
    return np.repeat(np.arange(len(lists)), lengths_of(lists))


def compacted(lists: pa.Array) -> pa.Array:
    """The same lists, with their elements, and none besides, at the start of the flat child."""
    offsets = offsets_of(lists)
    if lists.null_count == 0 and (len(lists) == 0 or offsets[0] == 0):
        return lists
    return lists.take(pa.array(np.arange(len(lists))))
