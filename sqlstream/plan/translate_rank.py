"""Which operator runs a Top-N, and by which keys its input is distributed."""

from __future__ import annotations

from sqlstream.plan import logical as l
from sqlstream.plan import physical as p
from sqlstream.plan.rank_shape import is_by_time, stands
from sqlstream.plan.rank_strategy import rank_strategy


def rank_operator(node: l.Rank, *, batch: bool, retracting: bool, update_before: bool) -> p.PhysicalOperator:
    """The operator for ``node``. ``retracting``: its input has more than insertions; ``update_before``: -U are asked
    for."""
    ranking, schema, input = node.ranking, node.schema, node.input.schema
    if batch:
        return p.BatchRank(ranking, node.with_rank, schema, input)
    by_time = is_by_time(node) and not retracting
    if node.window is not None:
        if by_time:
            order = ranking.order[0]
            return p.WindowDeduplicate(rank_keys(node), node.window, order.column, order.descending, schema)
        return p.WindowRank(ranking, node.window, node.with_rank, retracting, schema, input)
    if by_time:
        order = ranking.order[0]
        return p.Deduplicate(ranking.partition, order.column, order.descending, stands(node), update_before, schema)
    strategy, row_key = rank_strategy(node)
    return p.Rank(ranking, strategy, row_key, node.with_rank, update_before, schema, input)


def rank_keys(node: l.Rank) -> tuple[int, ...]:
    """The partition keys that are not the window."""
    window = () if node.window is None else (node.window.start, node.window.end)
    return tuple(key for key in node.ranking.partition if key not in window)


def sort_limit(node: l.Sort, *, update_before: bool) -> p.SortLimit:
    """The operator for ORDER BY and LIMIT over a stream."""
    assert node.fetch is not None
    strategy, row_key = rank_strategy(node)
    return p.SortLimit(node.keys, node.offset, node.fetch, strategy, row_key, update_before, node.schema)
