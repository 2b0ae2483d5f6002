"""Finds the equalities of a join's condition that rows can be hashed by."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlstream.plan.expression_traits import input_columns, is_deterministic
from sqlstream.plan.expression_tree import column_refs, conjunction, conjuncts, remap, shift
from sqlstream.plan.expressions import Call, Expression, InputRef
from sqlstream.plan.join_row import joined_row, output_row
from sqlstream.plan.logical import Join, LogicalNode, Project, rewrite_bottom_up
from sqlstream.types.coercion import same_type
from sqlstream.types.logical import CHARACTER_TYPES, LogicalType
from sqlstream.types.schema import Field, Schema


def extract_join_keys(root: LogicalNode) -> LogicalNode:
    """Every join with ``left = right`` conjuncts as keys; a key that is no column is computed before the join."""
    return rewrite_bottom_up(root, lambda node: with_keys(node) if isinstance(node, Join) else node)


def with_keys(join: Join) -> Join | Project:
    """``join`` with every equality between its sides as a key, and the columns that it had."""
    width = len(join.left.schema)
    left, right = _Side(join.left), _Side(join.right)
    left_keys, right_keys, null_safe = list(join.left_keys), list(join.right_keys), list(join.null_safe)
    rest = []
    for condition in conjuncts(join.condition):
        pair = _sides(condition, width)
        if pair is None:
            rest.append(condition)
            continue
        if pair.null_safe:
            null_safe.append(len(left_keys))
        left_keys.append(left.column(pair.left))
        right_keys.append(right.column(pair.right))
    if len(left_keys) == len(join.left_keys):
        return join
    left_plan, right_plan = left.plan(), right.plan()
    wider = len(left_plan.schema)
    mapping = {i: i if i < width else i - width + wider for i in range(width + len(join.right.schema))}
    residual = conjunction([remap(c, mapping) for c in rest])
    fields = {mapping[i]: f for i, f in enumerate(join.schema)}
    row = output_row(joined_row(left_plan.schema, right_plan.schema), wider, join.kind)
    joined = Schema(tuple(fields.get(i, f) for i, f in enumerate(row)))
    result = Join(
        left_plan, right_plan, residual, joined, tuple(left_keys), tuple(right_keys), join.kind, tuple(null_safe),
        join.interval, join.window, join.hint,
    )  # fmt: skip
    if len(joined) == len(join.schema):
        return result
    return Project(result, tuple(InputRef(mapping[i], f.type) for i, f in enumerate(join.schema)), join.schema)


@dataclass(frozen=True)
class _Equality:
    """An expression over the left row that must equal one over the right row; ``null_safe``: NULL equals NULL."""

    left: Expression
    right: Expression
    null_safe: bool


def _sides(condition: Expression, width: int) -> _Equality | None:
    """What ``condition`` says of two sides; None where it is no equality between them."""
    if not (isinstance(condition, Call) and condition.function in _EQUALITIES and is_deterministic(condition)):
        return None
    a, b = condition.args
    if not _hash_alike(a.type, b.type):
        return None
    if _is_left(b, width) and _is_right(a, width):
        a, b = b, a
    if not (_is_left(a, width) and _is_right(b, width)):
        return None
    return _Equality(a, shift(b, -width), condition.function == "IS_NOT_DISTINCT_FROM")


_EQUALITIES = ("=", "IS_NOT_DISTINCT_FROM")


def _hash_alike(a: LogicalType, b: LogicalType) -> bool:
    return same_type(a, b) or all(isinstance(type_, CHARACTER_TYPES) for type_ in (a, b))


def _is_left(expression: Expression, width: int) -> bool:
    columns = input_columns(expression)
    return bool(columns) and max(columns) < width


def _is_right(expression: Expression, width: int) -> bool:
    columns = input_columns(expression)
    return bool(columns) and min(columns) >= width


@dataclass
class _Side:
    """One input of a join, and the keys that must be computed on top of it."""

    input: LogicalNode
    computed: list[Expression] = field(default_factory=list)

    def column(self, key: Expression) -> int:
        if isinstance(key, InputRef):
            return key.index
        if key not in self.computed:
            self.computed.append(key)
        return len(self.input.schema) + self.computed.index(key)

    def plan(self) -> LogicalNode:
        if not self.computed:
            return self.input
        fields = (Field(f"$key{i}", e.type) for i, e in enumerate(self.computed))
        schema = Schema((*self.input.schema, *fields))
        return Project(self.input, (*column_refs(self.input.schema), *self.computed), schema)
