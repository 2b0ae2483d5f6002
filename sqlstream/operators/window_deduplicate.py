"""The first or the last row of each key and window by event time."""

from __future__ import annotations

from sqlstream.operators.base import Operator, implements
from sqlstream.operators.window_rank import window_rank_operator
from sqlstream.plan.physical import Ranking, RankType, SortKey, WindowDeduplicate, WindowRank


@implements(WindowDeduplicate)
def build_window_deduplicate(node: WindowDeduplicate) -> Operator:
    """A Top-1 of each window; on a tie the last one to come is the last row."""
    partition = (*node.keys, node.window.start, node.window.end)
    ranking = Ranking(RankType.ROW_NUMBER, 1, 1, partition, (SortKey(node.time, node.keep_last),))
    rank = WindowRank(ranking, node.window, False, False, node.schema, node.schema)
    return window_rank_operator(rank, newest=node.keep_last)
