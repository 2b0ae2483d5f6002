"""ORDER BY and LIMIT over a stream: the first of all rows, as they change."""

from __future__ import annotations

from sqlstream.operators.base import Operator, implements
from sqlstream.operators.rank import build_rank
from sqlstream.plan.physical import Rank, Ranking, RankType, SortLimit


@implements(SortLimit)
def build_sort_limit(node: SortLimit) -> Operator:
    """A Top-N without partitions."""
    ranking = Ranking(RankType.ROW_NUMBER, node.offset + 1, node.offset + node.fetch, (), node.keys)
    return build_rank(Rank(ranking, node.strategy, node.row_key, False, node.update_before, node.schema, node.schema))
