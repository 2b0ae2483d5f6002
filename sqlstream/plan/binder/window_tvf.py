"""TUMBLE, HOP, CUMULATE and SESSION in FROM: positional or named arguments, checked as Flink checks them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from sqlstream.errors import SqlError
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
from sqlstream.types.schema import Field, Schema

_PARAMETERS: dict[str, tuple[str, ...]] = {
    "TUMBLE": ("DATA", "TIMECOL", "SIZE", "OFFSET"),
    "HOP": ("DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"),
    "CUMULATE": ("DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"),
    "SESSION": ("DATA", "TIMECOL", "GAP"),
}
"""Parameter names in positional order; OFFSET may be left out."""
_OPTIONAL = "OFFSET"
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
    return name.upper() in _PARAMETERS


def parse_window_call(node: exp.Expression, name: str, arguments: Sequence[exp.Expression]) -> WindowCall:
    """The call with its arguments in place. SqlError when they are not those of the function."""
    name = name.upper()
    named = _by_name(node, name, arguments)
    missing = [p for p in _PARAMETERS[name] if p != _OPTIONAL and p not in named]
    data = named.get("DATA")
    if isinstance(data, exp.Subquery):
        named["DATA"] = data = TableArgument(this=data)
    if isinstance(data, TableArgument):
        _check_clauses(name, data)
    if missing or not isinstance(data, TableArgument):
        raise _misuse(node, name, f"it lacks {', '.join(missing)}" if missing else "DATA must be TABLE t")
    return WindowCall(node, name, data, named)


def _check_clauses(name: str, data: TableArgument) -> None:
    """Sessions are those of the PARTITION BY columns; other windows are the same for all rows."""
    clause = "ORDER BY" if data.args.get("order") else "PARTITION BY" if data.args.get("partition_by") else None
    if clause is None or (clause == "PARTITION BY" and name == "SESSION"):
        return
    raise SqlError(
        f"{name} takes no {clause}.",
        position=position_of(data),
        hint="Name the keys in GROUP BY, beside window_start and window_end.",
    )


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
    lengths = (p for p in _PARAMETERS[name][2:] if p != _OPTIONAL)
    sizes = ", ".join(f"INTERVAL '10' MINUTES /* {p.lower()} */" for p in lengths)
    partition = " PARTITION BY k" if name == "SESSION" else ""
    return SqlError(
        f"Invalid call of {name}: {why}.",
        position=position_of(node),
        hint=f"Write TABLE({name}(TABLE t{partition}, DESCRIPTOR(ts), {sizes})).",
    )


def bind_window(call: WindowCall, input: LogicalNode) -> WindowFunction:
    """The TVF over ``input``. SqlError when the time column is no time attribute or the lengths do not fit."""
    time_column = _time_column(call, input.schema)
    lengths = {
        p: window_length(call.arguments[p], f"{p.lower()} of {call.name}", may_be_negative=p == _OPTIONAL)
        for p in call.arguments
        if p not in ("DATA", "TIMECOL")
    }
    if call.name == "SESSION":
        return session(input, lengths["GAP"], time_column, _partition_columns(call, input.schema))
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
    spec = WindowSpec(WindowKind[call.name], size, slide, offset)
    return WindowFunction(input, spec, time_column, with_window_columns(input.schema, time_column))


def session(input: LogicalNode, gap: int, time_column: int, keys: tuple[int, ...]) -> WindowFunction:
    """The sessions of ``keys``."""
    spec = WindowSpec(WindowKind.SESSION, gap)
    return WindowFunction(input, spec, time_column, with_window_columns(input.schema, time_column), keys)


def with_window_columns(input: Schema, time_column: int) -> Schema:
    """``input``, then window_start, window_end, and window_time, which is the time attribute from here on."""
    bound = TimestampType(precision=3, nullable=False)
    time = input[time_column]
    return Schema(
        (
            *input,
            Field(_WINDOW_COLUMNS[0], bound),
            Field(_WINDOW_COLUMNS[1], bound),
            Field(_WINDOW_COLUMNS[2], with_nullability(time.type, False), time.time),
        )
    )


def _partition_columns(call: WindowCall, schema: Schema) -> tuple[int, ...]:
    columns = call.data.args.get("partition_by") or []
    for column in columns:
        if not isinstance(column, exp.Column):
            raise SqlError(
                "PARTITION BY of SESSION takes columns.",
                position=position_of(column) or position_of(call.node),
                hint="Compute the key in a sub-query or view, and name it here.",
            )
    scope = Scope.of(schema)
    found = (scope.resolve([part.name for part in column.parts], position_of(column))[0].index for column in columns)
    return tuple(dict.fromkeys(found))


def _time_column(call: WindowCall, schema: Schema) -> int:
    descriptor = call.arguments["TIMECOL"]
    columns = descriptor.expressions if isinstance(descriptor, exp.Anonymous) else []
    if len(columns) != 1 or descriptor.name.upper() != "DESCRIPTOR":
        raise _misuse(call.node, call.name, "TIMECOL must be DESCRIPTOR(column)")
    reference, _ = Scope.of(schema).resolve([columns[0].name], position_of(columns[0]))
    field = schema[reference.index]
    if field.time is None or not isinstance(field.type, TIMESTAMP_TYPES):
        raise SqlError(
            f"The window function requires the timecol '{field.name}' to be a time attribute type, "
            f"but it is {field.type.summary}.",
            position=position_of(columns[0]),
            hint=f"Declare WATERMARK FOR {field.name} AS ... on its table, and pass the column on unchanged.",
        )
    return reference.index


def window_length(node: exp.Expression, what: str, *, may_be_negative: bool = False) -> int:
    """The milliseconds of an interval. SqlError, about ``what``, where it is not one of days to seconds, or not
    positive."""
    literal = interval(node) if isinstance(node, exp.Interval) else None
    if literal is None or not isinstance(literal.type, DayTimeIntervalType):
        raise SqlError(
            f"The {what} must be an interval of days, hours, minutes or seconds.",
            position=position_of(node),
            hint="Write for example INTERVAL '10' MINUTES.",
        )
    milliseconds = int(literal.value or 0)
    if milliseconds <= 0 and not may_be_negative:
        raise SqlError(f"The {what} must be positive.", position=position_of(node),
                       hint="Write for example INTERVAL '10' MINUTES.")  # fmt: skip
    return milliseconds
