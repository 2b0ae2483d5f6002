"""Dates and times from text and to text, with Java patterns: DATE_FORMAT, TO_DATE, TO_TIMESTAMP, FROM_UNIXTIME, ..."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.functions.constant_arguments import per_constant
from sqlstream.functions.date_arithmetic import floor_divide
from sqlstream.functions.date_patterns import format_timestamps, parse_timestamps
from sqlstream.functions.registry import Argument, EvaluationContext
from sqlstream.functions.signature import CHARACTER, INTEGER, NUMERIC, TIMESTAMP, always, scalar, signature
from sqlstream.types import logical as t
from sqlstream.types.cast import cast_array
from sqlstream.types.datetime_cast import instant_to_local, local_to_instant

DEFAULT_PATTERN = "yyyy-MM-dd HH:mm:ss"
_MILLISECONDS = t.TimestampType(precision=3)
_INSTANT = t.LocalZonedTimestampType(precision=3)
_NO_TIME = -(2**63)
"""What UNIX_TIMESTAMP gives for text that is no time."""


def _wall_clock(value: pa.Array, time_zone: str) -> pa.Array:
    """Timestamps, or text of them, as a clock in ``time_zone`` shows them."""
    if pa.types.is_string(value.type):
        return cast_array(value, t.STRING, t.TimestampType(precision=6), safe=True)
    return value if value.type.tz is None else instant_to_local(value, time_zone)


def _parsed(text: pa.Array, pattern: str | None) -> pa.Array:
    """timestamp[us]; text that does not fit the pattern may still have the form that CAST takes."""
    if pattern is None:
        return cast_array(text, t.STRING, t.TimestampType(precision=6), safe=True)
    parsed = parse_timestamps(text, pattern)
    if parsed.null_count == text.null_count:
        return parsed
    full = pc.if_else(pc.match_substring(text, " "), text, pa.scalar(None, pa.string()))
    return pc.coalesce(parsed, cast_array(full, t.STRING, t.TimestampType(precision=6), safe=True))


@scalar(
    "DATE_FORMAT",
    signature(TIMESTAMP, CHARACTER, returns=always(t.STRING)),
    signature(CHARACTER, CHARACTER, returns=always(t.STRING)),
    doc="A timestamp as text, by a pattern.",
    examples={"DATE_FORMAT(TIMESTAMP '2024-05-06 07:08:09', 'yyyy/MM/dd')": "2024/05/06"},
)
@per_constant()
def date_format(value: pa.Array, pattern: str, context: EvaluationContext) -> pa.Array:
    return format_timestamps(_wall_clock(value, context.time_zone), pattern)


@scalar(
    "TO_DATE",
    signature(CHARACTER, CHARACTER, optional=1, returns=always(t.DateType())),
    doc="A date from text; NULL if it is none.",
    examples={"TO_DATE('06/05/2024', 'dd/MM/yyyy')": "2024-05-06", "TO_DATE('nonsense')": None},
)
def to_date(*args: pa.Array) -> pa.Array:
    if len(args) == 2:
        return cast_array(args[0], t.STRING, t.DateType(), safe=True)
    return _to_date_by_pattern(*args)


@per_constant()
def _to_date_by_pattern(text: pa.Array, pattern: str) -> pa.Array:
    return cast_array(parse_timestamps(text, pattern), t.TimestampType(precision=6), t.DateType())


@scalar(
    "TO_TIMESTAMP",
    signature(CHARACTER, CHARACTER, optional=1, returns=always(_MILLISECONDS)),
    doc="A TIMESTAMP(3) from text; NULL if it is none.",
    examples={"TO_TIMESTAMP('06/05/2024 07', 'dd/MM/yyyy HH')": "2024-05-06 07:00:00.000"},
)
@per_constant()
def to_timestamp(text: pa.Array, pattern: str | None = None) -> pa.Array:
    return _to_millis(_parsed(text, pattern))


def _to_millis(moment: pa.Array) -> pa.Array:
    return cast_array(moment, t.TimestampType(precision=6), _MILLISECONDS)


def _ltz_type(arguments: Sequence[Argument]) -> t.LogicalType | None:
    precision = arguments[1].literal if len(arguments) == 2 else 3
    return _INSTANT if precision in (0, 3, None) else None


@scalar(
    "TO_TIMESTAMP_LTZ",
    signature(NUMERIC, INTEGER, optional=1, returns=_ltz_type),
    signature(CHARACTER, CHARACTER, CHARACTER, optional=2, returns=always(_INSTANT)),
    doc="An instant from seconds (precision 0) or milliseconds (3) since the epoch, or from text in a time zone.",
    examples={"TO_TIMESTAMP_LTZ(1700000000, 0)": "2023-11-14 22:13:20.000"},
)
@per_constant()
def to_timestamp_ltz(value: pa.Array, second: int | str | None = None, zone: str = "UTC") -> pa.Array:
    if pa.types.is_string(value.type):
        assert not isinstance(second, int)
        return local_to_instant(_to_millis(_parsed(value, second)), zone)
    millis = pc.multiply(value, 1_000) if second == 0 else value
    return pc.floor(millis).cast(pa.int64(), safe=False).cast(pa.timestamp("ms", tz="UTC"))


@scalar(
    "FROM_UNIXTIME",
    signature(INTEGER, CHARACTER, optional=1, returns=always(t.STRING)),
    doc="Seconds since the epoch as text in the session time zone.",
)
@per_constant()
def from_unixtime(seconds: pa.Array, pattern: str = DEFAULT_PATTERN, *, context: EvaluationContext) -> pa.Array:
    instant = pc.multiply(seconds, 1_000).cast(pa.timestamp("ms", tz="UTC"))
    return format_timestamps(instant_to_local(instant, context.time_zone), pattern)


def _now_seconds(context: EvaluationContext) -> pa.Array:
    return pa.repeat(pa.scalar(context.now // 1_000, pa.int64()), context.num_rows)


@scalar(
    "UNIX_TIMESTAMP",
    signature(returns=t.BIGINT, implementation=_now_seconds),
    signature(CHARACTER, CHARACTER, optional=1, returns=t.BIGINT),
    doc="Seconds since the epoch: now, or of text in the session time zone.",
    deterministic=False,
)
@per_constant()
def unix_timestamp(text: pa.Array, pattern: str = DEFAULT_PATTERN, *, context: EvaluationContext) -> pa.Array:
    instant = local_to_instant(parse_timestamps(text, pattern), context.time_zone)
    seconds = floor_divide(instant.cast(pa.int64()), 1_000_000)
    return pc.if_else(text.is_valid(), pc.fill_null(seconds, _NO_TIME), seconds)


@scalar(
    "CONVERT_TZ",
    signature(CHARACTER, CHARACTER, CHARACTER, returns=always(t.STRING)),
    doc="A time in text, read in one time zone and written in another.",
    examples={"CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles')": "1969-12-31 16:00:00"},
)
@per_constant()
def convert_tz(text: pa.Array, source: str, target: str) -> pa.Array:
    instant = local_to_instant(parse_timestamps(text, DEFAULT_PATTERN), source)
    return format_timestamps(instant_to_local(instant, target), DEFAULT_PATTERN)
