"""Casts between DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ, and of intervals to and from numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.errors import DataError
from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow

_PER_SECOND = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_SECONDS_PER_DAY = 86_400


def local_to_instant(local: pa.Array, time_zone: str) -> pa.Array:
    """Wall-clock readings in ``time_zone`` as instants; in a gap the later, in an overlap the earlier one."""
    try:
        zoned = pc.assume_timezone(local, time_zone, ambiguous="earliest", nonexistent="latest")
    except pa.ArrowInvalid:
        raise _unknown(time_zone) from None
    return zoned.cast(pa.timestamp(local.type.unit, tz="UTC"))


def instant_to_local(instant: pa.Array, time_zone: str) -> pa.Array:
    """What a clock in ``time_zone`` shows at these instants."""
    try:
        return pc.local_timestamp(instant.cast(pa.timestamp(instant.type.unit, tz=time_zone)))
    except pa.ArrowInvalid:
        raise _unknown(time_zone) from None


def _unknown(time_zone: str) -> DataError:
    return DataError(
        f"Unknown time zone '{time_zone}'.", hint="Use a name such as Europe/Berlin, or an offset: +02:00."
    )


def cast_datetime(array: pa.Array, source: t.LogicalType, target: t.LogicalType, time_zone: str) -> pa.Array:
    """Surplus digits are cut off; a TIME falls on 1970-01-01; instants are seen in ``time_zone``."""
    if isinstance(source, t.LocalZonedTimestampType):
        if isinstance(target, t.LocalZonedTimestampType):
            return with_precision(array, target)
        array = instant_to_local(array, time_zone)
    if isinstance(target, t.DateType):
        return array if isinstance(source, t.DateType) else _day(array)
    if isinstance(target, t.TimeType):
        return _time_with_precision(array if isinstance(source, t.TimeType) else _time_of_day(array), target)
    unit = to_arrow(target).unit
    if isinstance(source, t.DateType | t.TimeType):
        array = _as_timestamp(array, unit)
    array = with_precision(array, target)
    return local_to_instant(array, time_zone) if isinstance(target, t.LocalZonedTimestampType) else array


def _as_timestamp(array: pa.Array, unit: str) -> pa.Array:
    if pa.types.is_time(array.type):
        millis = array.cast(pa.int32()).cast(pa.int64())
        return pc.multiply(millis, _PER_SECOND[unit] // 1_000).cast(pa.timestamp(unit))
    return array.cast(pa.timestamp(unit))


def _day(array: pa.Array) -> pa.Array:
    return (
        _floored(array.cast(pa.int64()), _PER_SECOND[array.type.unit] * _SECONDS_PER_DAY, divide=True)
        .cast(pa.int32())
        .cast(pa.date32())
    )


def _time_of_day(array: pa.Array) -> pa.Array:
    ticks = array.cast(pa.int64())
    per_day = _PER_SECOND[array.type.unit] * _SECONDS_PER_DAY
    within = pc.subtract(ticks, _floored(ticks, per_day))
    return pc.divide(within, _PER_SECOND[array.type.unit] // 1_000).cast(pa.int32()).cast(pa.time32("ms"))


def _time_with_precision(array: pa.Array, target: t.TimeType) -> pa.Array:
    step = 10 ** max(0, 3 - target.precision)
    if step == 1:
        return array
    return _floored(array.cast(pa.int32()).cast(pa.int64()), step).cast(pa.int32()).cast(pa.time32("ms"))


def with_precision(array: pa.Array, target: Any) -> pa.Array:
    """A timestamp array in the unit of ``target``, its digits beyond the precision cut off (towards the past)."""
    unit = to_arrow(target).unit
    per_second = _PER_SECOND[array.type.unit]
    step = max(1, per_second // 10**target.precision)
    type_ = pa.timestamp(unit, tz=array.type.tz)
    if step == 1:
        return _in_unit(array, type_)
    return _in_unit(_floored(array.cast(pa.int64()), step).cast(array.type), type_)


def _in_unit(array: pa.Array, type_: pa.DataType) -> pa.Array:
    try:
        return array.cast(type_)
    except pa.ArrowInvalid:
        raise DataError(
            "A timestamp is outside of the years 1678 to 2261, which are all that precision 9 has.",
            hint="CAST to TIMESTAMP(6).",
        ) from None


def _floored(ticks: pa.Array, step: int, divide: bool = False) -> pa.Array:
    """``ticks`` rounded down to a multiple of ``step``, or with ``divide`` that multiple's number."""
    values = np.asarray(pc.fill_null(ticks, 0).to_numpy(zero_copy_only=False))
    quotient = np.floor_divide(values, step)
    missing = ticks.is_null().to_numpy(zero_copy_only=False) if ticks.null_count else None
    return pa.array(quotient if divide else quotient * step, mask=missing)
