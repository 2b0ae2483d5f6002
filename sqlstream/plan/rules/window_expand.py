"""Grouping sets over a window TVF: rows are multiplied below it, so that a window aggregation can be formed."""

from __future__ import annotations

from sqlstream.plan.expression_tree import conjunction, substitute
from sqlstream.plan.expressions import Expression, InputRef
from sqlstream.plan.logical import Expand, Filter, LogicalNode, Project, WindowFunction
from sqlstream.plan.physical import WindowKind, WindowProperty
from sqlstream.plan.rules.window_aggregate import WindowChain, window_chain
from sqlstream.types.schema import Field, Schema


def expand_below_window(node: Expand) -> LogicalNode:
    """``node`` with its columns, over a TVF over an expansion; itself where the window is not the same in all
    projections, or a column is computed from it, and over sessions, whose keys an expansion takes away."""
    chain = window_chain(node.input)
    if (
        chain is None
        or chain.function.window.kind is WindowKind.SESSION
        or any(chain.needs_window(condition) for condition in chain.conditions)
    ):
        return node
    windows: dict[int, WindowProperty] = {}
    below: list[int] = []
    for column in range(len(node.schema)):
        values = {substitute(row[column], chain.columns) for row in node.projections}
        property = chain.window_property(next(iter(values))) if len(values) == 1 else None
        if property is not None:
            windows[column] = property
        elif any(chain.needs_window(value) for value in values):
            return node
        else:
            below.append(column)
    return _over_expansion(node, chain, windows, below) if windows else node


def _over_expansion(
    node: Expand, chain: WindowChain, windows: dict[int, WindowProperty], below: list[int]
) -> LogicalNode:
    function = chain.function
    condition = conjunction(chain.conditions)
    source = function.input if condition is None else Filter(function.input, condition)
    time = function.input.schema[function.time_column]
    time_ref = InputRef(function.time_column, time.type)
    rows = tuple((*(substitute(row[c], chain.columns) for c in below), time_ref) for row in node.projections)
    time_field = Field(f"{time.name}$w", time.type, time.time)
    expanded = Expand(source, rows, Schema((*(node.schema[c] for c in below), time_field)))
    width = len(expanded.schema)
    bounds = function.schema.fields[len(function.input.schema) :]
    windowed = WindowFunction(expanded, function.window, len(below), Schema((*expanded.schema, *bounds)))
    place = {column: index for index, column in enumerate(below)}
    place |= {column: width + list(WindowProperty).index(property) for column, property in windows.items()}
    columns: tuple[Expression, ...] = tuple(InputRef(place[c], f.type) for c, f in enumerate(node.schema))
    return Project(windowed, columns, node.schema)
