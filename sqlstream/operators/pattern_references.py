"""Values of expressions over matches, finished or not: what FIRST, LAST and aggregates of a pattern refer to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.operators.aggregate_calls import AggregateCalls
from sqlstream.plan.evaluate import compile_expression
from sqlstream.plan.evaluation_environment import EvaluationEnvironment
from sqlstream.plan.row_pattern import ALL_VARIABLES, AggregateReference, PatternExpression, RowReference
from sqlstream.types.arrow import to_arrow
from sqlstream.types.schema import Schema

Int64Table = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Where the rows of matches are: each variable has the rows ``begins[i, v]`` to ``ends[i, v]``, or none (-1).

    Rows are numbers into one batch in which those of a partition are neighbours, in order. ``starts`` is the first row
    of all, ``lasts`` the last.
    """

    starts: Int64s
    lasts: Int64s
    begins: Int64Table
    ends: Int64Table

    def __len__(self) -> int:
        return len(self.starts)

    def take(self, which: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Matches:
        return Matches(self.starts[which], self.lasts[which], self.begins[which], self.ends[which])

    def range_of(self, variable: int) -> tuple[Int64s, Int64s]:
        """The first and the last row of ``variable`` in each match."""
        if variable == ALL_VARIABLES:
            return self.starts, self.lasts
        return self.begins[:, variable], self.ends[:, variable]


class PatternValues:
    """Evaluates one expression for many matches at once."""

    def __init__(self, expression: PatternExpression, input: Schema) -> None:
        self._references = expression.references
        self._evaluate = compile_expression(expression.expression)
        self._schema = pa.schema(
            [pa.field(f"${i}", to_arrow(reference.type)) for i, reference in enumerate(self._references)]
        )
        self._read: list[Callable[[Matches, pa.RecordBatch], pa.Array]] = [
            _RowReader(reference) if isinstance(reference, RowReference) else _AggregateReader(reference, input)
            for reference in self._references
        ]

    def of(self, matches: Matches, rows: pa.RecordBatch, environment: EvaluationEnvironment) -> pa.Array:
        """One value a match."""
        columns = [read(matches, rows).cast(field.type) for read, field in zip(self._read, self._schema, strict=True)]
        return self._evaluate(build_record_batch(columns, self._schema, len(matches)), environment)


@dataclass(frozen=True, slots=True)
class _RowReader:
    reference: RowReference

    def __call__(self, matches: Matches, rows: pa.RecordBatch) -> pa.Array:
        begins, ends = matches.range_of(self.reference.variable)
        wanted = begins + self.reference.offset if self.reference.first else ends - self.reference.offset
        missing = (begins < 0) | (wanted < begins) | (wanted > ends)
        return rows.column(self.reference.column).take(pa.array(wanted, mask=missing))


class _AggregateReader:
    def __init__(self, reference: AggregateReference, input: Schema) -> None:
        self._variable = reference.variable
        self._calls = AggregateCalls((reference.call,), input, retracting=False)

    def __call__(self, matches: Matches, rows: pa.RecordBatch) -> pa.Array:
        begins, ends = matches.range_of(self._variable)
        lengths = np.where(begins < 0, 0, ends - begins + 1)
        slots = np.repeat(np.arange(len(matches)), lengths)
        within = np.arange(len(slots)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        batch = Batch(rows.take(pa.array(begins[slots] + within)))
        every = np.arange(len(matches))
        self._calls.reserve(len(matches))
        self._calls.update(batch, slots, batch.signs())
        (values,) = self._calls.values(every)
        self._calls.reset(every)
        return values
