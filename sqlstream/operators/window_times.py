"""The times by which rows are given their windows."""

from __future__ import annotations

import numpy as np

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.event_time import event_times
from sqlstream.operators.environment import Clock


def row_times(batch: Batch, time_column: int, proctime: bool, clock: Clock) -> Int64s:
    """The event times of ``batch`` in ms; of processing time, now for all rows. DataError where one is NULL."""
    return np.full(batch.num_rows, clock()) if proctime else event_times(batch.column(time_column))
