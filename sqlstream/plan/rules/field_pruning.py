"""Reads only those fields of ROW columns that are used, where the connector can leave out the others."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import msgspec

from sqlstream.plan.expression_traits import children as operands
from sqlstream.plan.expression_tree import transform
from sqlstream.plan.expressions import Call, Expression, InputRef, Literal
from sqlstream.plan.logical import Calc, LogicalNode, Scan, Watermark, children, with_children
from sqlstream.types.logical import LogicalType, RowType
from sqlstream.types.schema import Field, Schema

Uses = Mapping[int, frozenset[str] | None]
"""Which fields of a column are used, None being the whole column; a column that is not mentioned is used whole."""


def prune_fields(root: LogicalNode) -> LogicalNode:
    """``root`` over scans of narrower ROW columns. Between a field's use and its scan there may be filters,
    projections and watermarks; anything else takes its input as it is."""
    return _narrowed(root, {})


def _narrowed(node: LogicalNode, uses: Uses) -> LogicalNode:
    """``node`` with columns that have no more fields than ``uses`` says."""
    if isinstance(node, Scan):
        return _narrow_scan(node, uses) if node.projects_fields else node
    if isinstance(node, Watermark):
        return _narrow_watermark(node, uses)
    if isinstance(node, Calc):
        return _narrow_calc(node, uses)
    return with_children(node, tuple(_narrowed(child, {}) for child in children(node)))


def _narrow_scan(scan: Scan, uses: Uses) -> Scan:
    fields = [_with_type(field, _only(field.type, uses.get(i))) for i, field in enumerate(scan.schema)]
    return dataclasses.replace(scan, schema=Schema(tuple(fields)))


def _narrow_watermark(node: Watermark, uses: Uses) -> Watermark:
    collected = _Collector(len(node.schema))
    for column in range(len(node.schema)):
        collected.add(column, uses.get(column))
    collected.add(node.rowtime, None)
    collected.add_expression(node.expression)
    input = _narrowed(node.input, collected.uses)
    schema = Schema(tuple(_with_type(f, below.type) for f, below in zip(node.schema, input.schema, strict=True)))
    return Watermark(input, node.rowtime, _retyped(node.expression, input.schema), schema)


def _narrow_calc(calc: Calc, uses: Uses) -> Calc:
    collected = _Collector(len(calc.input.schema))
    for column, expression in enumerate(calc.expressions):
        if isinstance(expression, InputRef):
            collected.add(expression.index, uses.get(column))
        else:
            collected.add_expression(expression)
    if calc.condition is not None:
        collected.add_expression(calc.condition)
    input = _narrowed(calc.input, collected.uses)
    expressions = tuple(_retyped(e, input.schema) for e in calc.expressions)
    fields = [_with_type(field, e.type) for field, e in zip(calc.schema, expressions, strict=True)]
    condition = None if calc.condition is None else _retyped(calc.condition, input.schema)
    return Calc(input, expressions, condition, Schema(tuple(fields)))


class _Collector:
    """What a node uses of its ``width`` input columns."""

    def __init__(self, width: int) -> None:
        self._fields: dict[int, set[str]] = {column: set() for column in range(width)}
        self._whole: set[int] = set()

    @property
    def uses(self) -> Uses:
        return {c: frozenset(f) for c, f in self._fields.items() if f and c not in self._whole}

    def add(self, column: int, fields: Iterable[str] | None) -> None:
        if fields is None:
            self._whole.add(column)
        else:
            self._fields[column].update(fields)

    def add_expression(self, expression: Expression) -> None:
        access = _field_access(expression)
        if access is not None:
            self.add(access[0], [access[1]])
        elif isinstance(expression, InputRef):
            self.add(expression.index, None)
        else:
            for operand in operands(expression):
                self.add_expression(operand)


def _field_access(expression: Expression) -> tuple[int, str] | None:
    """Column and field of ``column.field``."""
    if not (isinstance(expression, Call) and expression.function == "DOT"):
        return None
    row, name = expression.args
    if isinstance(row, InputRef) and isinstance(name, Literal):
        return row.index, str(name.value)
    return None


def _only(type_: LogicalType, fields: frozenset[str] | None) -> LogicalType:
    if fields is None or not isinstance(type_, RowType):
        return type_
    return msgspec.structs.replace(type_, fields=tuple(field for field in type_ if field.name in fields))


def _retyped(expression: Expression, input: Schema) -> Expression:
    """``expression`` over columns that have become narrower."""
    return transform(expression, lambda e: InputRef(e.index, input[e.index].type) if isinstance(e, InputRef) else None)


def _with_type(field: Field, type_: LogicalType) -> Field:
    return field if field.type is type_ else Field(field.name, type_, field.time)
