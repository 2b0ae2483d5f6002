"""Top-1 over rows that are only added, for a consumer that needs no -U: what the best row was need not be known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s, fixed_width_values
from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.elements import Output
from sqlstream.columnar.order_codes import OrderFormat
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.functions.accumulators.touched import TouchedSlotFinder
from sqlstream.kernels.best_rows import update_best
from sqlstream.operators.base import Operator, OperatorContext
from sqlstream.operators.group_table import open_table
from sqlstream.state.ranked_rows import Ranking
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.types.schema import Schema

_TABLE = "best"


def keeps_codes_only(ranking: Ranking) -> bool:
    """Whether rows can be ordered by words of fixed size."""
    return not OrderFormat([key for _, key in ranking.order]).has_bytes


class BestCodes:
    """The code of the best row of each slot, as a keyed table wants it."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._present = SlotArrays(np.int8)
        self._words = np.empty((0, width), np.int64)

    @property
    def present(self) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
        """By slot, to read and change; another array after :meth:`reserve`."""
        return self._present[0]

    @property
    def words(self) -> Int64s:
        """Row-major, to read and change; another array after :meth:`reserve`."""
        return self._words.reshape(-1)

    @property
    def nbytes(self) -> int:
        return self._present.nbytes + self._words.nbytes

    def reserve(self, slots: int) -> None:
        self._present.reserve(slots)
        capacity = len(self._present[0])
        if capacity > len(self._words):
            grown = np.empty((capacity, self._width), np.int64)
            grown[: len(self._words)] = self._words
            self._words = grown

    def reset(self, slots: Int64s) -> None:
        self._present.reset(slots)

    def clear(self) -> None:
        self._present.clear()
        self._words = np.empty((0, self._width), np.int64)

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return [pa.array(self._present[0][slots]), *(pa.array(self._words[slots, j]) for j in range(self._width))]

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        self._present.restore(slots, columns[:1])
        for j, column in enumerate(columns[1:]):
            self._words[slots, j] = fixed_width_values(column)


class BestRowOperator(Operator):
    """State: for each partition the order key of its best row. A batch emits the best rows that are new: +I for the
    first of a partition, else +U."""

    def __init__(self, input: Schema, ranking: Ranking) -> None:
        self._input, self._ranking = input, ranking
        self._format = OrderFormat([key for _, key in ranking.order])
        self._order = [column for column, _ in ranking.order]

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        schema = self._input.to_arrow()
        self._best = BestCodes(self._format.width)
        self._table = open_table(
            _TABLE, [schema.field(column).type for column in self._ranking.partition], self._best, context
        )
        self._finder = TouchedSlotFinder()

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        keys = [batch.column(column) for column in self._ranking.partition]
        slots = self._table.upsert(keys, batch.num_rows)
        touched = self._finder.find(slots, self._table.index.slots_used)
        codes = self._format.encode([batch.column(column) for column in self._order], batch.num_rows)
        winner = np.full(len(touched.distinct), -1, np.int64)
        born = np.zeros(len(touched.distinct), np.int8)
        update_best(
            slots, touched.group, codes.words, self._format.width, self._ranking.newest, self._best.present,
            self._best.words, winner, born,
        )  # fmt: skip
        won = np.flatnonzero(winner >= 0)
        self._table.changed(touched.distinct[won])
        self._table.settle()
        if len(won):
            kinds = np.where(born[won] != 0, RowKind.INSERT, RowKind.UPDATE_AFTER).astype(np.int8)
            data = batch.data
            if len(won) < batch.num_rows:
                order = np.argsort(winner[won], kind="stable")
                kinds = kinds[order]
                data = data.take(pa.array(winner[won][order]))
            yield Batch(data, kinds if kinds.any() else None)

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(self._table.snapshot())

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._table.restore(snapshots, self.context.key_groups)

    def close(self) -> None:
        self._table.close()
