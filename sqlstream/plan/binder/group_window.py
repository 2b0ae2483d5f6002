"""Window functions in GROUP BY, TUMBLE(ts, INTERVAL ...) and the like, and those that ask for the window's bounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from sqlstream.errors import SqlError
from sqlstream.plan.binder.calls import call
from sqlstream.plan.binder.scope import Scope
from sqlstream.plan.binder.window_tvf import window_length, with_window_columns
from sqlstream.plan.expressions import Expression, InputRef, Literal
from sqlstream.plan.logical import LogicalNode, WindowFunction
from sqlstream.plan.physical import WindowKind, WindowSpec
from sqlstream.sql.dialect import sql_text
from sqlstream.sql.positions import position_of
from sqlstream.types.logical import TIMESTAMP_TYPES, LocalZonedTimestampType
from sqlstream.types.schema import Field, Schema, TimeAttribute

_LENGTHS: dict[str, tuple[str, ...]] = {"TUMBLE": ("size",), "HOP": ("slide", "size"), "SESSION": ("gap",)}
"""The intervals after the time column, in order."""
_START, _END, _ROWTIME, _PROCTIME = "START", "END", "ROWTIME", "PROCTIME"
_PROPERTIES = (_START, _END, _ROWTIME)
"""In the order of the columns that a window function appends."""
_AUXILIARY = {f"{name}_{prop}": (name, prop) for name in _LENGTHS for prop in (*_PROPERTIES, _PROCTIME)}


@dataclass(frozen=True)
class GroupWindow:
    """The window of a SELECT's groups. ``columns`` are its start, its end and, of event time, its rowtime."""

    node: exp.Expression
    time: InputRef
    spec: WindowSpec
    columns: tuple[InputRef, ...]
    proctime: bool


def is_group_window(node: exp.Expression) -> bool:
    """Whether ``node``, in GROUP BY, is a window function."""
    return isinstance(node, exp.Anonymous) and node.name.upper() in _LENGTHS


def is_window_word(name: str) -> bool:
    """Whether a function ``name`` has to do with the window of GROUP BY."""
    return name.upper() in _LENGTHS or name.upper() in _AUXILIARY


def bind_group_window(
    keys: Sequence[exp.Expression], plan: LogicalNode, scope: Scope, batch: bool
) -> tuple[LogicalNode, Scope, GroupWindow | None]:
    """``plan`` with the columns of the window among the group ``keys``, if there is one; names do not reach them.

    SqlError where there are several, or one is not over a time attribute.
    """
    calls = [key for key in keys if is_group_window(key)]
    if not calls:
        return plan, scope, None
    if len(calls) > 1:
        raise SqlError(
            "Only a single window group function may be used in GROUP BY.",
            position=position_of(calls[1]),
            hint="Group by one of them, and the result of that by the other.",
        )
    time, spec = _window(calls[0], scope)
    field = scope.schema[time.index]
    if not isinstance(field.type, TIMESTAMP_TYPES) or (field.time is None and not batch):
        raise SqlError(
            f"Window aggregate can only be defined over a time attribute column, but {field.type.summary} encountered.",
            position=position_of(calls[0]),
            hint=f"Declare WATERMARK FOR {field.name} AS ... on its table, and pass the column on unchanged.",
        )
    width, proctime = len(scope.schema), field.time is TimeAttribute.PROCTIME
    added = with_window_columns(scope.schema, time.index).fields[width:]
    schema = Schema((*scope.schema, *(Field(f"w${f.name.partition('_')[2]}", f.type, f.time) for f in added)))
    columns = range(width, width + (2 if proctime else 3))
    window = GroupWindow(calls[0], time, spec, tuple(InputRef(i, schema[i].type) for i in columns), proctime)
    function = WindowFunction(plan, spec, time.index, schema, grouped=True)
    return function, replace(scope, schema=schema, hidden=scope.hidden | set(range(width, width + 3))), window


class _WindowColumn(exp.Expression):
    """Stands for a column of the window in a list of group keys: number ``this``."""


def key_binding(
    keys: Sequence[exp.Expression], window: GroupWindow | None, bind: Callable[[exp.Expression], Expression]
) -> tuple[list[exp.Expression], Callable[[exp.Expression], Expression]]:
    """``keys`` with the columns of the ``window`` for the call that it is, and how to bind them."""
    if window is None:
        return list(keys), bind
    columns = exp.Tuple(expressions=[_WindowColumn(this=index) for index in range(len(window.columns))])
    items = [columns if key is window.node else key for key in keys]
    return items, lambda node: window.columns[node.this] if isinstance(node, _WindowColumn) else bind(node)


def bind_window_word(node: exp.Expression, name: str, scope: Scope, window: GroupWindow | None) -> Expression:
    """TUMBLE_START(...) and the like, of the ``window`` of GROUP BY. SqlError where that is another one or none."""
    position, word = position_of(node), name.upper()
    if word not in _AUXILIARY:
        raise SqlError(
            f"Group function '{word}' can only appear in GROUP BY clause.",
            position=position,
            hint=f"{word}_START and {word}_END give the window's bounds, {word}_ROWTIME its time attribute.",
        )
    function, prop = _AUXILIARY[word]
    arguments = list(node.expressions)
    if window is None or (_window(node, scope, function) != (window.time, window.spec)):
        written = f"{function}({', '.join(map(sql_text, arguments))})"
        raise SqlError(
            f"Call to auxiliary group function '{word}' must have matching call to group function '{function}' in "
            "GROUP BY clause.",
            position=position,
            hint=f"GROUP BY {written}, with the same arguments."
            if window is None
            else f"The window is {sql_text(window.node)}.",
        )
    if prop == _PROCTIME:
        return call("PROCTIME", [], position) if window.proctime else _NO_PROCTIME
    if prop == _ROWTIME and window.proctime:
        raise SqlError(
            "A proctime window cannot provide a rowtime attribute.",
            position=position,
            hint=f"Write {function}_PROCTIME.",
        )
    return window.columns[_PROPERTIES.index(prop)]


_NO_PROCTIME = Literal(None, LocalZonedTimestampType(precision=3))
"""What a window of event time has for processing time."""


def _window(node: exp.Expression, scope: Scope, function: str | None = None) -> tuple[InputRef, WindowSpec]:
    """The time column and the window that the arguments of ``node`` mean for ``function`` (default: itself)."""
    name = function or node.name.upper()
    lengths, arguments = _LENGTHS[name], list(node.expressions)
    if len(arguments) != len(lengths) + 1:
        takes = f"a time column and its {' and '.join(lengths)}"
        raise SqlError(
            f"{node.name.upper()} takes {takes}, but got {len(arguments)} arguments.",
            position=position_of(node),
            hint=f"Write {node.name.upper()}(ts, {', '.join(f'INTERVAL <{length}>' for length in lengths)}).",
        )
    column = arguments[0]
    if not isinstance(column, exp.Column):
        raise SqlError(
            f"{node.name.upper()} takes a time attribute column, not an expression.",
            position=position_of(column) or position_of(node),
            hint="Declare the expression as a computed column with a WATERMARK.",
        )
    reference, _ = scope.resolve([part.name for part in column.parts], position_of(column))
    length = {
        what: window_length(argument, f"{what} of {name}")
        for what, argument in zip(lengths, arguments[1:], strict=True)
    }
    size = length.get("size", length.get("gap", 0))
    return reference, WindowSpec(WindowKind[name], size, length.get("slide", 0))
