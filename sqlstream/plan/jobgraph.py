"""The JobGraph: what a client submits and a JobManager runs. It is JSON through and through.

Vertices are chains of operators; edges say how rows travel between them.
"""

from __future__ import annotations

from enum import Enum
from typing import Union

import msgspec

from sqlstream.plan.physical import PhysicalOperator
from sqlstream.types.schema import Schema


class Forward(msgspec.Struct, frozen=True, tag="FORWARD"):
    """Subtask i to subtask i; both ends have the same parallelism."""


class Hash(msgspec.Struct, frozen=True, tag="HASH"):
    """By key group of the key columns, so equal keys meet in one subtask."""

    keys: tuple[int, ...]


class Rebalance(msgspec.Struct, frozen=True, tag="REBALANCE"):
    """Round robin, a batch at a time."""


class Broadcast(msgspec.Struct, frozen=True, tag="BROADCAST"):
    """Every row to every subtask."""


class Singleton(msgspec.Struct, frozen=True, tag="GLOBAL"):
    """Every row to subtask 0."""


Partitioning = Union[Forward, Hash, Rebalance, Broadcast, Singleton]


class OperatorNode(msgspec.Struct, frozen=True):
    """``id`` is the operator's identity across runs, derived from what it computes: state is found by it."""

    id: str
    name: str
    operator: PhysicalOperator


class Vertex(msgspec.Struct, frozen=True):
    """A chain: the first operator reads the inputs, each next one reads the one before it."""

    id: str
    name: str
    parallelism: int
    max_parallelism: int
    chain: tuple[OperatorNode, ...]

    @property
    def short_name(self) -> str:
        """The operators without their attributes: ``Source: t -> Calc -> Sink: s``."""
        return " -> ".join(node.name.partition("(")[0] for node in self.chain)


class Edge(msgspec.Struct, frozen=True):
    """From the end of ``source``'s chain to input ``input`` of ``target``'s first operator.

    Several edges may end at the same input (UNION ALL), and several may start at one vertex.
    """

    id: str
    source: str
    target: str
    input: int
    partitioning: Partitioning
    schema: Schema


class JobMode(Enum):
    STREAMING = "STREAMING"
    BATCH = "BATCH"


class JobGraph(msgspec.Struct, frozen=True):
    job_id: str
    name: str
    mode: JobMode
    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]
    configuration: dict[str, str] = {}

    def to_json(self) -> bytes:
        return msgspec.json.encode(self)

    @staticmethod
    def from_json(data: bytes | str) -> JobGraph:
        """Raises msgspec.ValidationError when ``data`` is not a JobGraph."""
        return msgspec.json.decode(data, type=JobGraph)
