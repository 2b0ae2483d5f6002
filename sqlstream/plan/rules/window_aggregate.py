"""GROUP BY window_start, window_end becomes one window aggregation.

Right over a window function it takes the function in; over rows that bring their window along, because they are the
result of a window aggregation, say, it groups by that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlstream.plan.expression_traits import input_columns, is_deterministic
from sqlstream.plan.expression_tree import column_refs, conjunction, remap, remap_call, substitute
from sqlstream.plan.expressions import AggregateCall, Expression, InputRef
from sqlstream.plan.logical import (
    Aggregate,
    Filter,
    LogicalNode,
    Project,
    WindowAggregate,
    WindowFunction,
    rewrite_bottom_up,
)
from sqlstream.plan.physical import WindowKind, WindowProperty
from sqlstream.plan.window_columns import WindowColumns, function_columns, window_columns
from sqlstream.types.logical import with_nullability
from sqlstream.types.schema import Field, Schema

_BOUNDS = {WindowProperty.START, WindowProperty.END}


def form_window_aggregates(root: LogicalNode) -> LogicalNode:
    """Wherever both bounds of the window are group keys; other aggregations over windows stay as they are."""
    return rewrite_bottom_up(root, lambda node: _rewritten(node) or node if isinstance(node, Aggregate) else node)


def formed_window_aggregate(node: Aggregate) -> LogicalNode | None:
    """What ``node`` will be, if it will be a window aggregation, with the same columns: so that it is known which of
    them are event time."""
    return _rewritten(_with_formed_input(node))


def _with_formed_input(node: Aggregate) -> Aggregate:
    formed = form_window_aggregates(node.input)
    return Aggregate(formed, node.keys, node.aggregates, node.schema)


@dataclass(frozen=True)
class WindowChain:
    """Projections and filters between an aggregation and a TVF, as expressions over the TVF's output."""

    function: WindowFunction
    columns: tuple[Expression, ...]
    conditions: tuple[Expression, ...]

    @property
    def width(self) -> int:
        """How many columns the TVF's own input has; the window's follow."""
        return len(self.function.input.schema)

    def window_property(self, expression: Expression) -> WindowProperty | None:
        """Which column of the window ``expression`` is."""
        columns = function_columns(self.function).columns
        return columns.get(expression.index) if isinstance(expression, InputRef) else None

    def needs_window(self, expression: Expression) -> bool:
        return any(column >= self.width for column in input_columns(expression))


def window_chain(node: LogicalNode) -> WindowChain | None:
    """The projections and filters that ``node`` is, down to a window TVF; None if it is something else."""
    if isinstance(node, WindowFunction):
        return WindowChain(node, column_refs(node.schema), ())
    if isinstance(node, Project):
        below = window_chain(node.input)
        if below is None or not all(map(is_deterministic, node.expressions)):
            return None
        columns = tuple(substitute(e, below.columns) for e in node.expressions)
        return WindowChain(below.function, columns, below.conditions)
    if isinstance(node, Filter):
        below = window_chain(node.input)
        if below is None:
            return None
        return WindowChain(
            below.function, below.columns, (*below.conditions, substitute(node.condition, below.columns))
        )
    return None


def _rewritten(node: Aggregate) -> LogicalNode | None:
    window = window_columns(node.input)
    if window is None:
        return None
    properties = {i: window.columns[key] for i, key in enumerate(node.keys) if key in window.columns}
    if not set(properties.values()) >= _BOUNDS:
        return None
    return _over_function(node, properties) or _over_windows(node, window, properties)


def _over_function(node: Aggregate, properties: dict[int, WindowProperty]) -> LogicalNode | None:
    """The aggregation with the window function in it; None where something in between needs the window's columns, or
    would change which rows make up a session."""
    chain = window_chain(node.input)
    if chain is None:
        return None
    keys = [i for i in range(len(node.keys)) if i not in properties]
    key_columns = [node.keys[i] for i in keys]
    used = dict.fromkeys([*key_columns, *_aggregate_columns(node.aggregates)])
    above = [c for c in chain.conditions if chain.needs_window(c)]
    below = [c for c in chain.conditions if not chain.needs_window(c)]
    if any(chain.needs_window(chain.columns[column]) for column in used):
        return None
    if chain.function.window.kind is WindowKind.SESSION and not _keeps_sessions(chain, key_columns, below):
        return None
    lifted = _over_result(above, chain, node)
    if lifted is None:
        return None
    aggregate = _aggregate(node, chain, list(used), key_columns, list(dict.fromkeys(properties.values())), below)
    return _in_original_order(aggregate, node, keys, properties, lifted)


def _keeps_sessions(chain: WindowChain, key_columns: Sequence[int], conditions: Sequence[Expression]) -> bool:
    """Sessions are the same whether they are made before or after what lies between."""
    function = chain.function
    if function.grouped:
        return not conditions or all(_by_keys_alone(c, chain, key_columns) for c in conditions)
    keys = [e.index if isinstance(e := chain.columns[c], InputRef) else None for c in key_columns]
    return set(keys) == set(function.keys) and all(input_columns(c) <= set(function.keys) for c in conditions)


