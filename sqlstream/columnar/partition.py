"""Splitting a batch by key, as a hash exchange does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.keys import key_groups_of


def partition_by_key(batch: Batch, keys: Sequence[int], parallelism: int, max_parallelism: int) -> list[Batch | None]:
    """The rows of ``batch`` for each of ``parallelism`` subtasks, in their order; None where there are none.

    A row goes to the subtask that owns its key group (see ``KeyGroupRange.of_subtask``).
    """
    if parallelism == 1 or batch.num_rows == 0:
        return [batch if batch.num_rows else None] + [None] * (parallelism - 1)
    groups = key_groups_of([batch.column(key) for key in keys], batch.num_rows, max_parallelism)
    subtasks = _owners(parallelism, max_parallelism)[groups]
    counts = np.bincount(subtasks, minlength=parallelism)
    if counts.max() == batch.num_rows:
        return [batch if count else None for count in counts]
    ordered = batch.take(np.argsort(subtasks, kind="stable"))
    starts = np.cumsum(counts) - counts
    return [
        ordered.slice(int(start), int(count)) if count else None for start, count in zip(starts, counts, strict=True)
    ]


@cache
def _owners(parallelism: int, max_parallelism: int) -> npt.NDArray[np.uint16]:
    """The subtask that owns each key group; in 16 bits, which numpy sorts fastest."""
    return (np.arange(max_parallelism, dtype=np.int64) * parallelism // max_parallelism).astype(np.uint16)
