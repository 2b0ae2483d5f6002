"""Which columns stay time attributes: only those passed on as they are."""

from __future__ import annotations

from sqlstream.plan.expressions import Call, Expression, InputRef
from sqlstream.types.schema import Field, Schema, TimeAttribute


def time_attribute(expression: Expression, input: Schema) -> TimeAttribute | None:
    """Whether ``expression`` over ``input`` is event time or processing time."""
    if isinstance(expression, InputRef):
        return input[expression.index].time
    if isinstance(expression, Call) and expression.function == "PROCTIME":
        return TimeAttribute.PROCTIME
    return None


def without_time(schema: Schema) -> Schema:
    """The same columns as plain timestamps, as they come out of joins and unwindowed aggregations."""
    return Schema(tuple(Field(f.name, f.type) for f in schema))
