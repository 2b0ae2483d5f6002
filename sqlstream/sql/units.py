"""Time units and interval literals: their words and what they amount to."""

from __future__ import annotations

import re

from sqlglot import exp

from sqlstream.errors import SqlError
from sqlstream.sql.positions import position_of
from sqlstream.types.logical import DayTimeIntervalType, LogicalType, YearMonthIntervalType

_SECOND = 1000
_MILLIS = {
    "WEEK": 7 * 86_400 * _SECOND,
    "DAY": 86_400 * _SECOND,
    "HOUR": 3_600 * _SECOND,
    "MINUTE": 60 * _SECOND,
    "SECOND": _SECOND,
}
_MONTHS = {"YEAR": 12, "QUARTER": 3, "MONTH": 1}

INTERVAL_UNITS: dict[str, str] = {
    spelling: unit for unit in (*_MONTHS, *_MILLIS) for spelling in (unit, f"{unit}S", f"SQL_TSI_{unit}")
}
"""Every accepted spelling of an interval unit, upper-case, and the unit it means."""

TIME_UNITS: dict[str, str] = {
    **INTERVAL_UNITS,
    **{
        unit: unit
        for unit in (
            "MILLENNIUM",
            "CENTURY",
            "DECADE",
            "DOY",
            "DOW",
            "ISODOW",
            "ISOYEAR",
            "EPOCH",
            "MILLISECOND",
            "MICROSECOND",
            "NANOSECOND",
        )
    },
}
"""The units of EXTRACT, FLOOR, CEIL, TIMESTAMPADD and TIMESTAMPDIFF."""

_SPANS = (("YEAR", "MONTH"), ("DAY", "HOUR", "MINUTE", "SECOND"))
_SEPARATORS = {"MONTH": "-", "HOUR": " +", "MINUTE": ":", "SECOND": ":"}


def _pattern(units: tuple[str, ...]) -> re.Pattern[str]:
    parts = [r"\s*([+-]?)\s*"]
    for i, unit in enumerate(units):
        parts.append(_SEPARATORS[unit] if i else "")
        parts.append(r"(\d+)(?:\.(\d{1,9}))?" if unit == "SECOND" else r"(\d+)")
    return re.compile("".join(parts) + r"\s*\Z")


def _units_between(first: str, last: str) -> tuple[str, ...] | None:
    for span in _SPANS:
        if first in span and last in span and span.index(first) <= span.index(last):
            return span[span.index(first) : span.index(last) + 1]
    return (first,) if first == last else None


def interval_units(node: exp.Interval) -> tuple[str, ...] | None:
    """The units from the first to the last of ``node``; None when they cannot be combined."""
    unit = node.args["unit"]
    if isinstance(unit, exp.IntervalSpan):
        return _units_between(unit.this.name, unit.expression.name)
    return (unit.name,)


def interval_value(node: exp.Interval) -> tuple[int, LogicalType]:
    """The months or milliseconds of a literal interval, and its type.

    SqlError when the text does not fit the units (``INTERVAL '1:10' DAY``) or is no literal.
    """
    units = interval_units(node)
    text = node.this.name if isinstance(node.this, exp.Literal) else None
    match = _pattern(units).match(text) if units and text is not None else None
    if units is None or match is None:
        raise SqlError(f"'{text if text is not None else node.this}' is not an interval of {_written(node)}",
            position=position_of(node),
            hint="Examples: INTERVAL '10' MINUTE, INTERVAL '1:10' HOUR TO MINUTE, INTERVAL '1-2' YEAR TO MONTH.",
        )  # fmt: skip
    sign = -1 if match[1] == "-" else 1
    numbers = [int(group) for group in match.groups()[1 : 1 + len(units)]]
    if units[0] in _MONTHS:
        return sign * sum(n * _MONTHS[u] for n, u in zip(numbers, units, strict=True)), YearMonthIntervalType(
            nullable=False
        )
    millis = sum(n * _MILLIS[u] for n, u in zip(numbers, units, strict=True))
    if units[-1] == "SECOND" and (fraction := match.groups()[-1]):
        millis += int(fraction.ljust(3, "0")[:3])
    return sign * millis, DayTimeIntervalType(nullable=False)


def _written(node: exp.Interval) -> str:
    unit = node.args["unit"]
    return f"{unit.this.name} TO {unit.expression.name}" if isinstance(unit, exp.IntervalSpan) else str(unit.name)
