"""Which columns stay time attributes: only those passed on as they are."""

from __future__ import annotations

from sqlstream.plan.expression_traits import is_proctime
from sqlstream.plan.expressions import Expression, InputRef
from sqlstream.types.schema import Field, Schema, TimeAttribute


def time_attribute(expression: Expression, input: Schema) -> TimeAttribute | None:
    """Whether ``expression`` over ``input`` is event time or processing time."""
    if isinstance(expression, InputRef):
        return input[expression.index].time
    return TimeAttribute.PROCTIME if is_proctime(expression) else None


def proctime(field: Field) -> TimeAttribute | None:
    """The time attribute of ``field`` if it needs no watermark."""
    return field.time if field.time is TimeAttribute.PROCTIME else None
