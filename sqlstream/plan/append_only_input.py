"""Operators that take rows once and for all."""

from __future__ import annotations

from collections.abc import Iterable

from sqlstream.errors import PlanError
from sqlstream.plan.changelog import INSERT_ONLY
from sqlstream.plan.physical_tree import PhysicalNode
from sqlstream.plan.sink_changelog import changes_text, producer


def check_append_only(operator: str, streams: Iterable[PhysicalNode], hint: str) -> None:
    """PlanError, in Flink's words, where one of the ``streams`` into ``operator`` takes rows back."""
    for stream in streams:
        if stream.kinds != INSERT_ONLY:
            raise PlanError(f"{operator} doesn't support consuming {changes_text(producer(stream))}.", hint=hint)
