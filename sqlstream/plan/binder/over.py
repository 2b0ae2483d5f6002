"""Binding OVER: windows are resolved, calls collected, and put between the input of a SELECT and its select list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from sqlglot import exp

from sqlstream.errors import PlanError, Position, SqlError
from sqlstream.plan.binder.aggregates import BoundAggregate
from sqlstream.plan.binder.time_attributes import time_attribute
from sqlstream.plan.expression_traits import is_constant
from sqlstream.plan.expression_tree import column_refs, transform
from sqlstream.plan.expressions import AggregateCall, Expression, InputRef
from sqlstream.plan.logical import LogicalNode, Over, Project
from sqlstream.plan.physical import OverFrame, SortKey
from sqlstream.sql.positions import position_of
from sqlstream.types.schema import Field, Schema

ExpressionRule = Callable[[Expression], Expression]


@dataclass(frozen=True)
class BoundKey:
    """One expression of ORDER BY."""

    expression: Expression
    descending: bool
    nulls_last: bool


@dataclass(frozen=True)
class BoundWindow:
    """What stands in the parentheses of OVER."""

    partition: tuple[Expression, ...]
    order: tuple[BoundKey, ...]
    frame: OverFrame


@dataclass(frozen=True)
class BoundOver:
    """A call and its window, over expressions of the input row."""

    call: BoundAggregate
    constants: tuple[int, ...]
    ignore_nulls: bool
    window: BoundWindow
    position: Position | None = field(default=None, compare=False)

    def rewritten(self, rule: ExpressionRule) -> BoundOver:
        """The same call with ``rule`` applied to every expression."""
        call, window = self.call, self.window
        return replace(
            self,
            call=replace(
                call,
                args=tuple(map(rule, call.args)),
                filter=None if call.filter is None else rule(call.filter),
            ),
            window=replace(
                window,
                partition=tuple(map(rule, window.partition)),
                order=tuple(replace(key, expression=rule(key.expression)) for key in window.order),
            ),
        )


@dataclass
class OverCollector:
    """Takes in the OVER calls of one SELECT. Call ``n`` is seen as column ``-1 - n`` until :meth:`resolved` has put
    the call's own column there. ``named`` are the windows of the WINDOW clause."""

    named: Mapping[str, exp.Window]
    calls: list[BoundOver] = field(default_factory=list)

    def add(self, call: BoundOver) -> InputRef:
        """A placeholder for the call's value; equal calls share one."""
        if call not in self.calls:
            self.calls.append(call)
        return InputRef(-1 - self.calls.index(call), call.call.type)

    def parts(self, node: exp.Window) -> WindowParts:
        """The clauses of ``OVER (...)`` or ``OVER w``, those of the window it is based on included. SqlError where
        there is no such window, or one is given twice."""
        return _parts(node, self.named)

    def rewrite(self, rule: ExpressionRule) -> None:
        """Apply ``rule`` to the expressions of every call: over the grouped row, say."""
        self.calls = [call.rewritten(rule) for call in self.calls]

    def plan(self, input: LogicalNode) -> tuple[LogicalNode, ExpressionRule]:
        """``input`` with the calls' columns added, and what makes an expression with placeholders one over it."""
        if not self.calls:
            return input, lambda expression: expression
        columns = _Columns(input)
        windows: dict[BoundWindow, list[int]] = {}
        for index, call in enumerate(self.calls):
            windows.setdefault(call.window, []).append(index)
        planned = [_Planned(self.calls[indices[0]], columns, indices) for indices in windows.values()]
        operands = {i: _call_columns(self.calls[i].call, columns) for i in range(len(self.calls))}
        plan = columns.project()
        orders = list(dict.fromkeys((window.partition, window.order) for window in planned))
        # Windows that follow time come first, as above one that changes rows they could not; equal orders together.
        planned.sort(key=lambda w: (not w.is_by_time(plan.schema), orders.index((w.partition, w.order))))
        place: dict[int, int] = {}
        for number, window in enumerate(planned):
            first = len(plan.schema)
            calls = tuple(
                _aggregate_call(self.calls[index], *operands[index], f"w{number}$o{position}")
                for position, index in enumerate(window.calls)
            )
            place |= {-1 - index: first + position for position, index in enumerate(window.calls)}
            schema = Schema((*plan.schema, *(Field(call.name, call.type) for call in calls)))
            plan = Over(plan, window.partition, window.order, window.frame, calls, schema, window.position)

        def resolved(expression: Expression) -> Expression:
            return transform(
                expression,
                lambda e: InputRef(place[e.index], e.type) if isinstance(e, InputRef) and e.index < 0 else None,
            )

        return plan, resolved


