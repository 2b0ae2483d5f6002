"""What each kind of Top-N remembers, in words."""

from __future__ import annotations

from collections.abc import Callable

from sqlstream.plan import physical as p
from sqlstream.plan.physical_tree import PhysicalNode
from sqlstream.plan.state_description import StateDescription, keyed_by
from sqlstream.types.schema import TimeAttribute


def _rank(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.Rank)
    ranking = operator.ranking
    by = keyed_by(ranking.partition, operator.input.names)
    return _ranked(operator.strategy, ranking.last, by, bool(ranking.partition))


def _sort_limit(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.SortLimit)
    return _ranked(operator.strategy, operator.offset + operator.fetch, keyed_by((), ()), False)


def _ranked(strategy: p.RankStrategy, last: int, by: str, partitioned: bool) -> StateDescription:
    if strategy is p.RankStrategy.RETRACT:
        return StateDescription(f"every row of its input; {by}", "when the row is retracted", True)
    rows = "the first row" if last == 1 else f"the first {last} rows"
    of = " of each partition" if partitioned else ""
    return StateDescription(f"{rows}{of}; {by}", "when better rows have come", partitioned)


def _batch_rank(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.BatchRank)
    by = keyed_by(operator.ranking.partition, operator.input.names)
    keeps = f"the rows up to rank {operator.ranking.last} of each partition; {by}"
    return StateDescription(keeps, "when the input has ended and the result is out", False)


def _deduplicate(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.Deduplicate)
    by = keyed_by(operator.keys, operator.schema.names)
    if not operator.inserts_only:
        return StateDescription(f"the last row of each key; {by}", "when a later row has come", bool(operator.keys))
    waiting = operator.schema[operator.time].time is TimeAttribute.ROWTIME
    rows = "; the first row of each key until the watermark has reached it" if waiting else ""
    return StateDescription(f"the keys whose first row was emitted{rows}; {by}", "never", bool(operator.keys))


def _window_rank(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.WindowRank)
    rows = "every row" if operator.retracting else f"the rows up to rank {operator.ranking.last}"
    bounds = (operator.window.start, operator.window.end)
    keys = [key for key in operator.ranking.partition if key not in bounds]
    return _of_windows(f"{rows} of each open window; {keyed_by(keys, operator.input.names)}")


def _window_deduplicate(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.WindowDeduplicate)
    row = "last" if operator.keep_last else "first"
    return _of_windows(f"the {row} row of each key and open window; {keyed_by(operator.keys, operator.schema.names)}")


def _of_windows(keeps: str) -> StateDescription:
    return StateDescription(keeps, "when the watermark passes the window's end", False)


RANK_STATES: dict[type, Callable[[PhysicalNode], StateDescription]] = {
    p.Rank: _rank,
    p.SortLimit: _sort_limit,
    p.BatchRank: _batch_rank,
    p.Deduplicate: _deduplicate,
    p.WindowRank: _window_rank,
    p.WindowDeduplicate: _window_deduplicate,
}
