"""Pipelined regions: the parts of a job that exchange rows with each other, and so fail and start again together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from sqlstream.plan.jobgraph import Edge, Forward, JobGraph

Subtask = tuple[str, int]
"""A subtask of a job: its vertex, and its number there."""


class RegionPhase(Enum):
    """``WAITING`` is for slots; ``RESTARTING`` until its tasks have ended and the restart strategy's delay is over."""

    WAITING = "WAITING"
    STARTED = "STARTED"
    RESTARTING = "RESTARTING"


@dataclass
class Region:
    """A pipelined region as its JobMaster keeps book of it. ``restart_at`` (ms) counts while it is RESTARTING, which
    with ``lacks_slots`` it is for want of slots alone."""

    subtasks: tuple[Subtask, ...]
    attempt: int = 0
    phase: RegionPhase = RegionPhase.WAITING
    restart_at: int = 0
    lacks_slots: bool = False

    @property
    def slots(self) -> frozenset[int]:
        """The slots of the job that it runs in: subtask i of each vertex is in slot i."""
        return frozenset(subtask for _, subtask in self.subtasks)

    def restart(self, at: int, *, lacks_slots: bool = False) -> None:
        self.phase = RegionPhase.RESTARTING
        self.restart_at = at
        self.lacks_slots = lacks_slots


def peers(edge: Edge, subtask: int, parallelism: int) -> range:
    """The subtasks at the other end of ``edge``, which has ``parallelism`` of them, that ``subtask`` has a channel
    with."""
    return range(subtask, subtask + 1) if isinstance(edge.partitioning, Forward) else range(parallelism)


def pipelined_regions(graph: JobGraph) -> tuple[tuple[Subtask, ...], ...]:
    """The connected components of ``graph``'s subtasks over its channels; each, and all of them, in graph order."""
    parallelism = {vertex.id: vertex.parallelism for vertex in graph.vertices}
    leader: dict[Subtask, Subtask] = {
        (vertex.id, subtask): (vertex.id, subtask) for vertex in graph.vertices for subtask in range(vertex.parallelism)
    }

    def find(subtask: Subtask) -> Subtask:
        while leader[subtask] != subtask:
            leader[subtask] = leader[leader[subtask]]
            subtask = leader[subtask]
        return subtask

    for producer, consumer in _connections(graph, parallelism):
        leader[find(producer)] = find(consumer)
    regions: dict[Subtask, list[Subtask]] = {}
    for subtask in leader:
        regions.setdefault(find(subtask), []).append(subtask)
    return tuple(tuple(region) for region in regions.values())


def _connections(graph: JobGraph, parallelism: dict[str, int]) -> Iterator[tuple[Subtask, Subtask]]:
    """Enough of the channels to connect what is connected: between all and all, those with the first of each side."""
    for edge in graph.edges:
        if isinstance(edge.partitioning, Forward):
            for subtask in range(parallelism[edge.source]):
                yield (edge.source, subtask), (edge.target, subtask)
        else:
            for subtask in range(parallelism[edge.source]):
                yield (edge.source, subtask), (edge.target, 0)
            for subtask in range(parallelism[edge.target]):
                yield (edge.source, 0), (edge.target, subtask)
