"""Text to dates, times and timestamps: ``2024-05-06``, ``07:08:09``, ``2024-05-06 07:08:09.123``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow
from sqlstream.types.cast_failure import cleared
from sqlstream.types.datetime_cast import local_to_instant, with_precision

_DATE = r"(?P<year>\d{1,4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?"
_TIME = r"(?P<hour>\d{1,2})(?::(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.(?P<fraction>\d{0,9}))?)?)?"
_DATE_FORM = rf"^{_DATE}(?:[ T].*)?$"
_TIME_FORM = rf"^{_TIME}$"
_TIMESTAMP_FORM = (
    r"^(?P<year>\d{1,4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?: (?P<hour>\d{1,2}):(?P<minute>\d{1,2}):(?P<second>\d{1,2})(?:\.(?P<fraction>\d{0,9}))?)?$"
)
_FULL_LENGTH = len("2024-05-06 07:08:09")
_MOST_NANO_DAYS = 106_750
_NANOS_PER_DAY = 86_400_000_000_000
_NANOS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
Integers = npt.NDArray[np.int64]


def datetime_from_text(array: pa.Array, target: t.LogicalType, safe: bool, time_zone: str) -> pa.Array:
    """``array`` (strings) as DATE, TIME, TIMESTAMP or TIMESTAMP_LTZ; text for the latter is in ``time_zone``.

    Digits beyond the precision are cut off. DataError names the value that is no such text.
    """
    text = array if isinstance(target, t.TIMESTAMP_TYPES) else pc.utf8_trim_whitespace(array)
    value, valid = _READERS[type(target)](text, target)
    if isinstance(target, t.LocalZonedTimestampType):
        value = local_to_instant(value, time_zone)
    return cleared(value, array, valid, target, safe)


class _Fields:
    """The numbers in texts of one form; absent ones are 0, or 1 for month and day."""

    def __init__(self, text: pa.Array, form: str) -> None:
        self._parts = pc.extract_regex(text, form)
        self.valid = self._parts.is_valid().to_numpy(zero_copy_only=False)

    def number(self, name: str, absent: int = 0) -> Integers:
        text = pc.struct_field(self._parts, name)
        text = pc.if_else(pc.equal(text, ""), str(absent), text)
        return np.asarray(pc.fill_null(text, str(absent)).cast(pa.int64()).to_numpy(zero_copy_only=False))

    def fraction_nanos(self) -> Integers:
        digits = pc.utf8_rpad(pc.fill_null(pc.struct_field(self._parts, "fraction"), ""), 9, "0")
        return np.asarray(digits.cast(pa.int64()).to_numpy(zero_copy_only=False))

    def days(self) -> tuple[Integers, npt.NDArray[np.bool_]]:
        """Days since the epoch, and which of them are in the calendar."""
        return days_of(self.number("year", 1970), self.number("month", 1), self.number("day", 1))

    def nanos_of_day(self) -> tuple[Integers, npt.NDArray[np.bool_]]:
        hour, minute, second = self.number("hour"), self.number("minute"), self.number("second")
        valid = (hour < 24) & (minute < 60) & (second < 60)
        return ((hour * 60 + minute) * 60 + second) * _NANOS["s"] + self.fraction_nanos(), valid


def days_of(year: Integers, month: Integers, day: Integers) -> tuple[Integers, npt.NDArray[np.bool_]]:
    """Days since the epoch of calendar dates, and which of them exist."""
    start = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    first = start.astype("datetime64[D]").astype(np.int64)
    length = (start + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64) - first
    valid = (month >= 1) & (month <= 12) & (day >= 1) & (day <= length)
    return first + day - 1, valid


def _date(text: pa.Array, target: t.DateType) -> tuple[pa.Array, pa.Array]:
    fields = _Fields(text, _DATE_FORM)
    days, exist = fields.days()
    valid = fields.valid & exist
    return pa.array(days.astype(np.int32), mask=~valid).cast(pa.date32()), pa.array(valid)


def _time(text: pa.Array, target: t.TimeType) -> tuple[pa.Array, pa.Array]:
    fields = _Fields(text, _TIME_FORM)
    nanos, exist = fields.nanos_of_day()
    valid = fields.valid & exist
    step = 10 ** max(0, 3 - target.precision)
    millis = nanos // _NANOS["ms"] // step * step
    return pa.array(millis.astype(np.int32), mask=~valid).cast(pa.time32("ms")), pa.array(valid)


def _timestamp(text: pa.Array, target: t.TimestampType | t.LocalZonedTimestampType) -> tuple[pa.Array, pa.Array]:
    unit = to_arrow(target).unit
    usual = _usual_timestamps(text, unit)
    if usual is not None:
        return with_precision(usual, target), pa.repeat(pa.scalar(True), len(text))
    fields = _Fields(text, _TIMESTAMP_FORM)
    days, date_exists = fields.days()
    nanos, time_exists = fields.nanos_of_day()
    valid = fields.valid & date_exists & time_exists
    if unit == "ns":
        valid &= np.abs(days) <= _MOST_NANO_DAYS
    step = 10 ** (9 - target.precision)
    ticks = days * (_NANOS_PER_DAY // _NANOS[unit]) + nanos // step * step // _NANOS[unit]
    return pa.array(ticks, mask=~valid).cast(pa.timestamp(unit)), pa.array(valid)


def _usual_timestamps(text: pa.Array, unit: str) -> pa.Array | None:
    """By Arrow's parser, if all have the one form in which it agrees with Flink: full, and with a blank between."""
    lengths = pc.min_max(pc.binary_length(text))
    if (lengths["min"].as_py() or 0) < _FULL_LENGTH or pc.any(pc.match_substring(text, "T")).as_py():
        return None
    try:
        return text.cast(pa.timestamp(unit))
    except pa.ArrowInvalid:
        return None


_READERS: dict[type, Callable[[pa.Array, Any], tuple[pa.Array, pa.Array]]] = {
    t.DateType: _date,
    t.TimeType: _time,
    t.TimestampType: _timestamp,
    t.LocalZonedTimestampType: _timestamp,
}
