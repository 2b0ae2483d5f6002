"""The current date and time: the processing time of the batch, in the session time zone."""

from __future__ import annotations

import pyarrow as pa

from sqlstream.functions.registry import EvaluationContext
from sqlstream.functions.signature import scalar, signature
from sqlstream.types import logical as t
from sqlstream.types.cast import cast_array

_INSTANT = t.LocalZonedTimestampType(precision=3)


def _declare_clock(name: str, type_: t.LogicalType, doc: str, aliases: tuple[str, ...] = ()) -> None:
    @scalar(name, signature(returns=type_), doc=doc, aliases=aliases, deterministic=False)
    def clock(context: EvaluationContext) -> pa.Array:
        now = pa.array([context.now], pa.timestamp("ms", tz="UTC"))
        shown = cast_array(now, _INSTANT, type_, time_zone=context.time_zone)
        return pa.repeat(shown[0], context.num_rows)


_declare_clock("CURRENT_TIMESTAMP", _INSTANT, "The current instant.", ("NOW",))
_declare_clock("CURRENT_ROW_TIMESTAMP", _INSTANT, "The instant at which the row is processed.")
_declare_clock("PROCTIME", _INSTANT, "The processing time, a time attribute.")
_declare_clock("LOCALTIMESTAMP", t.TimestampType(precision=3), "The current date and time.")
_declare_clock("CURRENT_DATE", t.DateType(), "The current date.")
_declare_clock("LOCALTIME", t.TimeType(), "The current time of day.", ("CURRENT_TIME",))
