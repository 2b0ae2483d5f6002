"""The physical plan as a tree: operators, and how rows travel between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlstream.plan.changelog import Kinds, UpsertKeys
from sqlstream.plan.jobgraph import Partitioning
from sqlstream.plan.physical import PhysicalOperator
from sqlstream.types.schema import Schema


@dataclass(frozen=True)
class Exchange:
    """Rows of ``source``, distributed over the consumer's subtasks."""

    source: PhysicalNode
    partitioning: Partitioning


@dataclass(frozen=True)
class PhysicalNode:
    """An operator to run. ``inputs[i]`` are the streams that meet at its input ``i``: several for a UNION ALL.

    ``bounded``: its input ends some day.
    """

    operator: PhysicalOperator
    inputs: tuple[tuple[Exchange, ...], ...]
    parallelism: int
    kinds: Kinds
    upsert_keys: UpsertKeys
    bounded: bool = True

    @property
    def schema(self) -> Schema:
        return self.operator.schema

    @property
    def input_schemas(self) -> tuple[Schema, ...]:
        return tuple(streams[0].source.schema for streams in self.inputs)

    @property
    def exchanges(self) -> Iterator[Exchange]:
        return (exchange for streams in self.inputs for exchange in streams)
