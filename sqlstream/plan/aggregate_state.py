"""What aggregate calls keep, as accumulators and as the columns that local aggregation sends to global aggregation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sqlstream.errors import PlanError
from sqlstream.functions.registry import AggregateFunction, lookup
from sqlstream.plan.expressions import AggregateCall
from sqlstream.types.arrow import from_arrow, to_arrow
from sqlstream.types.logical import BigIntType
from sqlstream.types.schema import Field, Schema

if TYPE_CHECKING:
    from sqlstream.functions.accumulators.accumulator import Accumulator
    from sqlstream.functions.accumulators.distinct import DistinctValues

ROWS_COLUMN = "count$rows"


def make_accumulator(call: AggregateCall, input: Schema, retracting: bool) -> Accumulator:
    """The empty state of ``call`` over rows of ``input``. Imports compiled kernels."""
    from sqlstream.functions.accumulators.distinct import DistinctAccumulator

    accumulator = plain_accumulator(call, input, retracting)
    return DistinctAccumulator(accumulator, distinct_values(call, input)) if call.distinct else accumulator


def distinct_values(call: AggregateCall, input: Schema, calls: int = 1) -> DistinctValues:
    """The values that ``calls`` DISTINCT calls with the arguments of ``call`` have seen: none yet."""
    from sqlstream.functions.accumulators.distinct import DistinctValues

    return DistinctValues([to_arrow(input[column].type) for column in call.args], calls)


def plain_accumulator(call: AggregateCall, input: Schema, retracting: bool) -> Accumulator:
    """As :func:`make_accumulator`, but of the call without DISTINCT."""
    function = lookup(call.function)
    if not isinstance(function, AggregateFunction):
        raise PlanError(f"{call.function} is not an aggregate function.", hint="SHOW FUNCTIONS lists those that are.")
    types = tuple(input[column].type for column in call.args)
    accumulator: Accumulator = function.accumulator(types, call.type, retracting)
    return accumulator


def partial_schema(keys: Sequence[int], calls: Sequence[AggregateCall], input: Schema) -> Schema | None:
    """Rows of groups that are not final yet: keys, number of rows, the state of each call.

    None where some state has no SQL type to travel as.
    """
    fields = [*(input[key] for key in keys), Field(ROWS_COLUMN, BigIntType(nullable=False))]
    nothing = np.zeros(0, np.int64)
    for call in calls:
        for number, column in enumerate(make_accumulator(call, input, retracting=False).snapshot(nothing)):
            type_ = from_arrow(column.type)
            if type_ is None:
                return None
            fields.append(Field(f"{call.name}${number}", type_))
    return Schema(tuple(fields))
