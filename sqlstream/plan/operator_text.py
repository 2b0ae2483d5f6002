"""Physical operators in one line each, in Flink's naming and with column names; also what a vertex is called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlstream.columnar.batch import RowKind
from sqlstream.plan import physical as p
from sqlstream.plan.call_text import call_text as _call
from sqlstream.plan.correlate_text import correlate_text
from sqlstream.plan.expression_text import aggregate_text, expression_text, literal_text
from sqlstream.plan.expressions import AggregateCall, Expression, Literal
from sqlstream.plan.jobgraph import Broadcast, Forward, Hash, Partitioning, Rebalance, Singleton
from sqlstream.plan.join_text import JOIN_PRINTERS
from sqlstream.plan.lookup_join_text import lookup_join_text
from sqlstream.plan.match_text import match_parts
from sqlstream.plan.over_text import OVER_PRINTERS
from sqlstream.plan.rank_text import RANK_PRINTERS
from sqlstream.plan.sort_text import sort_keys_text
from sqlstream.plan.temporal_join_text import TEMPORAL_JOIN_PRINTERS
from sqlstream.plan.window_operators import SLICE_END
from sqlstream.plan.window_text import emit_text, group_window_text, window_text
from sqlstream.types.logical import RowType
from sqlstream.types.schema import Field, Schema

_MAX_ROWS_SHOWN = 10


def operator_text(operator: p.PhysicalOperator, inputs: Sequence[Schema]) -> str:
    """``Calc(select=[a, b + 1 AS c], where=[a > 3])``."""
    return _PRINTERS[type(operator)](operator, [schema.names for schema in inputs])


def partitioning_text(partitioning: Partitioning, names: Sequence[str]) -> str:
    """``hash[k]``, ``single``, ..."""
    if isinstance(partitioning, Hash):
        return f"hash[{', '.join(names[key] for key in partitioning.keys)}]"
    return _DISTRIBUTIONS[type(partitioning)]


_DISTRIBUTIONS: dict[type, str] = {
    Forward: "forward",
    Rebalance: "rebalance",
    Broadcast: "broadcast",
    Singleton: "single",
}


def projection_text(expressions: Sequence[Expression], schema: Schema, names: Sequence[str]) -> str:
    """A select list: each expression, with AS where its name is not its text."""
    return ", ".join(
        _aliased(expression_text(expression, names), field.name)
        for expression, field in zip(expressions, schema, strict=True)
    )


def _aliased(text: str, name: str) -> str:
    return text if text == name else f"{text} AS {name}"


def _columns(columns: Sequence[int], names: Sequence[str]) -> str:
    return ", ".join(names[column] for column in columns)


def _aggregates(keys: Sequence[int], aggregates: Sequence[AggregateCall], names: Sequence[str]) -> list[str]:
    calls = [_aliased(aggregate_text(call, names), call.name) for call in aggregates]
    return [*(names[key] for key in keys), *calls]


def _scan(scan: p.TableSourceScan, inputs: list[list[str]]) -> str:
    table = ", ".join(scan.table.identifier)
    limit = None if scan.limit is None else str(scan.limit)
    whole = scan.table.schema.types == scan.schema.types
    pruned = None if whole else ", ".join(part for field in scan.schema for part in _read(field, scan.table.schema))
    location = f"[{table}" + (f", project=[{pruned}]" if pruned is not None else "") + "]"
    return _call("TableSourceScan", table=location, fields=", ".join(scan.schema.names), limit=limit)


def _read(field: Field, table: Schema) -> list[str]:
    """``field``, or those of its own fields that are read."""
    declared = table.index_of(field.name)
    if declared is None or table[declared].type == field.type or not isinstance(field.type, RowType):
        return [field.name]
    return [f"{field.name}.{part.name}" for part in field.type]


def _values(values: p.Values, inputs: list[list[str]]) -> str:
    rows = [
        "{ " + ", ".join(literal_text(e) if isinstance(e, Literal) else expression_text(e, ()) for e in row) + " }"
        for row in values.rows[:_MAX_ROWS_SHOWN]
    ]
    if len(values.rows) > _MAX_ROWS_SHOWN:
        rows.append(f"... {len(values.rows) - _MAX_ROWS_SHOWN} more")
    return _call("Values", values=", ".join(values.schema.names), tuples=f"[{', '.join(rows)}]")


def _calc(calc: p.Calc, inputs: list[list[str]]) -> str:
    where = None if calc.condition is None else expression_text(calc.condition, inputs[0])
    return _call("Calc", select=projection_text(calc.projection, calc.schema, inputs[0]), where=where)


def _expand(expand: p.Expand, inputs: list[list[str]]) -> str:
    projects = (f"{{{projection_text(row, expand.schema, inputs[0])}}}" for row in expand.projections)
    return _call("Expand", projects=", ".join(projects))


def _watermark(assigner: p.WatermarkAssigner, inputs: list[list[str]]) -> str:
    watermark = expression_text(assigner.expression, inputs[0])
    return _call("WatermarkAssigner", rowtime=inputs[0][assigner.rowtime], watermark=watermark)


def _to_changelog(function: p.ToChangelog, inputs: list[list[str]]) -> str:
    names = function.schema.names
    codes = [f"'{kind.name}', '{code}'" for kind, code in zip(RowKind, function.codes, strict=True) if code is not None]
    return _changelog_call("TO_CHANGELOG", names[0], codes, names)


def _from_changelog(function: p.FromChangelog, inputs: list[list[str]]) -> str:
    codes = [f"'{code}', '{RowKind(kind).name}'" for code, kind in function.kinds]
    return _changelog_call("FROM_CHANGELOG", inputs[0][function.op], codes, function.schema.names)


def _changelog_call(name: str, op: str, mapping: Sequence[str], names: Sequence[str]) -> str:
    invocation = f"{name}(TABLE(#0), DESCRIPTOR('{op}'), MAP({', '.join(mapping)}))"
    return _call("ProcessTableFunction", invocation=invocation, select=",".join(names))


def _normalize(normalize: p.ChangelogNormalize, inputs: list[list[str]]) -> str:
    return _call("ChangelogNormalize", key=_columns(normalize.keys, inputs[0]))


def _enforcer(enforcer: p.ConstraintEnforcer, inputs: list[list[str]]) -> str:
    names = inputs[0]
    shown = [f"NotNullEnforcer(fields=[{_columns(enforcer.not_null, names)}])"] if enforcer.not_null else []
    if enforcer.lengths:
        lengths = ", ".join(names[length.column] for length in enforcer.lengths)
        shown.append(f"LengthEnforcer(fields=[{lengths}])")
    return _call("ConstraintEnforcer", constraints=", ".join(shown))


def _materializer(materializer: p.SinkMaterializer, inputs: list[list[str]]) -> str:
    return _call("SinkMaterializer", primaryKey=_columns(materializer.primary_key, inputs[0]))


def _window_function(function: p.WindowTableFunction, inputs: list[list[str]]) -> str:
    return _call("WindowTableFunction", window=window_text(function.window, [inputs[0][function.time_column]]))


def _session_window_function(function: p.SessionWindowTableFunction, inputs: list[list[str]]) -> str:
    names = inputs[0]
    keys = [names[key] for key in function.keys]
    return _call("WindowTableFunction", window=window_text(function.window, [names[function.time_column]], keys))


def _group_aggregate(aggregate: p.GroupAggregate, inputs: list[list[str]]) -> str:
    if not aggregate.merging:
        return _call("GroupAggregate", **_grouping(aggregate.keys, aggregate.aggregates, inputs[0]))
    return _call("GlobalGroupAggregate", **_merging(aggregate, inputs[0]))


def _hash_aggregate(aggregate: p.HashAggregate, inputs: list[list[str]]) -> str:
    if not aggregate.merging:
        return _call("HashAggregate", **_grouping(aggregate.keys, aggregate.aggregates, inputs[0]))
    return _call("HashAggregate", isMerge="true", **_merging(aggregate, inputs[0]))


def _local_aggregate(aggregate: p.LocalAggregate, inputs: list[list[str]]) -> str:
    name = "LocalHashAggregate" if aggregate.bounded else "LocalGroupAggregate"
    names = inputs[0]
    calls = [f"Partial_{aggregate_text(call, names)} AS {call.name}" for call in aggregate.aggregates]
    select = ", ".join([*(names[key] for key in aggregate.keys), *calls])
    return _call(name, groupBy=_columns(aggregate.keys, names) or None, select=select)


def _grouping(keys: Sequence[int], aggregates: Sequence[AggregateCall], names: Sequence[str]) -> dict[str, str | None]:
    select = ", ".join(_aggregates(keys, aggregates, names))
    return {"groupBy": _columns(keys, names) or None, "select": select}


def _merging(aggregate: p.GroupAggregate | p.HashAggregate, names: Sequence[str]) -> dict[str, str | None]:
    read = aggregate.input.names
    calls = [f"Final_{aggregate_text(call, read)} AS {call.name}" for call in aggregate.aggregates]
    select = ", ".join([*(names[key] for key in aggregate.keys), *calls])
    return {"groupBy": _columns(aggregate.keys, names) or None, "select": select}


WindowAggregation = p.WindowAggregate | p.SessionWindowAggregate | p.AttachedWindowAggregate | p.UpdatingWindowAggregate


def _window_aggregate(aggregate: WindowAggregation, inputs: list[list[str]]) -> str:
    merging = isinstance(aggregate, p.WindowAggregate) and aggregate.merging
    names = inputs[0]
    shown = _aggregates(aggregate.keys, aggregate.aggregates, aggregate.input.names if merging else names)
    shown += [prop.value for prop in aggregate.properties]
    return _call(
        aggregate.name,
        groupBy=_columns(aggregate.keys, names) or None,
        window=_grouped_window(aggregate, names),
        select=", ".join(shown),
        emit=emit_text(aggregate.emit) if isinstance(aggregate, p.UpdatingWindowAggregate) else None,
    )


def _local_window_aggregate(aggregate: p.LocalWindowAggregate, inputs: list[list[str]]) -> str:
    names = inputs[0]
    shown = [*_aggregates(aggregate.keys, aggregate.aggregates, names), SLICE_END]
    return _call(
        "LocalWindowAggregate",
        groupBy=_columns(aggregate.keys, names) or None,
        window=window_text(aggregate.window, [names[aggregate.time_column]]),
        select=", ".join(shown),
    )


def _grouped_window(aggregate: WindowAggregation, names: list[str]) -> str:
    if isinstance(aggregate, p.WindowAggregate) and aggregate.merging:
        return window_text(aggregate.window, [SLICE_END])
    column = names[aggregate.time_column]
    if aggregate.name != "WindowAggregate":
        return group_window_text(aggregate.window, column)
    if isinstance(aggregate, p.AttachedWindowAggregate):
        return window_text(aggregate.window, [names[aggregate.start_column], column])
    session = isinstance(aggregate, p.SessionWindowAggregate)
    return window_text(aggregate.window, [column], [names[key] for key in aggregate.keys] if session else [])


def _replicate_rows(replicate: p.ReplicateRows, inputs: list[list[str]]) -> str:
    *columns, count = inputs[0]
    invocation = f"$REPLICATE_ROWS$1({', '.join([count, *columns])})"
    return _call("Correlate", invocation=invocation, select=", ".join(replicate.schema.names), joinType="INNER")


def _sort(sort: p.Sort, inputs: list[list[str]]) -> str:
    keys = sort_keys_text(sort.keys, inputs[0])
    if sort.fetch is None and not sort.offset:
        return _call("Sort", orderBy=keys)
    is_global = str(not sort.local).lower()
    return _call("SortLimit", orderBy=keys, offset=str(sort.offset), fetch=_fetch(sort.fetch), **{"global": is_global})


def _fetch(fetch: int | None) -> str:
    return "unlimited" if fetch is None else str(fetch)


def _limit(limit: p.Limit, inputs: list[list[str]]) -> str:
    return _call("Limit", offset=str(limit.offset), fetch=_fetch(limit.fetch))


def _match(match: p.MatchRecognize, inputs: list[list[str]]) -> str:
    return _call("Match", **match_parts(match, inputs[0]))


def _sink(sink: p.TableSink, inputs: list[list[str]]) -> str:
    partition = ", ".join(f"{key}={value}" for key, value in sink.partition.items()) or None
    return _call(
        "Sink",
        table=sink.table.name,
        fields=", ".join(sink.schema.names),
        overwrite="true" if sink.overwrite else None,
        partition=partition,
        upsertMaterialize="true" if sink.materialized else None,
    )


def _collect(sink: p.CollectSink, inputs: list[list[str]]) -> str:
    return _call("Collect", fields=", ".join(sink.schema.names))


_PRINTERS: dict[type, Callable[[Any, list[list[str]]], str]] = {
    p.TableSourceScan: _scan,
    p.Values: _values,
    p.Calc: _calc,
    p.Expand: _expand,
    p.WatermarkAssigner: _watermark,
    p.ToChangelog: _to_changelog,
    p.FromChangelog: _from_changelog,
    p.DropUpdateBefore: lambda operator, inputs: "DropUpdateBefore()",
    p.ChangelogNormalize: _normalize,
    p.ConstraintEnforcer: _enforcer,
    p.SinkMaterializer: _materializer,
    p.WindowTableFunction: _window_function,
    p.GroupAggregate: _group_aggregate,
    p.HashAggregate: _hash_aggregate,
    p.LocalAggregate: _local_aggregate,
    p.SessionWindowTableFunction: _session_window_function,
    p.WindowAggregate: _window_aggregate,
    p.LocalWindowAggregate: _local_window_aggregate,
    p.ReplicateRows: _replicate_rows,
    p.SessionWindowAggregate: _window_aggregate,
    p.AttachedWindowAggregate: _window_aggregate,
    p.UpdatingWindowAggregate: _window_aggregate,
    p.Sort: _sort,
    p.Limit: _limit,
    p.MatchRecognize: _match,
    p.TableSink: _sink,
    p.CollectSink: _collect,
    **JOIN_PRINTERS,
    **OVER_PRINTERS,
    p.Correlate: correlate_text,
    p.LookupJoin: lookup_join_text,
    **TEMPORAL_JOIN_PRINTERS,
    **RANK_PRINTERS,
}
