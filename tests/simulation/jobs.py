"""The jobs that are run: what their sources emit, what their operators do with it, and what must be in the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from random import Random

from sqlstream.plan.jobgraph import Edge, Forward, Hash, JobGraph, JobMode, OperatorNode, Partitioning, Vertex
from sqlstream.plan.physical import Calc
from sqlstream.types.logical import INT
from sqlstream.types.schema import Field, Schema

SCHEMA = Schema((Field("a", INT),))
_NODE = Calc((), None, SCHEMA)
MAX_PARALLELISM = 6

Split = tuple[str, int]
"""Source and number."""
Row = tuple[str, int, int]
"""Source, split, and number within it; what a join emits has no source of its own."""


class Role(Enum):
    """What an operator does; the first part of its name says it."""

    SOURCE = "source"
    COUNT = "count"
    JOIN = "join"
    SINK = "sink"


def role_of(node: OperatorNode) -> Role:
    return Role(node.name.partition("-")[0])


def key_of(row: Row) -> int:
    """Which is its key group, too; a join pairs rows of the same split and number, which have the same key."""
    return (row[2] + row[1]) % MAX_PARALLELISM


@dataclass(frozen=True)
class Query:
    """``topology`` is a key of ``TOPOLOGIES``; there are ``splits`` splits of ``rows`` rows in each source."""

    topology: str
    splits: int
    rows: int

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(v.partition("-")[2] for v, *_ in TOPOLOGIES[self.topology] if v.startswith("source"))

    def expected(self, positions: Mapping[Split, int]) -> set[Row]:
        """The rows that come of everything before ``positions``."""
        if "join" in self.topology:
            left, right = self.sources
            return {
                ("joined", split, number)
                for split in range(self.splits)
                for number in range(min(positions[left, split], positions[right, split]))
            }
        return {
            (source, split, number) for (source, split), position in positions.items() for number in range(position)
        }

    def end(self) -> dict[Split, int]:
        """The positions after all of the input."""
        return {(source, split): self.rows for source in self.sources for split in range(self.splits)}

    def graph(
        self, job_id: str, parallelism: Mapping[str, int], configuration: dict[str, str], mode: JobMode
    ) -> JobGraph:
        vertices, edges = [], []
        for vertex_id, chain, inputs in TOPOLOGIES[self.topology]:
            vertices.append(
                Vertex(
                    vertex_id,
                    vertex_id,
                    parallelism[vertex_id],
                    MAX_PARALLELISM,
                    tuple(OperatorNode(name, name, _NODE) for name in chain),
                )
            )
            for number, (source, partitioning) in enumerate(inputs):
                edges.append(Edge(f"{source}->{vertex_id}", source, vertex_id, number, partitioning, SCHEMA))
        return JobGraph(job_id, self.topology, mode, tuple(vertices), tuple(edges), configuration)

    def parallelism(self, random: Random) -> dict[str, int]:
        """Of each vertex; the ends of a forward edge have the same."""
        result: dict[str, int] = {}
        for vertex_id, _, inputs in TOPOLOGIES[self.topology]:
            forward = [result[source] for source, partitioning in inputs if isinstance(partitioning, Forward)]
            result[vertex_id] = forward[0] if forward else random.randint(1, 3)
        return result


_HASH = Hash((0,))

TOPOLOGIES: dict[str, tuple[tuple[str, tuple[str, ...], tuple[tuple[str, Partitioning], ...]], ...]] = {
    "chained": (("source-a", ("source-a", "sink-0"), ()),),
    "forward": (
        ("source-a", ("source-a",), ()),
        ("sink-0", ("sink-0",), (("source-a", Forward()),)),
    ),
    "counted": (
        ("source-a", ("source-a",), ()),
        ("count-0", ("count-0",), (("source-a", _HASH),)),
        ("sink-0", ("sink-0",), (("count-0", _HASH),)),
    ),
    "counted, chained": (
        ("source-a", ("source-a",), ()),
        ("count-0", ("count-0", "sink-0"), (("source-a", _HASH),)),
    ),
    "joined": (
        ("source-a", ("source-a",), ()),
        ("source-b", ("source-b",), ()),
        ("join-0", ("join-0",), (("source-a", _HASH), ("source-b", _HASH))),
        ("sink-0", ("sink-0",), (("join-0", Forward()),)),
    ),
    "two sinks": (
        ("source-a", ("source-a",), ()),
        ("source-b", ("source-b", "sink-1"), ()),
        ("sink-0", ("sink-0",), (("source-a", Forward()),)),
    ),
}
"""Vertices with their chains and inputs, producers first."""


def positions(items: Iterable[tuple[str, int, int]]) -> dict[Split, int]:
    return {(source, split): position for source, split, position in items}
