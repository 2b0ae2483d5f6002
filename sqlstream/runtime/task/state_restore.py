"""Gives the operators of a chain the state that their task was deployed with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlstream.errors import StateError
from sqlstream.plan.jobgraph import OperatorNode
from sqlstream.runtime.deployment import TaskRestore
from sqlstream.runtime.task.operator_chain import OperatorChain
from sqlstream.state.chunk_files import load_chunk
from sqlstream.state.handles import ChunkHandle, OperatorHandle
from sqlstream.state.snapshot import OperatorSnapshot, StateChunk
from sqlstream.state.storage_errors import StorageUnavailableError


class UnreadableCheckpointError(StateError):
    """State that a checkpoint refers to is missing or damaged, and trying again will not help."""

    def __init__(self, checkpoint_id: int, cause: StateError) -> None:
        super().__init__(cause.message, hint=cause.hint)
        self.checkpoint_id = checkpoint_id


def restore_chain(
    chain: OperatorChain,
    nodes: Sequence[OperatorNode],
    restore: TaskRestore,
    checkpointing: bool,
    check_canceled: Callable[[], None],
) -> None:
    """Every operator has been opened. Without ``checkpointing`` restored rows stay in memory for savepoints to come:
    otherwise the next checkpoint has them, copied from where they lie now.

    Raises UnreadableCheckpointError, StorageUnavailableError when the state may be as good as ever, and what
    ``check_canceled`` raises, which is called between any two files.
    """

    def load(handle: ChunkHandle, node: OperatorNode) -> StateChunk:
        check_canceled()
        try:
            return load_chunk(restore.chunk_directory, handle, node.name)
        except StorageUnavailableError:
            raise
        except StateError as error:
            raise UnreadableCheckpointError(restore.checkpoint_id, error) from error

    def snapshot(handle: OperatorHandle, node: OperatorNode) -> OperatorSnapshot:
        chunks = tuple(load(chunk, node) for chunk in handle.keyed)
        return OperatorSnapshot(chunks, handle.values, handle.items)

    for index, node in enumerate(nodes):
        if node.id in restore.operators:
            snapshots = [snapshot(handle, node) for handle in restore.operators[node.id]]
            chain.restore(index, snapshots)
            if checkpointing:
                for chunk in (chunk for restored in snapshots for chunk in restored.keyed):
                    chunk.release()
