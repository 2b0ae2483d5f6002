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


def without_time(schema: Schema) -> Schema:
    """The same columns as they come out of a regular join: event time as plain timestamps, since no watermark covers
    what it emits; processing time stays what it is."""
    return Schema(tuple(Field(f.name, f.type, proctime(f)) for f in schema))


def with_times_of(schema: Schema, row: Schema) -> Schema:
    """The columns of ``schema``, which are the first ones of ``row``, with the time attributes they have there."""
    return Schema(tuple(Field(f.name, f.type, row[i].time) for i, f in enumerate(schema)))


def proctime(field: Field) -> TimeAttribute | None:
    """The time attribute of ``field`` if it needs no watermark."""
    return field.time if field.time is TimeAttribute.PROCTIME else None
