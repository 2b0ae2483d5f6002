"""GROUP BY window_start, window_end over a window TVF becomes one window aggregation."""

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
from sqlstream.plan.physical import WindowProperty
from sqlstream.types.schema import Field, Schema, TimeAttribute

_PROPERTIES = (WindowProperty.START, WindowProperty.END, WindowProperty.TIME)
"""In the order in which the TVF appends them."""


def form_window_aggregates(root: LogicalNode) -> LogicalNode:
    """Wherever both bounds of the window are group keys; other aggregations over a TVF stay as they are."""
    return rewrite_bottom_up(root, lambda node: _rewritten(node) or node if isinstance(node, Aggregate) else node)


def is_windowed(node: Aggregate) -> bool:
    """Whether ``node`` will be a window aggregation, so that its window_time is event time."""
    return _rewritten(node) is not None


def window_properties(node: Aggregate) -> dict[int, WindowProperty]:
    """Which keys of ``node`` are columns of a window TVF below it, by their index."""
    chain = window_chain(node.input)
    return {} if chain is None else _key_properties(node, chain)


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
        if isinstance(expression, InputRef) and expression.index >= self.width:
            return _PROPERTIES[expression.index - self.width]
        return None

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
    chain = window_chain(node.input)
    if chain is None:
        return None
    properties = _key_properties(node, chain)
    if not {WindowProperty.START, WindowProperty.END} <= set(properties.values()):
        return None
    keys = [i for i in range(len(node.keys)) if i not in properties]
    key_columns = [node.keys[i] for i in keys]
    used = dict.fromkeys([*key_columns, *_aggregate_columns(node.aggregates)])
    above = [c for c in chain.conditions if chain.needs_window(c)]
    below = [c for c in chain.conditions if not chain.needs_window(c)]
    if any(chain.needs_window(chain.columns[column]) for column in used):
        return None
    lifted = _over_result(above, chain, node, properties)
    if lifted is None:
        return None
    aggregate = _aggregate(node, chain, list(used), key_columns, list(dict.fromkeys(properties.values())), below)
    return _in_original_order(aggregate, node, keys, properties, lifted)


def _key_properties(node: Aggregate, chain: WindowChain) -> dict[int, WindowProperty]:
    return {i: p for i, key in enumerate(node.keys) if (p := chain.window_property(chain.columns[key]))}


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
    row = Project(
        source,
        (*(chain.columns[column] for column in used), InputRef(function.time_column, time.type)),
        Schema((*fields, Field(_fresh(time.name, [f.name for f in fields]), time.type, TimeAttribute.ROWTIME))),
    )
    place = {column: index for index, column in enumerate(used)}
    calls = tuple(remap_call(call, place) for call in node.aggregates)
    window_fields = {p: chain.function.schema[chain.width + i] for i, p in enumerate(_PROPERTIES)}
    schema = Schema(
        (
            *(row.schema[place[column]] for column in key_columns),
            *(Field(call.name, call.type) for call in calls),
            *(window_fields[p] for p in properties),
        )
    )
    return WindowAggregate(
        row, function.window, len(used), tuple(place[c] for c in key_columns), calls, tuple(properties), schema
    )


def _fresh(name: str, taken: Sequence[str]) -> str:
    return name if name not in taken else f"{name}$time"


def _over_result(
    conditions: Sequence[Expression], chain: WindowChain, node: Aggregate, properties: dict[int, WindowProperty]
) -> list[Expression] | None:
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
