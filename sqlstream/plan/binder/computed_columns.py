"""The columns that an operator is to read, computed below it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlstream.plan.expression_text import expression_text
from sqlstream.plan.expressions import Expression, InputRef
from sqlstream.plan.logical import LogicalNode, Project
from sqlstream.types.schema import Field, Schema

_LONGEST_NAME = 60


@dataclass
class ComputedColumns:
    """A projection of ``input`` that grows: each distinct expression once."""

    input: LogicalNode
    expressions: list[Expression] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def add(self, expression: Expression, name: str | None = None) -> int:
        if expression in self.expressions:
            return self.expressions.index(expression)
        self.expressions.append(expression)
        self.names.append(self._fresh(name or self._readable_name(expression)))
        return len(self.expressions) - 1

    def _readable_name(self, expression: Expression) -> str:
        """Columns are called what they compute, so that EXPLAIN shows ``AVG(price * 2)``, where that is short."""
        text = expression_text(expression, self.input.schema.names)
        return text if len(text) <= _LONGEST_NAME else f"$f{len(self.names)}"

    def _fresh(self, name: str) -> str:
        return name if name not in self.names else f"$f{len(self.names)}"

    def project(self) -> LogicalNode:
        """The input itself where it has nothing to compute, COUNT(*) alone for one."""
        if not self.expressions:
            return self.input
        fields = (
            Field(name, e.type, self.input.schema[e.index].time if isinstance(e, InputRef) else None)
            for name, e in zip(self.names, self.expressions, strict=True)
        )
        return Project(self.input, tuple(self.expressions), Schema(tuple(fields)))
