"""Moving points in time by intervals, and the distance between two of them.

Dates are days, times milliseconds of a day, timestamps integers in their own unit; a day-time interval is
milliseconds, a year-month interval months. Adding months keeps the day of the month where it exists and takes the
month's last day where it does not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.functions.registry import EvaluationContext
from sqlstream.types.arrow import to_arrow
from sqlstream.types.datetime_cast import instant_to_local, local_to_instant

MILLIS_PER_DAY = 86_400_000
_UNITS_PER_MILLI = {"ms": 1, "us": 1_000, "ns": 1_000_000}
Integers = npt.NDArray[np.int64]


def add_interval(moment: pa.Array, interval: pa.Array, context: EvaluationContext) -> pa.Array:
    """``moment`` moved by ``interval``: months (int32) or milliseconds (duration)."""
    if pa.types.is_duration(interval.type):
        return _add_millis(moment, interval.cast(pa.int64()), context)
    return add_months(moment, interval, context)


def subtract_interval(moment: pa.Array, interval: pa.Array, context: EvaluationContext) -> pa.Array:
    return add_interval(moment, pc.negate(interval), context)


def scale_interval(interval: pa.Array, factor: pa.Array, context: EvaluationContext) -> pa.Array:
    """``interval`` times a number, truncated to whole months or milliseconds."""
    whole = interval.cast(pa.int64())
    if pa.types.is_integer(factor.type):
        product = pc.multiply(whole, factor.cast(pa.int64()))
    else:
        product = pc.trunc(pc.multiply(whole.cast(pa.float64()), factor.cast(pa.float64()))).cast(pa.int64())
    if pa.types.is_duration(interval.type):
        return product.cast(pa.duration("ms"))
    return product.cast(pa.int32())


def difference(later: pa.Array, earlier: pa.Array, context: EvaluationContext) -> pa.Array:
    """Milliseconds from ``earlier`` to ``later``, which have one type."""
    if pa.types.is_date(later.type):
        days = pc.subtract(later.cast(pa.int32()), earlier.cast(pa.int32())).cast(pa.int64())
        return pc.multiply(days, MILLIS_PER_DAY).cast(pa.duration("ms"))
    if pa.types.is_time(later.type):
        return pc.subtract(later.cast(pa.int32()), earlier.cast(pa.int32())).cast(pa.int64()).cast(pa.duration("ms"))
    return pc.subtract(later, earlier).cast(pa.duration("ms"), safe=False)


def _add_millis(moment: pa.Array, millis: pa.Array, context: EvaluationContext) -> pa.Array:
    if pa.types.is_date(moment.type):
        total = pc.add(pc.multiply(moment.cast(pa.int32()).cast(pa.int64()), MILLIS_PER_DAY), millis)
        return floor_divide(total, MILLIS_PER_DAY).cast(pa.int32()).cast(pa.date32())
    if pa.types.is_time(moment.type):
        total = pc.add(moment.cast(pa.int32()).cast(pa.int64()), millis)
        wrapped = pc.subtract(total, pc.multiply(floor_divide(total, MILLIS_PER_DAY), MILLIS_PER_DAY))
        return wrapped.cast(pa.int32()).cast(pa.time32("ms"))
    image = to_arrow(context.result_type)
    ticks = pc.add(moment.cast(image).cast(pa.int64()), pc.multiply(millis, _UNITS_PER_MILLI[image.unit]))
    return ticks.cast(image)


def floor_divide(values: pa.Array, divisor: int) -> pa.Array:
    """int64 division rounding down; NULLs stay."""
    quotient = np.floor_divide(_integers(values), divisor)
    return pa.array(quotient, mask=_missing(values))


def add_months(moment: pa.Array, months: pa.Array, context: EvaluationContext) -> pa.Array:
    """``moment`` (date or timestamp; a time is left as it is) moved by whole months."""
    if pa.types.is_time(moment.type):
        return moment
    mask = _missing(moment)
    mask = mask | _missing(months)
    shift = _integers(months.cast(pa.int64()))
    if pa.types.is_date(moment.type):
        days = _shifted_days(_integers(moment.cast(pa.int32()).cast(pa.int64())), shift)
        return pa.array(days.astype(np.int32), mask=mask).cast(pa.date32())
    image = to_arrow(context.result_type)
    ticks_per_day = MILLIS_PER_DAY * _UNITS_PER_MILLI[image.unit]
    local = moment.cast(image)
    if image.tz is not None:
        local = instant_to_local(local, context.time_zone)
    days, within = np.divmod(_integers(local.cast(pa.int64())), ticks_per_day)
    moved = pa.array(_shifted_days(days, shift) * ticks_per_day + within, mask=mask).cast(pa.timestamp(image.unit))
    return moved if image.tz is None else local_to_instant(moved, context.time_zone)


def _shifted_days(days: Integers, months: Integers) -> Integers:
    dates = days.astype("datetime64[D]")
    month_starts = dates.astype("datetime64[M]")
    day_of_month = (dates - month_starts.astype("datetime64[D]")).astype(np.int64)
    target = month_starts + months.astype("timedelta64[M]")
    first = target.astype("datetime64[D]").astype(np.int64)
    length = (target + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64) - first
    return np.asarray(first + np.minimum(day_of_month, length - 1), dtype=np.int64)


def _integers(values: pa.Array) -> Integers:
    filled = values if values.null_count == 0 else pc.fill_null(values, 0)
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.int64)


def _missing(values: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(values.is_null().to_numpy(zero_copy_only=False), dtype=np.bool_)
