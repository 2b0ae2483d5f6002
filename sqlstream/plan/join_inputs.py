"""What is known of the inputs of a join."""

from __future__ import annotations

from collections.abc import Sequence

from sqlstream.plan.changelog import upsert_keys
from sqlstream.plan.logical import LogicalNode


def unique_columns(input: LogicalNode, join_keys: Sequence[int]) -> tuple[int, ...] | None:
    """The columns by which a join may tell the rows of ``input`` apart: preferably join keys, and few. None if there
    are none."""
    candidates = [(not key <= set(join_keys), len(key), sorted(key)) for key in upsert_keys(input)]
    return tuple(min(candidates)[2]) if candidates else None
