"""EXPLAIN: the plan at each of its stages, the state it will keep, and what its results survive."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sqlstream.config.configuration import masked
from sqlstream.plan.changelog import UpsertKeys, kinds_text
from sqlstream.plan.delivery_text import delivery_text
from sqlstream.plan.jobgraph import Forward, JobGraph, Partitioning
from sqlstream.plan.logical import LogicalNode
from sqlstream.plan.logical_text import logical_tree
from sqlstream.plan.operator_text import operator_text, partitioning_text
from sqlstream.plan.physical_tree import Exchange, PhysicalNode
from sqlstream.plan.plan_tree_text import TextTree
from sqlstream.plan.state_text import state_text


def explain_text(
    logical: Sequence[LogicalNode], physical: Sequence[PhysicalNode], graph: JobGraph, *, changelog_mode: bool
) -> str:
    """All sections. ``changelog_mode`` adds to each physical node the row kinds it emits and its upsert keys. What
    sinks guarantee is told where there are checkpoints."""
    sections = {
        "Abstract Syntax Tree": "\n\n".join(logical_tree(root).render() for root in logical),
        "Optimized Physical Plan": "\n\n".join(physical_tree(root, changelog_mode).render() for root in physical),
        "Optimized Execution Plan": execution_text(graph),
        "State": state_text(physical),
        "Delivery": delivery_text(physical, graph),
    }
    return "\n\n".join(f"== {title} ==\n{body}" for title, body in sections.items() if body is not None) + "\n"


def physical_tree(node: PhysicalNode, changelog_mode: bool) -> TextTree:
    """Operators with the exchanges between them; UNION ALL is drawn where streams meet."""
    text = operator_text(node.operator, node.input_schemas)
    if changelog_mode:
        text = (
            f"{text[:-1]}, changelogMode=[{kinds_text(node.kinds)}]{_keys_text(node.upsert_keys, node.schema.names)})"
        )
    return TextTree(text, [_input_tree(streams, changelog_mode) for streams in node.inputs])


def _keys_text(keys: UpsertKeys, names: Sequence[str]) -> str:
    shown = sorted("(" + ", ".join(names[column] for column in sorted(key)) + ")" for key in keys if key)
    return f", upsertKeys=[{', '.join(shown)}]" if shown else ""


def _input_tree(streams: Sequence[Exchange], changelog_mode: bool) -> TextTree:
    sources = [physical_tree(stream.source, changelog_mode) for stream in streams]
    schema = streams[0].source.schema
    if len(streams) == 1:
        below = sources[0]
    else:
        below = TextTree(f"Union(all=[true], union=[{', '.join(schema.names)}])", sources)
    moved = next((s.partitioning for s in streams if not isinstance(s.partitioning, Forward)), None)
    return below if moved is None else TextTree(_exchange_text(moved, schema.names), [below])


def _exchange_text(partitioning: Partitioning, names: Sequence[str]) -> str:
    return f"Exchange(distribution=[{partitioning_text(partitioning, names)}])"


def json_text(graph: JobGraph) -> str:
    """The JobGraph as JSON, its secrets masked."""
    shown = msgspec.to_builtins(graph)
    shown["configuration"] = masked(shown["configuration"])
    for vertex in shown["vertices"]:
        for node in vertex["chain"]:
            table = node["operator"].get("table")
            if table is not None:
                table["options"] = masked(table["options"])
    return msgspec.json.encode(shown).decode()


def execution_text(graph: JobGraph) -> str:
    """The vertices of a job: the operators chained in each, its parallelism, and where its rows come from."""
    numbers = {vertex.id: index for index, vertex in enumerate(graph.vertices, 1)}
    lines: list[str] = []
    for vertex in graph.vertices:
        lines.append(f"[{numbers[vertex.id]}] {vertex.name} (parallelism {vertex.parallelism})")
        lines.extend(
            f"    <- [{numbers[edge.source]}] {partitioning_text(edge.partitioning, edge.schema.names)}"
            for edge in graph.edges
            if edge.target == vertex.id
        )
    return "\n".join(lines)
