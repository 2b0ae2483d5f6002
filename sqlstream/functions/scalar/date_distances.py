"""TIMESTAMPADD and TIMESTAMPDIFF."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.functions import date_arithmetic
from sqlstream.functions.constant_arguments import constant_of
from sqlstream.functions.date_units import DATE_UNITS, MILLISECONDS, MONTHS, unit_parameter
from sqlstream.functions.registry import Argument, EvaluationContext
from sqlstream.functions.signature import DATETIME, INTEGER, Types, kind, scalar, signature
from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow
from sqlstream.types.coercion import common_type
from sqlstream.types.datetime_cast import instant_to_local

_PER_MILLI = {"ms": 1, "us": 1_000, "ns": 1_000_000}
_DAY = kind("DATETIME", t.DateType, *t.TIMESTAMP_TYPES, null_as=t.TimestampType(precision=3))


def _moved_type(arguments: Sequence[Argument]) -> t.LogicalType:
    """A date moved by hours or less becomes a timestamp."""
    unit, _, moment = arguments
    if isinstance(moment.type, t.DateType) and str(unit.literal).upper() not in DATE_UNITS:
        return t.TimestampType(precision=3, nullable=False)
    return t.with_nullability(moment.type, False)


@scalar(
    "TIMESTAMPADD",
    signature(unit_parameter, INTEGER, DATETIME, returns=_moved_type),
    doc="A date or timestamp moved by so many units.",
    examples={"TIMESTAMPADD(WEEK, 1, DATE '2024-01-31')": "2024-02-07"},
)
def timestamp_add(unit: pa.Array, count: pa.Array, moment: pa.Array, context: EvaluationContext) -> pa.Array:
    image = to_arrow(context.result_type)
    name = str(constant_of(unit)[1]).upper()
    if pa.types.is_timestamp(image) and pa.types.is_date(moment.type):
        moment = moment.cast(image)
    if name in MONTHS:
        return date_arithmetic.add_months(moment, pc.multiply(count, MONTHS[name]), context)
    millis = pc.multiply(count, MILLISECONDS.get(name, 0)).cast(pa.duration("ms"))
    return date_arithmetic.add_interval(moment, millis, context)


def _timestamps(types: Types) -> Types | None:
    common = common_type(types[1:])
    return None if common is None else (types[0], common, common)


@scalar(
    "TIMESTAMPDIFF",
    signature(unit_parameter, _DAY, _DAY, returns=t.INT, adapt=_timestamps),
    doc="Whole units from the first date or timestamp to the second.",
    examples={"TIMESTAMPDIFF(HOUR, TIMESTAMP '2024-01-01 12:00:00', TIMESTAMP '2024-01-03 11:00:00')": "47"},
)
def timestamp_diff(unit: pa.Array, start: pa.Array, end: pa.Array, context: EvaluationContext) -> pa.Array:
    name = str(constant_of(unit)[1]).upper()
    if name in MONTHS:
        return pc.divide(_months_between(start, end, context), MONTHS[name]).cast(pa.int32())
    millis = date_arithmetic.difference(end, start, context).cast(pa.int64())
    return pc.divide(millis, MILLISECONDS.get(name, 1)).cast(pa.int32(), safe=False)


def _months_between(start: pa.Array, end: pa.Array, context: EvaluationContext) -> pa.Array:
    """Whole months, towards zero: a month is whole when the day and time of the start are reached again."""
    if pa.types.is_date(start.type):
        start, end = start.cast(pa.timestamp("ms")), end.cast(pa.timestamp("ms"))
    elif start.type.tz is not None:
        start, end = (instant_to_local(moment, context.time_zone) for moment in (start, end))
    missing = pc.or_(start.is_null(), end.is_null()).to_numpy(zero_copy_only=False)
    first, first_rest = _month_and_rest(start)
    last, last_rest = _month_and_rest(end)
    months = last - first
    months -= ((months > 0) & (last_rest < first_rest)).astype(np.int64)
    months += ((months < 0) & (last_rest > first_rest)).astype(np.int64)
    return pa.array(months, mask=missing)


def _month_and_rest(moment: pa.Array) -> tuple[date_arithmetic.Integers, date_arithmetic.Integers]:
    """Months since the epoch, and ticks since the month began."""
    ticks = pc.fill_null(moment.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    per_day = date_arithmetic.MILLIS_PER_DAY * _PER_MILLI[moment.type.unit]
    days = np.floor_divide(ticks, per_day)
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    return months.astype(np.int64), ticks - months.astype("datetime64[D]").astype(np.int64) * per_day