def _parts(node: exp.Window, named: Mapping[str, exp.Window]) -> WindowParts:
    own = WindowParts(node.args.get("partition_by") or [], node.args.get("order"), node.args.get("spec"))
    name = node.args.get("alias")
    if name is None:
        return own
    if name.name not in named:
        known = ", ".join(named)
        raise SqlError(
            f"Window '{name.name}' not found.",
            position=position_of(name),
            hint=f"Windows in sight: {known}." if known else f"Add WINDOW {name.name} AS (...) to the query.",
        )
    base = named[name.name]
    earlier = dict(takewhile(lambda item: item[1] is not base, named.items()))
    if not (own.partition or own.order or own.spec):
        return _parts(base, earlier)
    return _parts(base, earlier).extended(own, name)


def _call_columns(call: BoundAggregate, columns: _Columns) -> tuple[tuple[int, ...], int | None]:
    return tuple(map(columns.add, call.args)), None if call.filter is None else columns.add(call.filter)


def _aggregate_call(over: BoundOver, args: tuple[int, ...], filter: int | None, name: str) -> AggregateCall:
    call = over.call
    return AggregateCall(call.function, args, call.type, name, call.distinct, filter, over.constants, over.ignore_nulls)


@dataclass(frozen=True)
class WindowParts:
    """The clauses of a window as they are written."""

    partition: Sequence[exp.Expression]
    order: exp.Order | None
    spec: exp.WindowSpec | None

    def extended(self, more: WindowParts, name: exp.Expression) -> WindowParts:
        """This window, called ``name``, with the clauses that ``more`` adds. SqlError where it has them already."""
        for clause, mine, other in (
            ("PARTITION BY", self.partition, more.partition),
            ("ORDER BY", self.order, more.order),
            ("a frame", self.spec, more.spec),
        ):
            if other and (mine or clause == "PARTITION BY"):
                raise SqlError(
                    f"A window based on '{name.name}' cannot have {clause} of its own.",
                    position=position_of(name),
                    hint="Write all clauses of the window in the parentheses, without the name.",
                )
        return WindowParts(self.partition, self.order or more.order, self.spec or more.spec)


class _Planned:
    """A window in columns of the projection below it. Constants in PARTITION BY say nothing."""

    def __init__(self, first: BoundOver, columns: _Columns, calls: list[int]) -> None:
        window = first.window
        partition = (columns.add(key) for key in window.partition if not is_constant(key))
        self.partition = tuple(dict.fromkeys(partition))
        order: dict[int, SortKey] = {}
        for key in window.order:
            column = columns.add(key.expression)
            order.setdefault(column, SortKey(column, key.descending, key.nulls_last))
        self.order = tuple(order.values())
        self.frame = window.frame
        self.calls = calls
        self.position = first.position

    def is_by_time(self, schema: Schema) -> bool:
        """Whether the order is that of time."""
        return len(self.order) == 1 and not self.order[0].descending and schema[self.order[0].column].time is not None


class _Columns:
    """All columns of ``input``, then what is computed of them."""

    def __init__(self, input: LogicalNode) -> None:
        self._input = input
        self._expressions: list[Expression] = list(column_refs(input.schema))

    def add(self, expression: Expression) -> int:
        if expression not in self._expressions:
            self._expressions.append(expression)
        return self._expressions.index(expression)

    def project(self) -> LogicalNode:
        """The input itself where it has nothing to compute."""
        known = self._input.schema
        added = self._expressions[len(known) :]
        if not added:
            return self._input
        fields = (Field(f"${len(known) + i}", e.type, time_attribute(e, known)) for i, e in enumerate(added))
        return Project(self._input, tuple(self._expressions), Schema((*known, *fields)))


def not_in(clause: str, node: exp.Expression) -> PlanError:
    """The error for an OVER call in ``clause``."""
    return PlanError(
        f"Windowed aggregate expression is illegal in {clause} clause.",
        position=position_of(node),
        hint="Use QUALIFY, or filter the column of a sub-query."
        if clause in ("WHERE", "HAVING")
        else "Compute it in a sub-query, and use its column.",
    )
