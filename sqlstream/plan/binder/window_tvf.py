"""TUMBLE, HOP and CUMULATE in FROM: positional or named arguments, checked as Flink checks them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from sqlstream.errors import PlanError, SqlError
from sqlstream.plan.binder.literals import interval
from sqlstream.plan.binder.scope import Scope
from sqlstream.plan.binder.suggestions import did_you_mean
from sqlstream.plan.logical import LogicalNode, WindowFunction
from sqlstream.plan.physical import WindowKind, WindowSpec
from sqlstream.sql.nodes import TableArgument
from sqlstream.sql.positions import position_of
from sqlstream.types.logical import (
    TIMESTAMP_TYPES,
    DayTimeIntervalType,
    TimestampType,
    with_nullability,
)
from sqlstream.types.schema import Field, Schema, TimeAttribute

_PARAMETERS: dict[str, tuple[str, ...]] = {
    "TUMBLE": ("DATA", "TIMECOL", "SIZE", "OFFSET"),
    "HOP": ("DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"),
    "CUMULATE": ("DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"),
}
"""Parameter names in positional order; OFFSET may be left out."""
_UNSUPPORTED = {"SESSION"}
_WINDOW_COLUMNS = ("window_start", "window_end", "window_time")


@dataclass(frozen=True)
class WindowCall:
    """A window TVF as written: what it is over, and its arguments by parameter name."""

    node: exp.Expression
    name: str
    data: TableArgument
    arguments: dict[str, exp.Expression]


def is_window_function(name: str) -> bool:
    """Whether ``name(...)`` in FROM is a window TVF."""
    return name.upper() in _PARAMETERS or name.upper() in _UNSUPPORTED


def parse_window_call(node: exp.Expression, name: str, arguments: Sequence[exp.Expression]) -> WindowCall:
    """The call with its arguments in place. SqlError when they are not those of the function."""
    name = name.upper()
    if name in _UNSUPPORTED:
        raise PlanError(
            f"{name} windows are not supported yet.", position=position_of(node), hint="Use TUMBLE, HOP or CUMULATE."
        )
    named = _by_name(node, name, arguments)
    missing = [p for p in _PARAMETERS[name] if p != "OFFSET" and p not in named]
    data = named.get("DATA")
    if isinstance(data, TableArgument) and (data.args.get("partition_by") or data.args.get("order")):
        raise SqlError(
            f"{name} takes no PARTITION BY or ORDER BY.",
            position=position_of(data),
            hint="Name the keys in GROUP BY, beside window_start and window_end.",
        )
    if missing or not isinstance(data, TableArgument):
        raise _misuse(node, name, f"it lacks {', '.join(missing)}" if missing else "DATA must be TABLE t")
    return WindowCall(node, name, data, named)


def _by_name(node: exp.Expression, name: str, arguments: Sequence[exp.Expression]) -> dict[str, exp.Expression]:
    parameters = _PARAMETERS[name]
    named: dict[str, exp.Expression] = {}
    for index, argument in enumerate(arguments):
        if isinstance(argument, exp.Kwarg | exp.PropertyEQ):
            key, value = argument.this.name.upper(), argument.expression
        elif index < len(parameters):
            key, value = parameters[index], argument
        else:
            raise _misuse(node, name, f"it has {len(arguments)} arguments")
        if key not in parameters:
            raise SqlError(
                f"{name} has no parameter '{key}'.",
                position=position_of(argument),
                hint=did_you_mean(key, parameters, "Parameters"),
            )
        named[key] = value
    return named


def _misuse(node: exp.Expression, name: str, why: str) -> SqlError:
    sizes = ", ".join(f"INTERVAL '10' MINUTES /* {p.lower()} */" for p in _PARAMETERS[name][2:-1])
    return SqlError(
        f"Invalid call of {name}: {why}.",
        position=position_of(node),
        hint=f"Write TABLE({name}(TABLE t, DESCRIPTOR(ts), {sizes})).",
    )


def bind_window(call: WindowCall, input: LogicalNode) -> WindowFunction:
    """The TVF over ``input``. SqlError when the time column is no time attribute or the lengths do not fit."""
    time_column = _time_column(call, input.schema)
    lengths = {p: _length(call, p) for p in call.arguments if p not in ("DATA", "TIMECOL")}
    size, offset = lengths["SIZE"], lengths.get("OFFSET", 0)
    slide = lengths.get("SLIDE", lengths.get("STEP", 0))
    if slide and size % slide:
        word = "slide" if call.name == "HOP" else "step"
        raise SqlError(
            f"{call.name} requires the size to be a whole multiple of the {word}, "
            f"but got size {size} ms and {word} {slide} ms.",
            position=position_of(call.arguments["SIZE"]),
            hint=f"The {word} comes first, then the size.",
        )
    if abs(offset) >= size:
        raise SqlError(
            f"The offset of {call.name} must be shorter than its size, but got size {size} ms and offset {offset} ms.",
            position=position_of(call.arguments["OFFSET"]),
            hint="Windows repeat: take whole sizes off the offset.",
        )
    return WindowFunction(
        input, WindowSpec(WindowKind[call.name], size, slide, offset), time_column, _schema(input.schema, time_column)
    )


def _schema(input: Schema, time_column: int) -> Schema:
    bound = TimestampType(precision=3, nullable=False)
    time_type = with_nullability(input[time_column].type, False)
    return Schema(
        (
            *input,
            Field(_WINDOW_COLUMNS[0], bound),
            Field(_WINDOW_COLUMNS[1], bound),
            Field(_WINDOW_COLUMNS[2], time_type, TimeAttribute.ROWTIME),
        )
    )


def _time_column(call: WindowCall, schema: Schema) -> int:
    descriptor = call.arguments["TIMECOL"]
    columns = descriptor.expressions if isinstance(descriptor, exp.Anonymous) else []
    if len(columns) != 1 or descriptor.name.upper() != "DESCRIPTOR":
        raise _misuse(call.node, call.name, "TIMECOL must be DESCRIPTOR(column)")
    reference, _ = Scope.of(schema).resolve([columns[0].name], position_of(columns[0]))
    field = schema[reference.index]
    if field.time is TimeAttribute.PROCTIME:
        raise PlanError(
            "Windows over processing time are not supported yet.",
            position=position_of(columns[0]),
            hint="Use an event-time column with a WATERMARK.",
        )
    if field.time is None or not isinstance(field.type, TIMESTAMP_TYPES):
        raise SqlError(
            f"The window function requires the timecol '{field.name}' to be a time attribute type, "
            f"but it is {field.type.summary}.",
            position=position_of(columns[0]),
            hint=f"Declare WATERMARK FOR {field.name} AS ... on its table, and pass the column on unchanged.",
        )
    return reference.index


def _length(call: WindowCall, parameter: str) -> int:
    node = call.arguments[parameter]
    literal = interval(node) if isinstance(node, exp.Interval) else None
    if literal is None or not isinstance(literal.type, DayTimeIntervalType):
        raise SqlError(
            f"The {parameter.lower()} of {call.name} must be an interval of days, hours, minutes or seconds.",
            position=position_of(node),
            hint="Write for example INTERVAL '10' MINUTES.",
        )
    milliseconds = int(literal.value or 0)
    if milliseconds <= 0 and parameter != "OFFSET":
        raise SqlError(f"The {parameter.lower()} of {call.name} must be positive.", position=position_of(node),
                       hint="Write for example INTERVAL '10' MINUTES.")  # fmt: skip
    return milliseconds
