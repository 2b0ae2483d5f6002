"""Model operators: what they do to rows, what they keep, and what they hand over at a checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlstream.plan.jobgraph import OperatorNode
from sqlstream.state.handles import ChunkHandle, OperatorHandle
from sqlstream.state.snapshot import KeyGroupRange
from tests.simulation.jobs import MAX_PARALLELISM, Query, Role, Row, key_of, role_of

Element = tuple[Row, int]
"""A row, and what COUNT says of it: how many rows with its key there were so far (0 without one)."""
Chunk = dict[Any, tuple[int, int]]
"""State key to key group and value."""
Prepared = list[tuple[ChunkHandle, Chunk]]

_MOST_CHUNKS = 3


class ModelOperator:
    """Of subtask ``subtask`` of ``parallelism``; ``identity`` tells its attempt from all others."""

    def __init__(self, node: OperatorNode, query: Query, subtask: int, parallelism: int, identity: str) -> None:
        self.id = node.id
        self.query = query
        self.subtask = subtask
        self.parallelism = parallelism
        self.identity = identity

    def on_row(self, element: Element, input: int) -> Iterable[Element]:
        return (element,)

    def chunks(self, checkpoint_id: int) -> Prepared:
        """All of the keyed state."""
        return []

    def items(self, checkpoint_id: int) -> tuple[Any, ...]:
        return ()

    def restore(self, handles: tuple[OperatorHandle, ...], read: Callable[[ChunkHandle], Chunk]) -> None:
        pass


class Source(ModelOperator):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.name = self.id.partition("-")[2]
        self.positions = dict.fromkeys(range(self.subtask, self.query.splits, self.parallelism), 0)

    def unfinished(self) -> list[int]:
        return [split for split, position in self.positions.items() if position < self.query.rows]

    def emit(self, split: int) -> Element:
        row = (self.name, split, self.positions[split])
        self.positions[split] += 1
        return row, 0

    def items(self, checkpoint_id: int) -> tuple[Any, ...]:
        return tuple((self.name, split, position) for split, position in self.positions.items())

    def restore(self, handles: tuple[OperatorHandle, ...], read: Callable[[ChunkHandle], Chunk]) -> None:
        self.positions = {split: position for handle in handles for _, split, position in handle.items}


class Keyed(ModelOperator):
    """A log of chunks, each with what changed since the one before; many become one."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.state: dict[Any, int] = {}
        self._log: Prepared = []
        self._changed: dict[Any, int] = {}
        """State key to key group."""
        self._made = 0

    def put(self, key: Any, key_group: int, value: int) -> None:
        self.state[key] = value
        self._changed[key] = key_group

    def chunks(self, checkpoint_id: int) -> Prepared:
        if self._changed:
            self._log.append(self._chunk({key: (group, self.state[key]) for key, group in self._changed.items()}))
            self._changed = {}
            if len(self._log) > _MOST_CHUNKS:
                whole: Chunk = {}
                for _, chunk in self._log:
                    whole.update(chunk)
                self._log = [self._chunk(whole)]
        return list(self._log)

    def restore(self, handles: tuple[OperatorHandle, ...], read: Callable[[ChunkHandle], Chunk]) -> None:
        own = KeyGroupRange.of_subtask(self.subtask, self.parallelism, MAX_PARALLELISM)
        for handle in handles:
            for chunk_handle in handle.keyed:
                chunk = read(chunk_handle)
                owned = all(group in own for group, _ in chunk.values())
                if owned:
                    self._log.append((chunk_handle, chunk))
                for key, (group, value) in chunk.items():
                    if group in own:
                        self.state[key] = value
                        if not owned:
                            self._changed[key] = group

    def _chunk(self, rows: Chunk) -> tuple[ChunkHandle, Chunk]:
        self._made += 1
        id_ = f"{self.identity}:{self.id}:{self._made}"
        groups = [group for group, _ in rows.values()]
        return ChunkHandle(id_, "t", f"{id_}.arrow", len(rows), "", len(rows), min(groups), max(groups)), rows


class Count(Keyed):
    def on_row(self, element: Element, input: int) -> Iterable[Element]:
        row, _ = element
        key = key_of(row)
        self.put(key, key, self.state.get(key, 0) + 1)
        return ((row, self.state[key]),)


class Join(Keyed):
    def on_row(self, element: Element, input: int) -> Iterable[Element]:
        (_, split, number), _ = element
        seen = self.state.get((split, number), 0) | (1 << input)
        self.put((split, number), key_of(element[0]), seen)
        return ((("joined", split, number), 0),) if seen == 3 else ()


class Sink(ModelOperator):
    """Two-phase commit: rows are prepared at a checkpoint, and committed once it is complete."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.rows: list[Element] = []
        self.pending: list[tuple[int, str]] = []
        """Checkpoint and committable; those not committed yet are state."""
        self.due: list[str] = []
        self.prepared: dict[str, tuple[Element, ...]] = {}
        """Made by the last call of ``items``."""

    def on_row(self, element: Element, input: int) -> Iterable[Element]:
        self.rows.append(element)
        return ()

    def items(self, checkpoint_id: int) -> tuple[Any, ...]:
        self.prepared = {}
        if self.rows:
            id_ = f"{self.identity}:{self.id}:{checkpoint_id}"
            self.prepared[id_] = tuple(self.rows)
            self.pending.append((checkpoint_id, id_))
            self.rows = []
        return tuple(self.pending)

    def restore(self, handles: tuple[OperatorHandle, ...], read: Callable[[ChunkHandle], Chunk]) -> None:
        self.pending = [tuple(item) for handle in handles for item in handle.items]
        self.due = [id_ for _, id_ in self.pending]

    def complete(self, checkpoint_id: int) -> None:
        self.due = [id_ for checkpoint, id_ in self.pending if checkpoint <= checkpoint_id]

    def committed(self, id_: str) -> None:
        self.due.remove(id_)
        self.pending = [entry for entry in self.pending if entry[1] != id_]


_BY_ROLE: dict[Role, type[ModelOperator]] = {
    Role.SOURCE: Source,
    Role.COUNT: Count,
    Role.JOIN: Join,
    Role.SINK: Sink,
}


def build(node: OperatorNode, query: Query, subtask: int, parallelism: int, identity: str) -> ModelOperator:
    return _BY_ROLE[role_of(node)](node, query, subtask, parallelism, identity)
