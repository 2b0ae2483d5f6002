"""Which columns of a node's output are the window that its rows belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlstream.plan import logical as l
from sqlstream.plan.expressions import Expression, InputRef
from sqlstream.plan.physical import WindowProperty, WindowSpec
from sqlstream.types.schema import Field, TimeAttribute

WINDOW_COLUMNS = (WindowProperty.START, WindowProperty.END, WindowProperty.TIME)
"""In the order in which a window function appends them."""


@dataclass(frozen=True)
class WindowColumns:
    """``window``, of the time attribute ``time``; ``keys`` are those whose sessions it is. ``columns`` says which
    column is which property of the window."""

    window: WindowSpec
    time: Field
    columns: dict[int, WindowProperty]
    keys: tuple[int, ...] = ()

    @property
    def proctime(self) -> bool:
        return self.time.time is TimeAttribute.PROCTIME

    def column_of(self, prop: WindowProperty) -> int | None:
        """The first column that is ``prop``."""
        return next((column for column, found in sorted(self.columns.items()) if found is prop), None)

    def through(self, expressions: Sequence[Expression]) -> WindowColumns | None:
        """The same over columns computed by ``expressions``; None where no column of the window is left."""
        refs = [e.index if isinstance(e, InputRef) else None for e in expressions]
        columns = {i: self.columns[c] for i, c in enumerate(refs) if c in self.columns}
        return replace(self, columns=columns, keys=()) if columns else None


def function_columns(node: l.WindowFunction) -> WindowColumns:
    """Those that the window function itself appends."""
    width = len(node.input.schema)
    columns = {width + i: prop for i, prop in enumerate(WINDOW_COLUMNS)}
    return WindowColumns(node.window, node.input.schema[node.time_column], columns, node.keys)


def window_columns(node: l.LogicalNode) -> WindowColumns | None:
    """None where the rows of ``node`` are not known to belong to windows. Window aggregations must have been formed."""
    match node:
        case l.WindowFunction():
            return function_columns(node)
        case l.WindowAggregate():
            first = len(node.keys) + len(node.aggregates)
            columns = {first + i: prop for i, prop in enumerate(node.properties)}
            return WindowColumns(node.window, node.time, columns) if columns else None
        case l.Project() | l.Calc():
            below = window_columns(node.input)
            return None if below is None else below.through(node.expressions)
        case l.Filter():
            return window_columns(node.input)
        case l.Rank() if node.window is not None:
            return window_columns(node.input)
        case _:
            return None
