"""Whether a job can start from a savepoint: operator by operator, what is taken over and what is lost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sqlstream.plan.jobgraph import JobGraph
from sqlstream.state.handles import CheckpointMetadata


class StateMatch(Enum):
    KEPT = "kept"
    NEW = "starts without state"
    DROPPED = "no such operator in this job"
    MAX_PARALLELISM = "another max-parallelism"


@dataclass(frozen=True)
class OperatorMatch:
    operator_id: str
    name: str
    match: StateMatch


def matches(metadata: CheckpointMetadata, graph: JobGraph) -> tuple[OperatorMatch, ...]:
    """Operators of ``graph`` in its order, then those whose state has no taker. Stateless ones are left out."""
    raise NotImplementedError


def check(metadata: CheckpointMetadata, graph: JobGraph, allow_non_restored: bool) -> None:
    """StateError with the table of :func:`matches` unless ``graph`` can start from ``metadata``; state without a taker
    is dropped only with ``allow_non_restored``."""
    raise NotImplementedError
