"""Sub-queries that say for which values of their parameters they give a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlstream.plan import logical as l
from sqlstream.plan.expression_tree import shift
from sqlstream.plan.expressions import Expression, InputRef
from sqlstream.plan.rules.outer_rows import Parameters, equal
from sqlstream.types.schema import Field, Schema


@dataclass(frozen=True)
class Tagged:
    """``plan`` has the columns of a sub-query, then those of the parameters ``wanted``: for what values of these it
    gives the row. There is no row for NULL in those of ``never_null``."""

    plan: l.LogicalNode
    wanted: Parameters
    never_null: frozenset[int]

    @property
    def width(self) -> int:
        """Columns of the sub-query itself."""
        return len(self.plan.schema) - len(self.wanted)

    def tag(self, parameter: int) -> InputRef:
        index = self.width + self.wanted.index(parameter)
        return InputRef(index, self.plan.schema[index].type)

    def tags(self) -> dict[int, Expression]:
        return {parameter: self.tag(parameter) for parameter in self.wanted}

    def matches(self, values: Mapping[int, Expression], offset: int) -> list[Expression]:
        """That each parameter has its value in ``values``; the plan's columns start at ``offset`` of that row."""
        return [equal(values[i], shift(self.tag(i), offset), null_safe=i not in self.never_null) for i in self.wanted]


def with_tags(schema: Schema, tags: Sequence[Expression]) -> Schema:
    taken = set(schema.names)
    fields = []
    for tag in tags:
        number = next(n for n in range(len(taken) + 1) if f"$t{n}" not in taken)
        taken.add(f"$t{number}")
        fields.append(Field(f"$t{number}", tag.type))
    return Schema((*schema, *fields))


def selected(plan: l.LogicalNode, places: Sequence[int], schema: Schema) -> l.Project:
    return l.Project(plan, tuple(InputRef(p, plan.schema[p].type) for p in places), schema)
