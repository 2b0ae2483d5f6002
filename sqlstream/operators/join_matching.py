"""Which rows of a batch match which rows of the other side of a join, and what comes out of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Mask
from sqlstream.columnar.batch import Batch, Rows
from sqlstream.config.options import BATCH_SIZE
from sqlstream.operators.base import OperatorContext
from sqlstream.operators.environment import environment_of
from sqlstream.operators.join_rows import JoinRows
from sqlstream.plan.evaluate import compile_expression
from sqlstream.plan.expressions import Expression
from sqlstream.plan.physical import JoinKind

LEFT, RIGHT = 0, 1


class RowsByKey(Protocol):
    """The rows of one side."""

    def __len__(self) -> int: ...

    def matches(self, keys: Sequence[pa.Array], num_rows: int, limit: int) -> Iterator[tuple[Rows, Rows]]:
        """All pairs (index into ``keys``, number of a row with that key), by index, in portions of about ``limit``."""

    def gather(self, rows: Rows) -> pa.RecordBatch:
        """The rows with these numbers, in this order."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Rows ``first`` to ``last`` of a batch and their partners: row ``probes[i]`` (ascending) matches row ``rows[i]``
    of the other side. ``joined``: the pairs as rows."""

    first: int
    last: int
    probes: Rows
    rows: Rows
    joined: pa.RecordBatch | None

    def partners(self) -> Rows:
        """How many partners each row has."""
        return np.bincount(self.probes - self.first, minlength=self.last - self.first)


class JoinMatching:
    """Matches by key and ``condition``, for a join of ``kind``."""

    def __init__(
        self, kind: JoinKind, condition: Expression | None, output: JoinRows, context: OperatorContext
    ) -> None:
        self._kind, self._output = kind, output
        self._condition = None if condition is None else compile_expression(condition)
        self._environment = environment_of(context)
        self._batch_size = context.configuration.option(BATCH_SIZE)
        self._alone = (kind.pads_right, kind.pads_left)

    def portions(self, batch: Batch, side: int, keys: Sequence[pa.Array], others: RowsByKey) -> Iterator[Portion]:
        """All rows of ``batch``, which is of ``side`` and has ``keys``, with their partners among ``others``."""
        done = 0
        for probes, rows in others.matches(keys, batch.num_rows, self._batch_size) if len(others) else ():
            last = int(probes[-1]) + 1
            joined = self._output.joined(batch, probes, others.gather(rows), side)
            yield self._where_condition_holds(Portion(done, last, probes, rows, joined))
            done = last
        if done < batch.num_rows:
            none = np.zeros(0, np.int64)
            yield Portion(done, batch.num_rows, none, none, None)

    def rows_of(self, portion: Portion, batch: Batch, side: int) -> Iterator[Batch]:
        """What the rows of ``portion`` of ``batch`` give: pairs, and themselves where they come out alone."""
        if self._kind.left_only:
            if side == LEFT:
                own = batch.slice(portion.first, portion.last - portion.first)
                yield from self._output.left_only(own, portion.partners())
            return
        unmatched = portion.probes[:0]
        if self._alone[side]:
            unmatched = portion.first + np.flatnonzero(portion.partners() == 0)
        yield from self._output.of_batch(batch, side, portion.probes, portion.joined, unmatched)

    def _where_condition_holds(self, portion: Portion) -> Portion:
        if self._condition is None:
            return portion
        mask = pc.fill_null(self._condition(portion.joined, self._environment()), False)
        if mask.true_count == len(mask):
            return portion
        assert portion.joined is not None
        kept: Mask = np.asarray(mask)
        return replace(
            portion, probes=portion.probes[kept], rows=portion.rows[kept], joined=portion.joined.filter(mask)
        )
