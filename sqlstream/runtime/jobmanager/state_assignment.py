"""Which of a checkpoint's state each subtask begins with, at the parallelism it was taken at or at another one."""

from __future__ import annotations

from sqlstream.plan.jobgraph import Vertex
from sqlstream.runtime.deployment import TaskRestore
from sqlstream.state.handles import CompletedCheckpoint, OperatorHandle, OperatorState
from sqlstream.state.snapshot import KeyGroupRange


def task_restore(vertex: Vertex, checkpoint: CompletedCheckpoint, subtask: int) -> TaskRestore:
    """The share of ``checkpoint`` that ``subtask`` of ``vertex`` begins with.

    An operator whose parallelism has not changed gets exactly its own handle. At another parallelism it gets the
    chunks with a key group of its own, the ``values`` of all earlier subtasks, and every n-th of their ``items``.
    Operators that the checkpoint does not know begin without state. ``ended``: all that the chain's first operator
    takes over had ended.
    """
    states = {state.operator_id: state for state in checkpoint.metadata.operators}
    operators = {
        node.id: _assigned(states[node.id], vertex, subtask)
        for node in vertex.chain
        if node.id in states and states[node.id].subtasks
    }
    head = operators.get(vertex.chain[0].id, ())
    return TaskRestore(
        checkpoint_id=checkpoint.id,
        chunk_directory=checkpoint.chunk_directory,
        operators=operators,
        ended=bool(head) and all(handle.ended for handle in head),
    )


def _assigned(state: OperatorState, vertex: Vertex, subtask: int) -> tuple[OperatorHandle, ...]:
    if state.parallelism == vertex.parallelism:
        return (state.subtasks[subtask],)
    own = KeyGroupRange.of_subtask(subtask, vertex.parallelism, vertex.max_parallelism)
    assigned = []
    position = 0
    for handle in state.subtasks:
        keyed = tuple(c for c in handle.keyed if c.first_key_group <= own.last and own.first <= c.last_key_group)
        first = (subtask - position) % vertex.parallelism
        position += len(handle.items)
        assigned.append(OperatorHandle(keyed, handle.values, handle.items[first :: vertex.parallelism], handle.ended))
    return tuple(assigned)
