"""Event time as numbers: a timestamp column as int64 milliseconds, and back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.errors import DataError

_UNITS_PER_MS = {"ms": 1, "us": 1_000, "ns": 1_000_000}


def event_times(column: pa.Array) -> npt.NDArray[np.int64]:
    """Milliseconds since the epoch of a timestamp column of any unit, rounded down. DataError where it is NULL."""
    if column.null_count:
        raise DataError(
            "RowTime field should not be null: a row has no event time.",
            hint="Filter such rows out in a view below the watermark, or give them a time with COALESCE.",
        )
    values: npt.NDArray[np.int64] = column.cast(pa.int64()).to_numpy(zero_copy_only=False)
    per_ms = _UNITS_PER_MS[column.type.unit]
    return values if per_ms == 1 else values // per_ms


def to_local(times: npt.NDArray[np.int64], time_zone: str) -> npt.NDArray[np.int64]:
    """Instants as wall-clock readings in ``time_zone``, both in ms."""
    instants = pa.array(times).cast(pa.timestamp("ms", tz=time_zone))
    readings: npt.NDArray[np.int64] = pc.local_timestamp(instants).cast(pa.int64()).to_numpy(zero_copy_only=False)
    return readings


def from_local(readings: npt.NDArray[np.int64], time_zone: str) -> npt.NDArray[np.int64]:
    """Wall-clock readings in ``time_zone`` as instants; of two possible instants, the earlier."""
    local = pa.array(readings).cast(pa.timestamp("ms"))
    instants = pc.assume_timezone(local, time_zone, ambiguous="earliest", nonexistent="latest")
    times: npt.NDArray[np.int64] = instants.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return times
