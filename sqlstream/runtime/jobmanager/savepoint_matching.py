"""Whether a job can start from a savepoint: operator by operator, what is taken over and what is lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from sqlstream.errors import StateError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.state.handles import CheckpointMetadata, OperatorState


class StateMatch(Enum):
    """What becomes of an operator's state, as the user reads it."""

    KEPT = "kept"
    NEW = "not in the savepoint: starts without state"
    DROPPED = "not in this job: dropped"


@dataclass(frozen=True)
class OperatorMatch:
    operator_id: str
    name: str
    match: StateMatch


def matches(metadata: CheckpointMetadata, graph: JobGraph) -> tuple[OperatorMatch, ...]:
    """The operators of ``graph`` in its order, then those whose state has no taker. What has no state is left out."""
    names = {node.id: node.name for vertex in graph.vertices for node in vertex.chain}
    states = {state.operator_id: state for state in metadata.operators}
    taken = (
        OperatorMatch(id_, name, StateMatch.KEPT if id_ in states else StateMatch.NEW)
        for id_, name in names.items()
        if id_ not in states or _has_state(states[id_])
    )
    left = (
        OperatorMatch(state.operator_id, state.name, StateMatch.DROPPED)
        for state in metadata.operators
        if state.operator_id not in names and _has_state(state)
    )
    return (*taken, *left)


def check(metadata: CheckpointMetadata, graph: JobGraph, allow_non_restored: bool) -> None:
    """StateError with the table of :func:`matches` unless ``graph`` can start from ``metadata``; state without a taker
    is dropped only with ``allow_non_restored``."""
    title = f"savepoint of job '{metadata.job_name}' (checkpoint {metadata.checkpoint_id})"
    states = {state.operator_id: state for state in metadata.operators}
    for vertex in graph.vertices:
        for node in vertex.chain:
            state = states.get(node.id)
            if state is not None and _has_state(state) and state.max_parallelism != vertex.max_parallelism:
                raise StateError(
                    f"Job '{graph.name}' cannot start from the {title}: its max-parallelism is "
                    f"{vertex.max_parallelism}, but the state of '{node.name}' is of {state.max_parallelism}.",
                    hint=f"SET 'pipeline.max-parallelism' = '{state.max_parallelism}'; the parallelism may change.",
                )
    found = matches(metadata, graph)
    dropped = sum(match.match is StateMatch.DROPPED for match in found)
    if dropped and not allow_non_restored:
        raise StateError(
            f"Job '{graph.name}' cannot start from the {title}: {dropped} operator(s) with state are not part of it.\n"
            + _table(found),
            hint="Start the query that the savepoint is of, or drop that state with --allowNonRestoredState.",
        )


def _has_state(state: OperatorState) -> bool:
    return any(handle.keyed or handle.values or handle.items for handle in state.subtasks)


def _table(found: Iterable[OperatorMatch]) -> str:
    rows = [(match.name, match.match.value) for match in found]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {what}" for name, what in rows)
