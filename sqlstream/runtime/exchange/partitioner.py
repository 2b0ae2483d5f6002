"""Which consumer each row of an edge goes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlstream.columnar.batch import Batch
from sqlstream.plan.jobgraph import Broadcast, Forward, Hash, Partitioning, Rebalance, Singleton

Route = Iterable[tuple[int, Batch]]
Partitioner = Callable[[Batch], Route]
"""From a batch to (position among the edge's channels, rows): order is kept within each position."""


@dataclass(frozen=True, slots=True)
class EdgeShape:
    """An edge as subtask ``producer`` sees it: ``consumers[i]`` is the subtask at the end of its i-th channel."""

    producer: int
    consumers: tuple[int, ...]
    max_parallelism: int


def _to_one(position: int) -> Partitioner:
    return lambda batch: ((position, batch),)


def _forward(_: Forward, shape: EdgeShape) -> Partitioner:
    return _to_one(shape.consumers.index(shape.producer))


def _singleton(_: Singleton, shape: EdgeShape) -> Partitioner:
    return _to_one(shape.consumers.index(0))


def _broadcast(_: Broadcast, shape: EdgeShape) -> Partitioner:
    positions = range(len(shape.consumers))
    return lambda batch: [(position, batch) for position in positions]


def _rebalance(_: Rebalance, shape: EdgeShape) -> Partitioner:
    channels = len(shape.consumers)
    turn = shape.producer  # so that producers with few batches do not all begin at the same consumer

    def partition(batch: Batch) -> Route:
        nonlocal turn
        position = turn % channels
        turn += 1
        return ((position, batch),)

    return partition


def _hash(partitioning: Hash, shape: EdgeShape) -> Partitioner:
    parallelism = len(shape.consumers)
    if parallelism == 1:
        return _to_one(0)
    from sqlstream.columnar.partition import partition_by_key  # loads kernels, which other edges do not need

    def partition(batch: Batch) -> Route:
        parts = partition_by_key(batch, partitioning.keys, parallelism, shape.max_parallelism)
        return [(position, part) for position, part in enumerate(parts) if part is not None]

    return partition


_FACTORIES: dict[type, Callable[[Any, EdgeShape], Partitioner]] = {
    Forward: _forward,
    Hash: _hash,
    Rebalance: _rebalance,
    Broadcast: _broadcast,
    Singleton: _singleton,
}


def partitioner(partitioning: Partitioning, shape: EdgeShape) -> Partitioner:
    """The partitioner of one producing subtask's end of an edge."""
    return _FACTORIES[type(partitioning)](partitioning, shape)


def splits_batches(partitioning: Partitioning, shape: EdgeShape) -> bool:
    """Whether the edge makes small batches out of large ones, so that they are worth gathering again."""
    return isinstance(partitioning, Hash) and len(shape.consumers) > 1
