"""Which ORDER BY a stream can have: the last row to be sorted never comes."""

from __future__ import annotations

from sqlstream.errors import PlanError
from sqlstream.plan.logical import Sort

_HINT = (
    "Add LIMIT n for the first rows, order by event time first and ascending (ORDER BY ts), or "
    "SET 'execution.runtime-mode' = 'batch'."
)


def check_streaming_sort(sort: Sort, retracts: bool) -> None:
    """PlanError where ``sort`` chooses no first rows and does not follow time. ``retracts``: its input does."""
    problem = None
    if sort.offset:
        problem = "FETCH is missed, which on streaming table is not supported currently."
    elif not sort.follows_time:
        problem = "Sort on a non-time-attribute field is not supported."
    elif retracts:
        problem = "ORDER BY time does not support rows that are updated or deleted."
    if problem is not None:
        raise PlanError(problem, position=sort.position, hint=_HINT)
