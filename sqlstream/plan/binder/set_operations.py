"""UNION, INTERSECT and EXCEPT, each ALL or DISTINCT, in the operators there are: joins, aggregations and UNION ALL.

NULLs are equal here, as everywhere where rows are compared as wholes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from sqlstream.errors import SqlError
from sqlstream.plan.binder.calls import call, implicit_cast, unify
from sqlstream.plan.binder.column_names import with_names
from sqlstream.plan.binder.scope import unique_names
from sqlstream.plan.expression_tree import column_refs, conjunction, shift
from sqlstream.plan.expressions import AggregateCall, Expression, Literal
from sqlstream.plan.logical import Aggregate, Join, LogicalNode, Project, ReplicateRows, Union
from sqlstream.plan.physical import JoinKind
from sqlstream.sql.positions import position_of
from sqlstream.types.logical import BigIntType, LogicalType
from sqlstream.types.schema import Field, Schema

_NUMBER = BigIntType(nullable=False)


@dataclass(frozen=True)
class _Sides:
    """Two inputs of the same types; ``row`` is what may come of either, with the left one's names."""

    left: LogicalNode
    right: LogicalNode
    row: Schema


def bind_set_operation(node: exp.SetOperation, left: LogicalNode, right: LogicalNode) -> LogicalNode:
    """What ``node`` makes of its two sides. SqlError where their columns do not fit each other."""
    keyword = _KEYWORDS[type(node)]
    return _OPERATIONS[keyword, bool(node.args.get("distinct"))](_of_one_type(left, right, node, keyword))


def distinct(plan: LogicalNode) -> Aggregate:
    """Each row of ``plan`` once."""
    return Aggregate(plan, tuple(range(len(plan.schema))), (), _without_time(plan.schema))


def common_types(rows: Sequence[Sequence[Expression]], node: exp.Expression, what: str) -> list[LogicalType]:
    """The type of each column of ``rows``. SqlError where a column has none that holds all its values."""
    types = []
    for index, type_ in enumerate(unify(rows)):
        if type_ is None:
            seen = ", ".join(dict.fromkeys(row[index].type.summary for row in rows))
            raise SqlError(
                f"Type mismatch in column {index + 1} of {what}: {seen} have no common type.",
                position=position_of(node),
                hint="CAST the values to one type.",
            )
        types.append(type_)
    return types


def _of_one_type(left: LogicalNode, right: LogicalNode, node: exp.SetOperation, keyword: str) -> _Sides:
    if len(left.schema) != len(right.schema):
        raise SqlError(
            f"Column count mismatch in {keyword}: {len(left.schema)} and {len(right.schema)} columns.",
            position=position_of(node.args["expression"]),
            hint="Select the same number of columns on both sides.",
        )
    columns = [column_refs(side.schema) for side in (left, right)]
    types = common_types(columns, node, keyword)
    names = unique_names(left.schema.names)
    times = [a.time if a.time is b.time else None for a, b in zip(left.schema, right.schema, strict=True)]
    row = Schema(tuple(map(Field, names, types, times)))
    sides: list[LogicalNode] = []
    for side, refs in zip((left, right), columns, strict=True):
        casts = tuple(implicit_cast(column, type_) for column, type_ in zip(refs, types, strict=True))
        sides.append(side if casts == refs else Project(side, casts, row))
    return _Sides(sides[0], sides[1], row)


def _union_all(sides: _Sides) -> Union:
    return Union((sides.left, sides.right), sides.row)


def _matching(kind: JoinKind) -> Callable[[_Sides], LogicalNode]:
    """The distinct rows of the left side that the right side has (SEMI), or has not (ANTI)."""

    def operation(sides: _Sides) -> LogicalNode:
        left, right = distinct(with_names(sides.left, sides.row.names)), distinct(sides.right)
        width = len(left.schema)
        equalities = [
            call("IS_NOT_DISTINCT_FROM", [a, shift(b, width)], None)
            for a, b in zip(column_refs(left.schema), column_refs(right.schema), strict=True)
        ]
        return Join(left, right, conjunction(equalities), left.schema, kind=kind)

    return operation


def _except_all(sides: _Sides) -> LogicalNode:
    """Each row as often as the left side has it more often than the right."""
    counted = _counted(sides, {"$count": (1, -1)})
    return ReplicateRows(counted, _without_time(sides.row))


def _intersect_all(sides: _Sides) -> LogicalNode:
    """Each row as often as the side has it that has it less often."""
    counted = _counted(sides, {"$left": (1, 0), "$right": (0, 1)})
    rows = _without_time(sides.row)
    *columns, left, right = column_refs(counted.schema)
    fewer = call("CASE", [call("<", [left, right], None), left, right], None)
    least = Project(counted, (*columns, fewer), Schema((*rows, Field("$count", fewer.type))))
    return ReplicateRows(least, rows)


def _counted(sides: _Sides, weights: dict[str, tuple[int, int]]) -> Aggregate:
    """The distinct rows of both sides, then sums over them: of what each left row counts, and each right row."""
    added = tuple(Field(name, _NUMBER) for name in weights)
    row = Schema((*sides.row, *added))
    inputs = tuple(
        Project(side, (*column_refs(side.schema), *(Literal(pair[i], _NUMBER) for pair in weights.values())), row)
        for i, side in enumerate((sides.left, sides.right))
    )
    width = len(sides.row)
    calls = tuple(AggregateCall("$SUM0", (width + i,), _NUMBER, name) for i, name in enumerate(weights))
    return Aggregate(Union(inputs, row), tuple(range(width)), calls, Schema((*_without_time(sides.row), *added)))


def _without_time(row: Schema) -> Schema:
    """What is left of ``row`` by grouping."""
    return Schema(tuple(Field(f.name, f.type) for f in row))


_KEYWORDS: dict[type[exp.Expression], str] = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}
_OPERATIONS: dict[tuple[str, bool], Callable[[_Sides], LogicalNode]] = {
    ("UNION", False): _union_all,
    ("UNION", True): lambda sides: distinct(_union_all(sides)),
    ("INTERSECT", False): _intersect_all,
    ("INTERSECT", True): _matching(JoinKind.SEMI),
    ("EXCEPT", False): _except_all,
    ("EXCEPT", True): _matching(JoinKind.ANTI),
}
"""By keyword, and whether it is DISTINCT."""
