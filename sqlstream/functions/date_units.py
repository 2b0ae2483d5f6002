"""Time units of FLOOR, CEIL, TIMESTAMPADD and TIMESTAMPDIFF. Weeks start on Sunday."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.functions.constant_arguments import per_constant
from sqlstream.functions.registry import EvaluationContext
from sqlstream.functions.signature import word
from sqlstream.types.datetime_cast import instant_to_local, local_to_instant

MONTHS = {"YEAR": 12, "QUARTER": 3, "MONTH": 1}
MILLISECONDS = {
    "WEEK": 604_800_000,
    "DAY": 86_400_000,
    "HOUR": 3_600_000,
    "MINUTE": 60_000,
    "SECOND": 1_000,
    "MILLISECOND": 1,
}
unit_parameter = word("TIMEUNIT", *MONTHS, *MILLISECONDS)
DATE_UNITS = ("YEAR", "QUARTER", "MONTH", "WEEK", "DAY")
"""Units of which a DATE is a whole number."""


def _to_unit(rounding: Callable[..., pa.Array]) -> Callable[..., pa.Array]:
    @per_constant()
    def implementation(moment: pa.Array, unit: str, context: EvaluationContext) -> pa.Array:
        unit = unit.upper()
        if pa.types.is_date(moment.type) and unit not in DATE_UNITS:
            return moment
        zoned = pa.types.is_timestamp(moment.type) and moment.type.tz is not None
        local = instant_to_local(moment, context.time_zone) if zoned else moment
        rounded = rounding(local, unit=unit.lower(), week_starts_monday=False)
        return local_to_instant(rounded, context.time_zone) if zoned else rounded

    return implementation


floor_to_unit = _to_unit(pc.floor_temporal)
ceil_to_unit = _to_unit(pc.ceil_temporal)
