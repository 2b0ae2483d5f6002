"""What kind of Top-N a Rank is, from its own form."""

from __future__ import annotations

from sqlstream.plan.logical import Rank
from sqlstream.plan.physical import RankType
from sqlstream.types.schema import TimeAttribute


def is_top_one(node: Rank) -> bool:
    """Whether it asks for the first row of each partition, and not for its rank."""
    ranking = node.ranking
    return (ranking.type, ranking.first, ranking.last) == (RankType.ROW_NUMBER, 1, 1) and not node.with_rank


def is_by_time(node: Rank) -> bool:
    """Whether it asks for the first row, or the last, by a time attribute: over rows that are only added, it removes
    duplicates."""
    order = node.ranking.order
    return is_top_one(node) and len(order) == 1 and node.input.schema[order[0].column].time is not None


def stands(node: Rank) -> bool:
    """Whether, over rows that are only added, nothing that ``node`` emits is ever taken back."""
    if node.window is not None:
        return True
    first = node.ranking.order[:1]
    if not is_by_time(node) or first[0].descending:
        return False
    return node.waits or node.input.schema[first[0].column].time is TimeAttribute.PROCTIME


def ranks_by_place(node: Rank) -> bool:
    """Whether each rank of a partition is a row of the result, which other rows take over."""
    ranking = node.ranking
    return ranking.type is RankType.ROW_NUMBER and (node.with_rank or ranking.first == ranking.last)
