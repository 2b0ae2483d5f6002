"""What MATCH_RECOGNIZE looks for: the pattern, its conditions, and which matched rows their values are taken from."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Union

import msgspec

from sqlstream.plan.expression_tree import remap_call
from sqlstream.plan.expressions import AggregateCall, Expression
from sqlstream.types.logical import LogicalType

ALL_VARIABLES = -1
"""In place of a variable: all rows of the match so far, whatever variable they belong to."""


class PatternElement(msgspec.Struct, frozen=True):
    """A variable of the pattern and how many rows in a row it takes; ``most`` is None for any number. A greedy one
    takes a row that fits rather than leave it to the next variable."""

    name: str
    least: int = 1
    most: int | None = 1
    greedy: bool = True

    @property
    def keeps_rows(self) -> bool:
        """Whether rows that fit are kept from the variables behind it. As in Flink, an optional variable keeps none."""
        return self.greedy and self.least != self.most and (self.least, self.most) != (0, 1)

    def __str__(self) -> str:
        return self.name + self._quantifier

    @property
    def _quantifier(self) -> str:
        if (self.least, self.most) == (1, 1):
            return ""
        signs = {(0, None): "*", (1, None): "+", (0, 1): "?"}
        most = "" if self.most is None else str(self.most)
        text = signs.get((self.least, self.most)) or f"{{{self.least},{most}}}"
        return text if self.greedy else f"{text}?"


class SkipKind(Enum):
    """Where the next match may start: behind a match, or at the row after its first one, or at rows within it."""

    PAST_LAST_ROW = "SKIP PAST LAST ROW"
    TO_NEXT_ROW = "SKIP TO NEXT ROW"
    TO_FIRST = "SKIP TO FIRST"
    TO_LAST = "SKIP TO LAST"


class SkipStrategy(msgspec.Struct, frozen=True):
    """AFTER MATCH ...; ``variable`` is that of TO FIRST and TO LAST."""

    kind: SkipKind
    variable: int = ALL_VARIABLES


class RowReference(msgspec.Struct, frozen=True, tag_field="of", tag="row"):
    """Column ``column`` of a row of ``variable``: the one ``offset`` rows after its first, or before its last."""

    variable: int
    column: int
    first: bool
    offset: int
    type: LogicalType

    @property
    def columns(self) -> tuple[int, ...]:
        return (self.column,)

    def remapped(self, mapping: Mapping[int, int]) -> RowReference:
        return msgspec.structs.replace(self, column=mapping[self.column])


class AggregateReference(msgspec.Struct, frozen=True, tag_field="of", tag="aggregate"):
    """``call`` over all rows of ``variable``."""

    variable: int
    call: AggregateCall

    @property
    def type(self) -> LogicalType:
        return self.call.type

    @property
    def columns(self) -> tuple[int, ...]:
        return self.call.args

    def remapped(self, mapping: Mapping[int, int]) -> AggregateReference:
        return msgspec.structs.replace(self, call=remap_call(self.call, mapping))


Reference = Union[RowReference, AggregateReference]


class PatternExpression(msgspec.Struct, frozen=True):
    """``expression`` over a row that has one column for each of ``references``."""

    expression: Expression
    references: tuple[Reference, ...]

    @property
    def columns(self) -> frozenset[int]:
        """The input columns that are read."""
        return frozenset(column for reference in self.references for column in reference.columns)

    def remapped(self, mapping: Mapping[int, int]) -> PatternExpression:
        """Column ``i`` of the input becomes column ``mapping[i]``."""
        return PatternExpression(self.expression, tuple(reference.remapped(mapping) for reference in self.references))

    def depends_on_row_alone(self, variable: int) -> bool:
        """Whether it can be told from a row alone if it holds for the row as one of ``variable``."""
        return all(
            isinstance(reference, RowReference)
            and reference.variable in (variable, ALL_VARIABLES)
            and not reference.first
            and reference.offset == 0
            for reference in self.references
        )
