"""Binding one OVER call: the function before OVER, and the window after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlglot import exp

from sqlstream.errors import Position, SqlError
from sqlstream.functions.registry import AggregateFunction, OverFunction
from sqlstream.plan.binder.aggregates import BoundAggregate
from sqlstream.plan.binder.calls import cast_arguments, find_function, resolve
from sqlstream.plan.binder.over import BoundKey, BoundOver, BoundWindow, WindowParts
from sqlstream.plan.binder.over_frame import bind_frame, default_frame
from sqlstream.plan.expression_traits import is_constant
from sqlstream.plan.expressions import Cast, Expression, Literal
from sqlstream.plan.physical import FrameUnit, OverFrame
from sqlstream.sql.dialect import sql_text
from sqlstream.sql.positions import position_of


class Binder(Protocol):
    """What binds the expressions in the call and its window."""

    def bind(self, node: exp.Expression) -> Expression: ...

    def bind_aggregate(
        self,
        function: AggregateFunction,
        node: exp.Expression,
        operands: list[exp.Expression],
        filter: exp.Expression | None,
    ) -> BoundAggregate: ...


def bind_over(node: exp.Window, parts: WindowParts, binder: Binder) -> BoundOver:
    """``node``, whose window has the clauses ``parts``. SqlError where function and window do not go together."""
    written = _written(node)
    function = find_function(written.call.name, position_of(written.call))
    partition = tuple(binder.bind(key) for key in parts.partition)
    order = tuple(
        BoundKey(binder.bind(item.this), bool(item.args.get("desc")), not item.args.get("nulls_first"))
        for item in (parts.order.expressions if parts.order is not None else ())
    )
    if isinstance(function, AggregateFunction):
        if written.ignore_nulls is not None:
            raise SqlError(
                f"Cannot specify IGNORE NULLS or RESPECT NULLS following '{function.name}'.",
                position=written.position,
                hint=f"{function.name} ignores NULLs as it is." if function.name != "COUNT" else None,
            )
        call = binder.bind_aggregate(function, written.call, list(written.call.expressions), written.filter)
        frame = (
            default_frame(bool(order)) if parts.spec is None else bind_frame(parts.spec, [k.expression for k in order])
        )
        return BoundOver(call, (), False, BoundWindow(partition, order, frame), written.position)
    if not isinstance(function, OverFunction):
        raise SqlError(
            f"OVER must be applied to aggregate function; {function.name} is none.",
            position=written.position,
            hint="Leave OVER out.",
        )
    if written.filter is not None:
        raise SqlError(f"{function.name} takes no FILTER.", position=written.position,
                       hint="Filter in a sub-query.")  # fmt: skip
    _check_window(function, order, parts, written.position)
    call, constants = _over_function(function, written, binder)
    ignore_nulls = bool(written.ignore_nulls)
    window = BoundWindow(partition, order, _frame_of(function))
    return BoundOver(call, constants, ignore_nulls, window, written.position)


@dataclass(frozen=True)
class _Written:
    """The parts before OVER. ``ignore_nulls`` is None where nothing is said of NULLs."""

    call: exp.Anonymous
    filter: exp.Expression | None
    ignore_nulls: bool | None
    position: Position | None


def _written(node: exp.Window) -> _Written:
    inner, filter, ignore = node.this, None, None
    if isinstance(inner, exp.IgnoreNulls | exp.RespectNulls):
        inner, ignore = inner.this, isinstance(inner, exp.IgnoreNulls)
    if isinstance(inner, exp.Filter):
        inner, filter = inner.this, inner.expression.this
    if not isinstance(inner, exp.Anonymous):
        raise SqlError(
            f"OVER must be applied to aggregate function, not to '{sql_text(inner)}'.",
            position=position_of(node),
            hint="Write SUM(x) OVER (...).",
        )
    return _Written(inner, filter, ignore, position_of(inner))


def _check_window(
    function: OverFunction, order: Sequence[BoundKey], parts: WindowParts, position: Position | None
) -> None:
    if parts.spec is not None:
        raise SqlError(
            f"ROW/RANGE not allowed with {function.name}.",
            position=position_of(parts.spec) or position,
            hint="Leave the frame out: the function looks at the whole partition.",
        )
    if function.ordered and all(is_constant(key.expression) for key in order):
        raise SqlError(
            f"{function.name} requires an ORDER BY clause with non-constant fields in its window.",
            position=position,
            hint=f"Write {function.name}(...) OVER (PARTITION BY k ORDER BY ts).",
        )


def _over_function(function: OverFunction, written: _Written, binder: Binder) -> tuple[BoundAggregate, tuple[int, ...]]:
    operands = list(written.call.expressions)
    args = [binder.bind(operand) for operand in operands]
    resolution = resolve(function, args, written.position, operands)
    cast = cast_arguments(args, resolution)
    constants = tuple(_constant(function, cast[i], operands[i]) for i in function.constants if i < len(cast))
    columns = tuple(arg for i, arg in enumerate(cast) if i not in function.constants)
    return BoundAggregate(function.name, columns, resolution.result, False, None), constants


def _constant(function: OverFunction, argument: Expression, node: exp.Expression) -> int:
    while isinstance(argument, Cast):
        argument = argument.operand
    if not isinstance(argument, Literal) or not isinstance(argument.value, int):
        raise SqlError(
            f"{function.name} takes a literal whole number here, not '{sql_text(node)}'.",
            position=position_of(node),
            hint="Write the number itself.",
        )
    return argument.value


def _frame_of(function: OverFunction) -> OverFrame:
    """What plans show; the function looks at what it has to."""
    return OverFrame(FrameUnit.ROWS if function.name == "ROW_NUMBER" else FrameUnit.RANGE, None, 0)
