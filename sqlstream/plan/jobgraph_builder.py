"""From physical trees to a JobGraph: equal sub-plans become one, operators on a straight line become a chain."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from sqlstream.plan import physical as p
from sqlstream.plan.aggregate_phases import in_one_phase
from sqlstream.plan.jobgraph import Edge, Forward, JobGraph, JobMode, OperatorNode, Vertex
from sqlstream.plan.operator_text import operator_text
from sqlstream.plan.physical_tree import Exchange, PhysicalNode

_NAME_LENGTH = 160


def build_job_graph(
    roots: Sequence[PhysicalNode],
    *,
    name: str,
    mode: JobMode,
    max_parallelism: int,
    configuration: Mapping[str, str],
) -> JobGraph:
    """One job that runs all ``roots`` (sinks). Sub-plans that compute the same thing are computed once."""
    builder = _Builder(max_parallelism)
    for index, root in enumerate(roots):
        builder.add(root, salt=f"sink {index}")
    vertices, edges = builder.build()
    return JobGraph(
        job_id=uuid.uuid4().hex,
        name=name,
        mode=mode,
        vertices=vertices,
        edges=edges,
        configuration=dict(configuration),
    )


def operator_name(operator: p.PhysicalOperator, text: str) -> str:
    """What a monitoring page calls an operator: sources and sinks by their table."""
    if isinstance(operator, p.TableSourceScan):
        return f"Source: {operator.table.identifier[-1]}"
    if isinstance(operator, p.TableSink):
        return f"Sink: {operator.table.identifier[-1]}"
    if isinstance(operator, p.CollectSink):
        return "Sink: Collect"
    return text if len(text) <= _NAME_LENGTH else text[: _NAME_LENGTH - 3] + "..."


@dataclass
class _Operator:
    """An operator of the graph, with the ids of what feeds it."""

    id: str
    node: PhysicalNode
    inputs: list[tuple[str, int, Exchange]]
    consumers: int = 0


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:32]


@dataclass
class _Builder:
    max_parallelism: int
    operators: dict[str, _Operator] = field(default_factory=dict)
    """By id, inputs before consumers."""

    def add(self, node: PhysicalNode, salt: str = "") -> str:
        """The id of ``node``: a hash of what it and everything before it computes. ``salt`` keeps sinks apart.

        Aggregation in two phases has the id of the one in one phase: its state is the same, and which of them it is
        may depend on the parallelism.
        """
        inputs = [
            (self.add(exchange.source), index, exchange)
            for index, streams in enumerate(node.inputs)
            for exchange in streams
        ]
        alone = in_one_phase(node)
        read = inputs if alone is node else [(self.add(e.source), 0, e) for e in alone.exchanges]
        id_ = _digest(
            msgspec.json.encode(alone.operator, order="sorted"),
            salt.encode(),
            *(
                f"{source} {index} ".encode() + msgspec.json.encode(exchange.partitioning)
                for source, index, exchange in read
            ),
        )
        if id_ not in self.operators:
            self.operators[id_] = _Operator(id_, node, inputs)
            for source, _, _ in inputs:
                self.operators[source].consumers += 1
        return id_

    def build(self) -> tuple[tuple[Vertex, ...], tuple[Edge, ...]]:
        chains: dict[str, list[_Operator]] = {}
        head_of: dict[str, str] = {}
        for operator in self.operators.values():
            before = self._chained_to(operator)
            head_of[operator.id] = operator.id if before is None else head_of[before]
            chains.setdefault(head_of[operator.id], []).append(operator)
        edges = tuple(
            Edge(
                id=_digest(source.encode(), operator.id.encode(), str(ordinal).encode()),
                source=head_of[source],
                target=operator.id,
                input=index,
                partitioning=exchange.partitioning,
                schema=exchange.source.schema,
            )
            for operator in self.operators.values()
            if head_of[operator.id] == operator.id
            for ordinal, (source, index, exchange) in enumerate(operator.inputs)
        )
        return tuple(self._vertex(chain) for chain in chains.values()), edges

    def _chained_to(self, operator: _Operator) -> str | None:
        """The operator right before this one in its chain: its only input, which feeds nothing else."""
        if len(operator.inputs) != 1:
            return None
        source, _, exchange = operator.inputs[0]
        straight = isinstance(exchange.partitioning, Forward) and self.operators[source].consumers == 1
        return source if straight else None

    def _vertex(self, chain: list[_Operator]) -> Vertex:
        nodes = tuple(
            OperatorNode(o.id, operator_name(o.node.operator, operator_text(o.node.operator, o.node.input_schemas)),
                         o.node.operator)
            for o in chain
        )  # fmt: skip
        return Vertex(
            id=chain[0].id,
            name=" -> ".join(node.name for node in nodes),
            parallelism=chain[0].node.parallelism,
            max_parallelism=self.max_parallelism,
            chain=nodes,
        )