def _by_keys_alone(condition: Expression, chain: WindowChain, key_columns: Sequence[int]) -> bool:
    return input_columns(condition) <= {e.index for c in key_columns if isinstance(e := chain.columns[c], InputRef)}


def _over_windows(node: Aggregate, window: WindowColumns, properties: dict[int, WindowProperty]) -> LogicalNode | None:
    """The aggregation of rows that bring their window along. Sessions, and windows of processing time, are not grouped
    again by Flink either: their rows come when the window is over."""
    if window.window.kind is WindowKind.SESSION or window.proctime:
        return None
    start, end = (window.column_of(prop) for prop in (WindowProperty.START, WindowProperty.END))
    assert start is not None and end is not None
    keys = [i for i in range(len(node.keys)) if i not in properties]
    kept = list(dict.fromkeys(properties.values()))
    bound = {prop: node.input.schema[c].type for c, prop in window.columns.items()}
    types = {**bound, WindowProperty.TIME: with_nullability(window.time.type, False)}
    fields = [
        *(Field(node.schema[i].name, node.schema[i].type) for i in keys),
        *(Field(call.name, call.type) for call in node.aggregates),
        *(Field(p.value, types[p], window.time.time if p is WindowProperty.TIME else None) for p in kept),
    ]
    aggregate = WindowAggregate(
        node.input, window.window, end, tuple(node.keys[i] for i in keys), node.aggregates, tuple(kept), window.time,
        Schema(tuple(fields)), start_column=start,
    )  # fmt: skip
    return _in_original_order(aggregate, node, keys, properties, [])


def _aggregate_columns(aggregates: Sequence[AggregateCall]) -> list[int]:
    return [column for call in aggregates for column in (*call.args, *([] if call.filter is None else [call.filter]))]


def _aggregate(
    node: Aggregate, chain: WindowChain, used: list[int], key_columns: list[int], properties: list[WindowProperty],
    conditions: Sequence[Expression],
) -> WindowAggregate:  # fmt: skip
    """The window aggregation over the TVF's input: first the columns ``used``, then the time column."""
    source, function = chain.function.input, chain.function
    condition = conjunction(conditions)
    if condition is not None:
        source = Filter(source, condition)
    names = node.input.schema.names
    time = function.input.schema[function.time_column]
    fields = [Field(names[column], chain.columns[column].type) for column in used]
    name = _fresh(time.name, [f.name for f in fields])
    row = Project(
        source,
        (*(chain.columns[column] for column in used), InputRef(function.time_column, time.type)),
        Schema((*fields, Field(name, time.type, time.time))),
    )
    place = {column: index for index, column in enumerate(used)}
    calls = tuple(remap_call(call, place) for call in node.aggregates)
    window_fields = {p: function.schema[c] for c, p in function_columns(function).columns.items()}
    schema = Schema(
        (
            *(row.schema[place[column]] for column in key_columns),
            *(Field(call.name, call.type) for call in calls),
            *(window_fields[p] for p in properties),
        )
    )
    return WindowAggregate(
        row, function.window, len(used), tuple(place[c] for c in key_columns), calls, tuple(properties), time, schema,
        grouped=function.grouped,
    )  # fmt: skip


def _fresh(name: str, taken: Sequence[str]) -> str:
    return name if name not in taken else f"{name}$time"


def _over_result(conditions: Sequence[Expression], chain: WindowChain, node: Aggregate) -> list[Expression] | None:
    """Conditions on the window, over the aggregation's output; None where one needs a column that is no key."""
    position = {e.index: i for i, key in enumerate(node.keys) if isinstance(e := chain.columns[key], InputRef)}
    if any(not input_columns(condition) <= position.keys() for condition in conditions):
        return None
    return [remap(condition, position) for condition in conditions]


def _in_original_order(
    aggregate: WindowAggregate, node: Aggregate, keys: list[int], properties: dict[int, WindowProperty],
    conditions: Sequence[Expression],
) -> LogicalNode:  # fmt: skip
    first_call = len(keys)
    first_property = first_call + len(node.aggregates)
    place = {key: index for index, key in enumerate(keys)}
    place |= {key: first_property + aggregate.properties.index(p) for key, p in properties.items()}
    place |= {len(node.keys) + i: first_call + i for i in range(len(node.aggregates))}
    order = [place[i] for i in range(len(node.schema))]
    schema = Schema(
        tuple(
            Field(f.name, aggregate.schema[c].type, aggregate.schema[c].time)
            for f, c in zip(node.schema, order, strict=True)
        )
    )
    plan: LogicalNode = Project(aggregate, tuple(InputRef(c, aggregate.schema[c].type) for c in order), schema)
    condition = conjunction(conditions)
    return plan if condition is None else Filter(plan, condition)
