"""EXTRACT and its short forms: YEAR, QUARTER, MONTH, WEEK, DAYOFYEAR, DAYOFMONTH, DAYOFWEEK, HOUR, MINUTE, SECOND."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.functions.constant_arguments import per_constant
from sqlstream.functions.date_arithmetic import floor_divide
from sqlstream.functions.registry import EvaluationContext
from sqlstream.functions.signature import DATETIME, INTERVAL, scalar, signature, word
from sqlstream.types import logical as t
from sqlstream.types.datetime_cast import instant_to_local

_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_SECONDS_PER_DAY = 86_400


def _period(years: int) -> Callable[[pa.Array], pa.Array]:
    """Centuries and millennia are counted from 1 and start in a year that ends in 1."""
    return lambda moment: pc.add(floor_divide(pc.subtract(pc.year(moment), 1), years), 1)


def _decade(moment: pa.Array) -> pa.Array:
    return floor_divide(pc.year(moment), 10)


def _sub_second(per_second: int) -> Callable[[pa.Array], pa.Array]:
    def field(moment: pa.Array) -> pa.Array:
        if pa.types.is_date(moment.type):
            return pc.multiply(pc.day(moment), 0)
        ticks = moment.cast(pa.int32()).cast(pa.int64()) if pa.types.is_time(moment.type) else moment.cast(pa.int64())
        unit = _PER_SECOND[moment.type.unit]
        within = pc.subtract(ticks, pc.multiply(floor_divide(ticks, unit), unit))
        return floor_divide(pc.multiply(within, per_second), unit)

    return field


def _epoch(moment: pa.Array) -> pa.Array:
    if pa.types.is_date(moment.type):
        return pc.multiply(moment.cast(pa.int32()).cast(pa.int64()), _SECONDS_PER_DAY)
    if pa.types.is_time(moment.type):
        return floor_divide(moment.cast(pa.int32()).cast(pa.int64()), 1_000)
    return floor_divide(moment.cast(pa.int64()), _PER_SECOND[moment.type.unit])


def _weekday(first: int) -> Callable[[pa.Array], pa.Array]:
    return lambda moment: pc.day_of_week(moment, count_from_zero=False, week_start=first)


def _of_clock(field: Callable[[pa.Array], pa.Array]) -> Callable[[pa.Array], pa.Array]:
    """A date has no clock: its hour, minute and second are 0."""
    return lambda moment: pc.multiply(pc.day(moment), 0) if pa.types.is_date(moment.type) else field(moment)


_FIELDS: dict[str, Callable[[pa.Array], pa.Array]] = {
    "MILLENNIUM": _period(1_000),
    "CENTURY": _period(100),
    "DECADE": _decade,
    "YEAR": pc.year,
    "ISOYEAR": pc.iso_year,
    "QUARTER": pc.quarter,
    "MONTH": pc.month,
    "WEEK": pc.iso_week,
    "DAY": pc.day,
    "DOY": pc.day_of_year,
    "DOW": _weekday(7),
    "ISODOW": _weekday(1),
    "HOUR": _of_clock(pc.hour),
    "MINUTE": _of_clock(pc.minute),
    "SECOND": _of_clock(pc.second),
    "MILLISECOND": _sub_second(1_000),
    "MICROSECOND": _sub_second(1_000_000),
    "NANOSECOND": _sub_second(1_000_000_000),
    "EPOCH": _epoch,
}
_MONTH_FIELDS: dict[str, tuple[int, int]] = {"YEAR": (12, 0), "QUARTER": (3, 4), "MONTH": (1, 12)}
_MILLI_FIELDS: dict[str, tuple[int, int]] = {
    "DAY": (86_400_000, 0),
    "HOUR": (3_600_000, 24),
    "MINUTE": (60_000, 60),
    "SECOND": (1_000, 60),
    "MILLISECOND": (1, 1_000),
    "EPOCH": (1_000, 0),
}
"""Field of an interval -> how many months or milliseconds it has, and how many of it make the next greater one."""


def _interval_field(interval: pa.Array, unit: str) -> pa.Array:
    fields = _MILLI_FIELDS if pa.types.is_duration(interval.type) else _MONTH_FIELDS
    if unit not in fields:
        return pa.array([0] * len(interval), pa.int64())
    size, modulus = fields[unit]
    count = pc.divide(interval.cast(pa.int64()), size)
    return pc.subtract(count, pc.multiply(pc.divide(count, modulus), modulus)) if modulus else count


@scalar(
    "EXTRACT",
    signature(word("TIMEUNIT", *_FIELDS), DATETIME, returns=t.BIGINT),
    signature(word("TIMEUNIT", *_MONTH_FIELDS, *_MILLI_FIELDS), INTERVAL, returns=t.BIGINT),
    doc="One field of a date, time, timestamp or interval.",
    examples={"EXTRACT(YEAR FROM DATE '2024-05-06')": "2024"},
)
@per_constant(column=1)
def extract(value: pa.Array, unit: str, context: EvaluationContext) -> pa.Array:
    if pa.types.is_duration(value.type) or pa.types.is_integer(value.type):
        return _interval_field(value, unit.upper())
    if pa.types.is_timestamp(value.type) and value.type.tz is not None and unit.upper() != "EPOCH":
        value = instant_to_local(value, context.time_zone)
    return _FIELDS[unit.upper()](value)


def _declare_field(name: str, unit: str, doc: str) -> None:
    @scalar(name, signature(DATETIME, returns=t.BIGINT), doc=doc, can_fail=False)
    def field(value: pa.Array, context: EvaluationContext) -> pa.Array:
        if pa.types.is_timestamp(value.type) and value.type.tz is not None:
            value = instant_to_local(value, context.time_zone)
        return _FIELDS[unit](value).cast(pa.int64())


for _name, _unit, _doc in (
    ("YEAR", "YEAR", "The year."),
    ("QUARTER", "QUARTER", "The quarter, 1 to 4."),
    ("MONTH", "MONTH", "The month, 1 to 12."),
    ("WEEK", "WEEK", "The ISO week, 1 to 53."),
    ("DAYOFYEAR", "DOY", "The day of the year, 1 to 366."),
    ("DAYOFMONTH", "DAY", "The day of the month, 1 to 31."),
    ("DAYOFWEEK", "DOW", "The day of the week, from 1 for Sunday to 7."),
    ("HOUR", "HOUR", "The hour, 0 to 23."),
    ("MINUTE", "MINUTE", "The minute, 0 to 59."),
    ("SECOND", "SECOND", "The second, 0 to 59."),
):
    _declare_field(_name, _unit, _doc)
