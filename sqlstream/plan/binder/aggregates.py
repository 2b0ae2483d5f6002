"""Binding a grouped SELECT: aggregate calls are collected, and what is left must be made of the group keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sqlstream.plan.binder.computed_columns import ComputedColumns
from sqlstream.plan.binder.group_window import GroupWindow
from sqlstream.plan.binder.grouping import GROUPING_FUNCTIONS, Grouping, expand, grouping_value
from sqlstream.plan.expression_tree import remap_call, transform
from sqlstream.plan.expressions import AggregateCall, Call, Expression, InputRef
from sqlstream.plan.logical import Aggregate, LogicalNode
from sqlstream.plan.rules.window_aggregate import formed_window_aggregate
from sqlstream.plan.rules.window_expand import expand_below_window
from sqlstream.types.logical import LogicalType, with_nullability
from sqlstream.types.schema import Field, Schema


@dataclass(frozen=True)
class BoundAggregate:
    """An aggregate call over expressions of the input row."""

    function: str
    args: tuple[Expression, ...]
    type: LogicalType
    distinct: bool
    filter: Expression | None


class NotGroupedError(Exception):
    """Column ``index`` of the input is used outside aggregates without being a group key."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


@dataclass
class AggregateCollector:
    """Takes in the aggregate calls of one SELECT. Call ``n`` is seen as column ``width + n`` until
    :meth:`over_groups` has rewritten the expressions to the grouped row. Columns below 0 are not its own. ``window`` is
    a window that is grouped by."""

    width: int
    window: GroupWindow | None = None
    calls: list[BoundAggregate] = field(default_factory=list)

    def add(self, call: BoundAggregate) -> InputRef:
        """A placeholder for the call's value; equal calls share one."""
        if call not in self.calls:
            self.calls.append(call)
        return InputRef(self.width + self.calls.index(call), call.type)

    def over_groups(self, expression: Expression, grouping: Grouping) -> Expression:
        """``expression`` over the row of keys and aggregates. Raises NotGroupedError."""
        keys, nullable = grouping.keys, grouping.is_nullable
        first_call = len(keys) if grouping.is_plain else len(keys) + 1

        def replace(part: Expression) -> Expression | None:
            if part in keys:
                key = keys.index(part)
                return InputRef(key, with_nullability(part.type, part.type.nullable or nullable[key]))
            if isinstance(part, Call) and part.function in GROUPING_FUNCTIONS:
                return grouping_value(part, grouping, InputRef(len(keys), part.type))
            if not isinstance(part, InputRef):
                return None
            if part.index < 0:
                return part
            if part.index < self.width:
                raise NotGroupedError(part.index)
            return InputRef(part.index - self.width + first_call, part.type)

        return transform(expression, replace)

    def rewrite(self, rule: Callable[[Expression], Expression]) -> None:
        """Apply ``rule`` to the expressions of every call."""
        self.calls = [
            replace(
                call,
                args=tuple(map(rule, call.args)),
                filter=None if call.filter is None else rule(call.filter),
            )
            for call in self.calls
        ]

    def plan(self, input: LogicalNode, grouping: Grouping, names: Sequence[str]) -> Aggregate:
        """The aggregation; ``names`` are those of the keys, then of the calls."""
        keys = grouping.keys
        columns = ComputedColumns(input)
        key_columns = tuple(columns.add(key, name) for key, name in zip(keys, names, strict=False))
        aggregates = tuple(
            AggregateCall(
                call.function,
                tuple(columns.add(arg) for arg in call.args),
                call.type,
                name,
                call.distinct,
                None if call.filter is None else columns.add(call.filter),
            )
            for call, name in zip(self.calls, names[len(keys) :], strict=True)
        )
        row = columns.project()
        key_fields = [Field(name, key.type) for key, name in zip(keys, names, strict=False)]
        if not grouping.is_plain:
            row = expand_below_window(expand(row, key_columns, grouping))
            key_columns = tuple(range(len(keys) + 1))
            key_fields = [Field(f.name, f.type) for f in row.schema.select(key_columns)]
            place = {column: len(key_columns) + column for column in range(len(columns.expressions))}
            aggregates = tuple(remap_call(call, place) for call in aggregates)
        fields = (*key_fields, *(Field(call.name, call.type) for call in aggregates))
        return _with_window_time(Aggregate(row, key_columns, aggregates, Schema(fields)))


def _with_window_time(node: Aggregate) -> Aggregate:
    """Grouping loses time attributes, but for the window_time of a window aggregation."""
    formed = formed_window_aggregate(node)
    return node if formed is None else replace(node, schema=_with_times_of(node.schema, formed.schema))


def _with_times_of(schema: Schema, formed: Schema) -> Schema:
    return Schema(tuple(Field(f.name, f.type, g.time) for f, g in zip(schema, formed, strict=True)))
