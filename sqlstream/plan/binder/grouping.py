"""GROUP BY as grouping sets: GROUPING SETS, CUBE, ROLLUP and plain keys, and the functions that tell them apart.

Several items of one GROUP BY multiply, as the SQL standard (ISO 9075-2, <group by clause>) says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from sqlglot import exp

from sqlstream.errors import Position, SqlError
from sqlstream.plan.expression_tree import column_refs
from sqlstream.plan.expressions import Call, Expression, Literal
from sqlstream.plan.logical import Expand, LogicalNode
from sqlstream.sql.positions import position_of
from sqlstream.types.logical import BigIntType, BooleanType, with_nullability
from sqlstream.types.schema import Field, Schema

GroupingSet = tuple[int, ...]
"""Positions of keys, ascending."""

GROUPING_FUNCTIONS = ("GROUPING", "GROUPING_ID", "GROUP_ID")
EXPAND_ID = "$e"
_ID_TYPE = BigIntType(nullable=False)
_MOST_SETS = 4096


@dataclass(frozen=True)
class Grouping:
    """The keys of a GROUP BY, each once, and the sets of them that rows are grouped by."""

    keys: tuple[Expression, ...]
    sets: tuple[GroupingSet, ...]

    @property
    def is_plain(self) -> bool:
        """Whether it is one set of all keys."""
        return self.sets == (tuple(range(len(self.keys))),)

    @property
    def is_nullable(self) -> tuple[bool, ...]:
        """For each key, whether it is missing from a set: it is NULL in that set's groups."""
        return tuple(any(i not in chosen for chosen in self.sets) for i in range(len(self.keys)))


def grouping_of(items: Sequence[exp.Expression], bind: Callable[[exp.Expression], Expression]) -> Grouping:
    """What the ``items`` of a GROUP BY clause ask for. SqlError where they make too many sets."""
    keys: list[Expression] = []

    def key(node: exp.Expression) -> int:
        bound = bind(node)
        if bound not in keys:
            keys.append(bound)
        return keys.index(bound)

    factors = [list(_sets_of(item, key)) for item in items]
    sets = [frozenset(index for part in parts for index in part) for parts in _product(factors, items)]
    return Grouping(tuple(keys), tuple(tuple(sorted(chosen)) for chosen in sets))


def _product(factors: list[list[list[int]]], items: Sequence[exp.Expression]) -> Iterator[tuple[list[int], ...]]:
    number = 1
    for factor in factors:
        number *= len(factor)
    if number > _MOST_SETS:
        raise SqlError(
            f"GROUP BY makes {number} grouping sets; at most {_MOST_SETS} are allowed.",
            position=position_of(items[0]),
            hint="List the sets that you need with GROUPING SETS.",
        )
    return product(*factors)


def _sets_of(item: exp.Expression, key: Callable[[exp.Expression], int]) -> Iterator[list[int]]:
    """The sets that one item of GROUP BY, or of GROUPING SETS, stands for."""
    if isinstance(item, exp.GroupingSets):
        for part in item.expressions:
            yield from _sets_of(part, key)
    elif isinstance(item, exp.Rollup):
        parts = [_columns(part, key) for part in item.expressions]
        for length in range(len(parts), -1, -1):
            yield [index for part in parts[:length] for index in part]
    elif isinstance(item, exp.Cube):
        parts = [_columns(part, key) for part in item.expressions]
        for length in range(len(parts), -1, -1):
            for chosen in combinations(parts, length):
                yield [index for part in chosen for index in part]
    else:
        yield _columns(item, key)


def _columns(node: exp.Expression, key: Callable[[exp.Expression], int]) -> list[int]:
    return [key(part) for part in (node.expressions if isinstance(node, exp.Tuple) else [node])]


def grouping_call(name: str, args: tuple[Expression, ...], position: Position | None) -> Call:
    """GROUPING(k, ...), GROUPING_ID(k, ...) or GROUP_ID(), until :func:`grouping_value` knows the grouping."""
    if bool(args) == (name == "GROUP_ID"):
        wanted = "no arguments" if args else "one of the GROUP BY expressions"
        raise SqlError(f"{name} takes {wanted}.", position=position)
    return Call(name, args, _ID_TYPE)


def grouping_value(call: Call, grouping: Grouping, expand_id: Expression) -> Expression | None:
    """``call`` over a grouped row whose set is number ``expand_id``; None where an argument is not a key.

    Each argument is a bit, the first the highest: 1 where the row's set does not have the key.
    """
    if any(argument not in grouping.keys for argument in call.args):
        return None
    keys = [grouping.keys.index(argument) for argument in call.args]
    values = [_group_id(number, grouping) for number in range(len(grouping.sets))]
    if call.function != "GROUP_ID":
        values = [int("".join(str(int(k not in chosen)) for k in keys), 2) for chosen in grouping.sets]
    if len(set(values)) == 1:
        return Literal(values[0], _ID_TYPE)
    *branches, last = enumerate(values)
    args: list[Expression] = []
    for number, value in branches:
        args += [
            Call("=", (expand_id, Literal(number, _ID_TYPE)), BooleanType(nullable=False)),
            Literal(value, _ID_TYPE),
        ]
    return Call("CASE", (*args, Literal(last[1], _ID_TYPE)), _ID_TYPE)


def _group_id(number: int, grouping: Grouping) -> int:
    """How many earlier sets are the same as set ``number``."""
    return grouping.sets[:number].count(grouping.sets[number])


def expand(input: LogicalNode, key_columns: Sequence[int], grouping: Grouping) -> Expand:
    """Each row once for each grouping set: first the keys, NULL where the set does not have them, then the set's
    number, then the row itself."""
    keys = [input.schema[column] for column in key_columns]
    fields = [
        Field(key.name, with_nullability(key.type, key.type.nullable or missing))
        for key, missing in zip(keys, grouping.is_nullable, strict=True)
    ]
    refs = column_refs(input.schema)
    projections = tuple(
        (
            *(refs[column] if i in chosen else Literal(None, fields[i].type) for i, column in enumerate(key_columns)),
            Literal(number, _ID_TYPE),
            *refs,
        )
        for number, chosen in enumerate(grouping.sets)
    )
    carried = (Field(f"{f.name}$0", f.type, f.time) if f.name in {k.name for k in fields} else f for f in input.schema)
    return Expand(input, projections, Schema((*fields, Field(EXPAND_ID, _ID_TYPE), *carried)))
