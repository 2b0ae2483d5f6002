"""Logical nodes in one line each, in the naming of Flink's abstract syntax tree and with column names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlstream.plan import logical as l
from sqlstream.plan.correlate_text import correlate_call_text
from sqlstream.plan.expression_text import aggregate_text, expression_text, literal_text
from sqlstream.plan.expressions import Literal
from sqlstream.plan.join_row import joined_row
from sqlstream.plan.lookup_join_text import lookup_text
from sqlstream.plan.match_text import match_parts
from sqlstream.plan.operator_text import projection_text
from sqlstream.plan.over_text import frame_text
from sqlstream.plan.plan_tree_text import TextTree
from sqlstream.plan.sort_text import sort_keys_text
from sqlstream.plan.window_text import duration_text


def logical_tree(node: l.LogicalNode) -> TextTree:
    """``node`` and all below it."""
    return TextTree(_PRINTERS[type(node)](node), [logical_tree(child) for child in l.children(node)])


def _project(node: l.Project) -> str:
    names = node.input.schema.names
    shown = [f"{f.name}=[{expression_text(e, names)}]" for f, e in zip(node.schema, node.expressions, strict=True)]
    return f"LogicalProject({', '.join(shown)})"


def _filter(node: l.Filter) -> str:
    return f"LogicalFilter(condition=[{expression_text(node.condition, node.schema.names)}])"


def _aggregate(node: l.Aggregate) -> str:
    names = node.input.schema.names
    group = ", ".join(names[key] for key in node.keys)
    calls = [f"{call.name}=[{aggregate_text(call, names)}]" for call in node.aggregates]
    return f"LogicalAggregate({', '.join([f'group=[{group}]', *calls])})"


def _expand(node: l.Expand) -> str:
    names = node.input.schema.names
    rows = ", ".join(f"{{{projection_text(row, node.schema, names)}}}" for row in node.projections)
    return f"LogicalExpand(projects=[{rows}])"


def _values(node: l.Values) -> str:
    rows = [
        "{ " + ", ".join(literal_text(e) if isinstance(e, Literal) else expression_text(e, ()) for e in row) + " }"
        for row in node.rows[:_ROWS_SHOWN]
    ]
    more = [f"... {len(node.rows) - _ROWS_SHOWN} more"] if len(node.rows) > _ROWS_SHOWN else []
    return f"LogicalValues(tuples=[[{', '.join([*rows, *more])}]])"


_ROWS_SHOWN = 10


def _watermark(node: l.Watermark) -> str:
    names = node.input.schema.names
    watermark = expression_text(node.expression, names)
    return f"LogicalWatermarkAssigner(rowtime=[{names[node.rowtime]}], watermark=[{watermark}])"


def _window(node: l.WindowFunction) -> str:
    window = node.window
    lengths = [length for length in (window.slide, window.size, window.offset) if length]
    arguments = ", ".join([f"DESCRIPTOR({node.schema[node.time_column].name})", *map(duration_text, lengths)])
    return f"LogicalTableFunctionScan(invocation=[{window.kind.value}({arguments})])"


def _over(node: l.Over) -> str:
    names = node.input.schema.names
    partition = ", ".join(names[column] for column in node.partition)
    window = [f"partition {{{partition}}}"] if partition else []
    window += [f"order by [{sort_keys_text(node.order, names)}]"] if node.order else []
    calls = ", ".join(f"{call.name}=[{aggregate_text(call, names)}]" for call in node.calls)
    return f"LogicalWindow(window=[{' '.join([*window, frame_text(node.frame)])}], {calls})"


def _join(node: l.Join) -> str:
    names = joined_row(node.left.schema, node.right.schema).names
    condition = "TRUE" if node.condition is None else expression_text(node.condition, names)
    return f"LogicalJoin(condition=[{condition}], joinType=[{node.kind.value}])"


def _lookup_join(node: l.LookupJoin) -> str:
    lookup = lookup_text(node.keys, node.fetched, node.input.schema)
    return f"LogicalLookupJoin(table=[{node.table.name}], joinType=[{node.kind.value}], lookup=[{lookup}])"


def _correlate(node: l.Correlate) -> str:
    call = correlate_call_text(node.function, node.arguments, node.input.schema.names)
    return f"LogicalCorrelate(invocation=[{call}], joinType=[{node.kind.value}])"


def _temporal_join(node: l.TemporalJoin) -> str:
    names = joined_row(node.left.schema, node.right.schema).names
    width = len(node.left.schema)
    shown = [f"{names[a]} = {names[width + b]}" for a, b in zip(node.left_keys, node.right_keys, strict=True)]
    if node.condition is not None:
        shown.append(expression_text(node.condition, names))
    period = names[node.left_time]
    return f"LogicalTemporalJoin(condition=[{' AND '.join(shown)}], joinType=[{node.kind.value}], period=[{period}])"


def _apply(node: l.Apply) -> str:
    names = node.left.schema.names
    arguments = ", ".join(f"$cor{i}={expression_text(e, names)}" for i, e in enumerate(node.arguments))
    return f"LogicalCorrelate(joinType=[{node.kind.value}], correlation=[{arguments}])"


def _sort(node: l.Sort) -> str:
    return f"LogicalSort(orderBy=[{sort_keys_text(node.keys, node.schema.names)}]{_bounds(node)})"


def _limit(node: l.Limit) -> str:
    return f"LogicalSort({_bounds(node).removeprefix(', ')})"


def _match(node: l.MatchRecognize) -> str:
    parts = match_parts(node, node.input.schema.names).items()
    return f"LogicalMatch({', '.join(f'{name}=[{text}]' for name, text in parts if text is not None)})"


def _bounds(node: l.Sort | l.Limit) -> str:
    offset = f", offset=[{node.offset}]" if node.offset else ""
    return offset + (f", fetch=[{node.fetch}]" if node.fetch is not None else "")


def _sink(node: l.Sink) -> str:
    return f"LogicalSink(table=[{node.table.name}], fields=[{', '.join(node.table.schema.names)}])"


_PRINTERS: dict[type, Callable[[Any], str]] = {
    l.Scan: lambda node: f"LogicalTableScan(table=[[{', '.join(node.table.identifier)}]])",
    l.Expand: _expand,
    l.Values: _values,
    l.Project: _project,
    l.Filter: _filter,
    l.Watermark: _watermark,
    l.ToChangelog: lambda node: "LogicalTableFunctionScan(invocation=[TO_CHANGELOG(TABLE(#0))])",
    l.FromChangelog: lambda node: "LogicalTableFunctionScan(invocation=[FROM_CHANGELOG(TABLE(#0))])",
    l.Normalize: lambda node: f"LogicalChangelogNormalize(key=[{', '.join(node.schema.names[k] for k in node.keys)}])",
    l.Aggregate: _aggregate,
    l.WindowFunction: _window,
    l.Over: _over,
    l.Join: _join,
    l.TemporalJoin: _temporal_join,
    l.Correlate: _correlate,
    l.Apply: _apply,
    l.LookupJoin: _lookup_join,
    l.Union: lambda node: "LogicalUnion(all=[true])",
    l.ReplicateRows: lambda node: f"LogicalReplicateRows(count=[{node.input.schema.names[-1]}])",
    l.Sort: _sort,
    l.Limit: _limit,
    l.MatchRecognize: _match,
    l.Sink: _sink,
    l.Collect: lambda node: f"LogicalCollect(fields=[{', '.join(node.schema.names)}])",
}
