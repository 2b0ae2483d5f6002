"""Top-N over a stream: the first rows of each partition, as they change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.options import BATCH_SIZE
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.best_row import BestRowOperator, keeps_codes_only
from sqlstream.operators.row_ranking import state_ranking
from sqlstream.plan.physical import Rank, RankStrategy, RankType
from sqlstream.state.ranked_rows import RankChanges, RankedRows, Ranking, Touched
from sqlstream.state.snapshot import OperatorSnapshot

_TABLE = "rows"


class RankOperator(Operator):
    """State: the rows that are among the first of their partition, or, where rows may be taken back, all of them.

    A batch emits its net change: with the rank among the columns, or a single rank asked for, as updates of each rank's
    row; otherwise as rows that leave and rows that enter.
    """

    def __init__(self, node: Rank, order: Ranking) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._order = order
        ranking = node.ranking
        self._by_place = ranking.type is RankType.ROW_NUMBER and (node.with_rank or ranking.first == ranking.last)

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node = self._node
        retracts = node.strategy is RankStrategy.RETRACT
        every = tuple(range(len(node.input)))
        self._rows = RankedRows(
            node.input.to_arrow(),
            self._order,
            None if retracts else node.ranking.last,
            _TABLE,
            identity=() if node.strategy is RankStrategy.APPEND_FAST else node.row_key or every,
            replaces=node.strategy is RankStrategy.UPDATE_FAST,
            space=None if context.managed_state is None else context.managed_state.open(),
        )
        self._batch_size = context.configuration.option(BATCH_SIZE)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        touched = self._take_in(batch)
        if touched is None:
            return
        yield from self._emit(self._changes(touched))
        self._rows.settle(touched)

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(tuple(self._rows.snapshot(self.context.max_parallelism)))

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._rows.restore([chunk for snapshot in snapshots for chunk in snapshot.keyed], self.context.key_groups)

    def close(self) -> None:
        self._rows.close()

    def _take_in(self, batch: Batch) -> Touched | None:
        match self._node.strategy:
            case RankStrategy.APPEND_FAST:
                return self._rows.append(batch.data)
            case RankStrategy.UPDATE_FAST:
                return self._rows.replace(batch.data)
            case RankStrategy.RETRACT:
                return self._rows.change(batch.data, batch.signs() > 0)

    def _changes(self, touched: Touched) -> RankChanges:
        node, ranking = self._node, self._node.ranking
        if self._by_place:
            return self._rows.changed_places(touched, ranking.first, ranking.last, update_before=node.update_before)
        return self._rows.changes(touched, ranking.first, ranking.last, numbered=node.with_rank)

    def _emit(self, changes: RankChanges) -> Iterator[Batch]:
        for start in range(0, len(changes.rows), self._batch_size):
            part = slice(start, start + self._batch_size)
            rows, kinds = changes.rows[part], changes.kinds[part]
            columns = self._rows.gather(rows).columns
            if self._node.with_rank:
                columns = [*columns, pa.array(changes.ranks[part])]
            data = build_record_batch(columns, self._schema, len(rows))
            yield Batch(data, kinds if kinds.any() else None)


@implements(Rank)
def build_rank(node: Rank) -> Operator:
    """The cheapest operator that is right for the query."""
    return rank_operator(node, newest=False)


def rank_operator(node: Rank, *, newest: bool) -> Operator:
    """As :func:`build_rank`; with ``newest``, the last one to come is first among equal rows."""
    ranking = node.ranking
    order = state_ranking(node.input, ranking.partition, ranking.order, ranking.type, newest=newest)
    top_one = ranking.type is RankType.ROW_NUMBER and ranking.first == ranking.last == 1 and not node.with_rank
    if top_one and node.strategy is RankStrategy.APPEND_FAST and not node.update_before and keeps_codes_only(order):
        return BestRowOperator(node.input, order)
    return RankOperator(node, order)
