"""Drops columns nobody asks for, down to what the scans read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from sqlstream.plan.expression_traits import input_columns
from sqlstream.plan.expression_tree import references, remap, remap_call
from sqlstream.plan.expressions import AggregateCall, InputRef
from sqlstream.plan.logical import (
    Aggregate,
    Collect,
    Correlate,
    Expand,
    Filter,
    FromChangelog,
    Join,
    Limit,
    LogicalNode,
    LookupJoin,
    MatchRecognize,
    Normalize,
    Over,
    Project,
    Rank,
    ReplicateRows,
    Scan,
    Sink,
    Sort,
    TemporalJoin,
    ToChangelog,
    Union,
    Values,
    Watermark,
    WindowAggregate,
    WindowFunction,
)
from sqlstream.plan.physical import JoinInterval, JoinWindow, SortKey
from sqlstream.types.logical import CHARACTER_TYPES, LogicalType
from sqlstream.types.schema import Schema

Columns = tuple[int, ...]
"""Wanted output columns, ascending and never empty: a batch without columns has no number of rows."""


def prune_columns(root: Sink | Collect) -> LogicalNode:
    """``root`` with nothing read or computed that it does not use."""
    everything = tuple(range(len(root.input.schema)))
    return dataclasses.replace(root, input=_prune(root.input, everything))


def _prune(node: LogicalNode, wanted: Columns) -> LogicalNode:
    """``node`` with exactly the columns ``wanted``."""
    return _PRUNERS[type(node)](node, wanted)


def _columns(schema: Schema, wanted: Iterable[int]) -> Columns:
    """``wanted`` in order; where it is empty, the cheapest column there is."""
    found = tuple(sorted(set(wanted)))
    if found:
        return found
    return (next((i for i, f in enumerate(schema) if _is_cheap(f.type)), 0),)


def _is_cheap(type_: LogicalType) -> bool:
    return not isinstance(type_, CHARACTER_TYPES)


def _places(columns: Columns) -> dict[int, int]:
    """Old column -> new column."""
    return {column: index for index, column in enumerate(columns)}


def _select(node: LogicalNode, columns: Columns, wanted: Columns) -> LogicalNode:
    """``wanted`` of a node that has ``columns``."""
    if columns == wanted:
        return node
    place = _places(columns)
    schema = node.schema.select([place[column] for column in wanted])
    return Project(node, tuple(InputRef(place[c], f.type) for c, f in zip(wanted, schema, strict=True)), schema)


def _scan(node: Scan, wanted: Columns) -> LogicalNode:
    return dataclasses.replace(
        node, projection=tuple(node.projection[column] for column in wanted), schema=node.schema.select(wanted)
    )


def _values(node: Values, wanted: Columns) -> LogicalNode:
    return Values(tuple(tuple(row[column] for column in wanted) for row in node.rows), node.schema.select(wanted))


def _project(node: Project, wanted: Columns) -> LogicalNode:
    expressions = [node.expressions[column] for column in wanted]
    below = _columns(node.input.schema, references(expressions))
    place = _places(below)
    return Project(_prune(node.input, below), tuple(remap(e, place) for e in expressions), node.schema.select(wanted))


def _expand(node: Expand, wanted: Columns) -> LogicalNode:
    projections = [tuple(row[column] for column in wanted) for row in node.projections]
    below = _columns(node.input.schema, references([e for row in projections for e in row]))
    place = _places(below)
    remapped = tuple(tuple(remap(e, place) for e in row) for row in projections)
    return Expand(_prune(node.input, below), remapped, node.schema.select(wanted))


def _filter(node: Filter, wanted: Columns) -> LogicalNode:
    below = _columns(node.schema, {*wanted, *input_columns(node.condition)})
    return _select(Filter(_prune(node.input, below), remap(node.condition, _places(below))), below, wanted)


def _normalize(node: Normalize, wanted: Columns) -> LogicalNode:
    below = _columns(node.schema, {*wanted, *node.keys})
    place = _places(below)
    pruned = Normalize(_prune(node.input, below), tuple(place[key] for key in node.keys))
    return _select(pruned, below, wanted)


def _to_changelog(node: ToChangelog, wanted: Columns) -> LogicalNode:
    below = _columns(node.input.schema, {column - 1 for column in wanted if column})
    have = (0, *(column + 1 for column in below))
    pruned = ToChangelog(_prune(node.input, below), node.codes, node.schema.select(have))
    return _select(pruned, have, wanted)


def _from_changelog(node: FromChangelog, wanted: Columns) -> LogicalNode:
    kept = _columns(node.schema, wanted)
    below = tuple(sorted({node.op, *(column + (column >= node.op) for column in kept)}))
    pruned = FromChangelog(_prune(node.input, below), below.index(node.op), node.kinds, node.schema.select(kept))
    return _select(pruned, kept, wanted)


def _watermark(node: Watermark, wanted: Columns) -> LogicalNode:
    below = _columns(node.schema, {*wanted, node.rowtime, *input_columns(node.expression)})
    place = _places(below)
    pruned = Watermark(
        _prune(node.input, below), place[node.rowtime], remap(node.expression, place), node.schema.select(below)
    )
    return _select(pruned, below, wanted)


def _aggregate(node: Aggregate, wanted: Columns) -> LogicalNode:
    first = len(node.keys)
    kept = [i for i in range(len(node.aggregates)) if first + i in wanted]
    calls = tuple(node.aggregates[i] for i in kept)
    below = _columns(node.input.schema, {*node.keys, *_call_columns(calls)})
    place = _places(below)
    columns = (*range(first), *(first + i for i in kept))
    pruned = Aggregate(
        _prune(node.input, below),
        tuple(place[key] for key in node.keys),
        tuple(remap_call(call, place) for call in calls),
        node.schema.select(columns),
    )
    return _select(pruned, columns, wanted)


def _window_aggregate(node: WindowAggregate, wanted: Columns) -> LogicalNode:
    first_call = len(node.keys)
    first_property = first_call + len(node.aggregates)
    kept_calls = [i for i in range(len(node.aggregates)) if first_call + i in wanted]
    kept_properties = [i for i in range(len(node.properties)) if first_property + i in wanted]
    calls = tuple(node.aggregates[i] for i in kept_calls)
    start = () if node.start_column is None else (node.start_column,)
    below = _columns(node.input.schema, {*node.keys, node.time_column, *start, *_call_columns(calls)})
    place = _places(below)
    columns = (
        *range(first_call),
        *(first_call + i for i in kept_calls),
        *(first_property + i for i in kept_properties),
    )
    pruned = dataclasses.replace(
        node,
        input=_prune(node.input, below),
        time_column=place[node.time_column],
        start_column=place[start[0]] if start else None,
        keys=tuple(place[key] for key in node.keys),
        aggregates=tuple(remap_call(call, place) for call in calls),
        properties=tuple(node.properties[i] for i in kept_properties),
        schema=node.schema.select(columns),
    )
    return _select(pruned, columns, wanted)


def _call_columns(calls: Iterable[AggregateCall]) -> set[int]:
    return {column for call in calls for column in (*call.args, *([] if call.filter is None else [call.filter]))}


def _window_function(node: WindowFunction, wanted: Columns) -> LogicalNode:
    width = len(node.input.schema)
    below = _columns(node.input.schema, {*(c for c in wanted if c < width), node.time_column, *node.keys})
    columns = (*below, *range(width, width + 3))
    place = _places(below)
    pruned = dataclasses.replace(
        node,
        input=_prune(node.input, below),
        time_column=place[node.time_column],
        keys=tuple(place[key] for key in node.keys),
        schema=node.schema.select(columns),
    )
    return _select(pruned, columns, wanted)


def _over(node: Over, wanted: Columns) -> LogicalNode:
    width = len(node.input.schema)
    kept = [i for i in range(len(node.calls)) if width + i in wanted]
    if not kept:
        return _prune(node.input, wanted)
    calls = tuple(node.calls[i] for i in kept)
    order = (key.column for key in node.order)
    below = _columns(
        node.input.schema, {*(c for c in wanted if c < width), *node.partition, *order, *_call_columns(calls)}
    )
    place = _places(below)
    columns = (*below, *(width + i for i in kept))
    pruned = dataclasses.replace(
        node,
        input=_prune(node.input, below),
        partition=tuple(place[column] for column in node.partition),
        order=tuple(SortKey(place[key.column], key.descending, key.nulls_last) for key in node.order),
        calls=tuple(remap_call(call, place) for call in calls),
        schema=node.schema.select(columns),
    )
    return _select(pruned, columns, wanted)


def _rank(node: Rank, wanted: Columns) -> LogicalNode:
    width = len(node.input.schema)
    window = () if node.window is None else (node.window.start, node.window.end)
    keys = {*node.ranking.partition, *(key.column for key in node.ranking.order), *window}
    below = _columns(node.input.schema, {*(c for c in wanted if c < width), *keys})
    place = _places(below)
    ranking = msgspec.structs.replace(
        node.ranking,
        partition=tuple(place[key] for key in node.ranking.partition),
        order=tuple(msgspec.structs.replace(key, column=place[key.column]) for key in node.ranking.order),
    )
    bounds = node.window
    if bounds is not None:
        bounds = msgspec.structs.replace(bounds, start=place[bounds.start], end=place[bounds.end])
    with_rank = node.with_rank and width in wanted
    columns = (*below, width) if with_rank else below
    pruned = Rank(_prune(node.input, below), ranking, bounds, node.waits, with_rank, node.schema.select(columns))
    return _select(pruned, columns, wanted)


def _join(node: Join, wanted: Columns) -> LogicalNode:
    width = len(node.left.schema)
    used = {*wanted, *(references([node.condition]) if node.condition is not None else ())}
    needed = _time_columns(node)
    left = _columns(node.left.schema, {*(c for c in used if c < width), *node.left_keys, *needed[0]})
    right = _columns(node.right.schema, {*(c - width for c in used if c >= width), *node.right_keys, *needed[1]})
    joined = (*left, *(c + width for c in right))
    columns = left if node.kind.left_only else joined
    left_place, right_place = _places(left), _places(right)
    pruned = Join(
        _prune(node.left, left),
        _prune(node.right, right),
        None if node.condition is None else remap(node.condition, _places(joined)),
        node.schema.select(columns),
        tuple(left_place[key] for key in node.left_keys),
        tuple(right_place[key] for key in node.right_keys),
        node.kind,
        node.null_safe,
        _placed_interval(node.interval, left_place, right_place),
        _placed_window(node.window, left_place, right_place),
        node.hint,
    )
    return _select(pruned, columns, wanted)


def _time_columns(node: Join) -> tuple[set[int], set[int]]:
    """The columns of each side by which event time bounds the join."""
    interval, window = node.interval, node.window
    if interval is not None:
        return {interval.left_time}, {interval.right_time}
    if window is not None:
        return {window.left.start, window.left.end}, {window.right.start, window.right.end}
    return set(), set()


def _placed_interval(interval: JoinInterval | None, left: dict[int, int], right: dict[int, int]) -> JoinInterval | None:
    if interval is None:
        return None
    return msgspec.structs.replace(interval, left_time=left[interval.left_time], right_time=right[interval.right_time])


def _placed_window(window: JoinWindow | None, left: dict[int, int], right: dict[int, int]) -> JoinWindow | None:
    if window is None:
        return None
    sides = ((window.left, left), (window.right, right))
    return JoinWindow(
        *(msgspec.structs.replace(side, start=place[side.start], end=place[side.end]) for side, place in sides)
    )


def _lookup_join(node: LookupJoin, wanted: Columns) -> LogicalNode:
    width = len(node.input.schema)
    used = {*wanted, *(references([node.condition]) if node.condition is not None else ())}
    values = references([key.value for key in node.keys])
    left = _columns(node.input.schema, {*(c for c in used if c < width), *values})
    right = tuple(sorted(c - width for c in used if c >= width))
    projection = [node.projection[column] for column in right]
    conditions = [] if node.filter is None else [node.filter]
    fetched = tuple(sorted({*references([*projection, *conditions]), *(key.column for key in node.keys)}))
    left_place, place = _places(left), _places(fetched)
    columns = (*left, *(c + width for c in right))
    pruned = dataclasses.replace(
        node,
        input=_prune(node.input, left),
        columns=tuple(node.columns[column] for column in fetched),
        fetched=node.fetched.select(fetched),
        keys=tuple(type(key)(place[key.column], remap(key.value, left_place)) for key in node.keys),
        projection=tuple(remap(e, place) for e in projection),
        filter=None if node.filter is None else remap(node.filter, place),
        condition=None if node.condition is None else remap(node.condition, _places(columns)),
        schema=node.schema.select(columns),
    )
    return _select(pruned, columns, wanted)


def _correlate(node: Correlate, wanted: Columns) -> LogicalNode:
    width = len(node.input.schema)
    below = _columns(node.input.schema, {*(c for c in wanted if c < width), *references(node.arguments)})
    kept = tuple(c for c in wanted if c >= width)
    place, columns = _places(below), (*below, *kept)
    pruned = dataclasses.replace(
        node,
        input=_prune(node.input, below),
        arguments=tuple(remap(argument, place) for argument in node.arguments),
        outputs=tuple(node.outputs[column - width] for column in kept),
        schema=node.schema.select(columns),
    )
    return _select(pruned, columns, wanted)


def _temporal_join(node: TemporalJoin, wanted: Columns) -> LogicalNode:
    width = len(node.left.schema)
    used = {*wanted, *(references([node.condition]) if node.condition is not None else ())}
    left = _columns(node.left.schema, {*(c for c in used if c < width), *node.left_keys, node.left_time})
    right = _columns(node.right.schema, {*(c - width for c in used if c >= width), *node.right_keys, node.right_time})
    columns = (*left, *(c + width for c in right))
    left_place, right_place = _places(left), _places(right)
    pruned = dataclasses.replace(
        node,
        left=_prune(node.left, left),
        right=_prune(node.right, right),
        condition=None if node.condition is None else remap(node.condition, _places(columns)),
        schema=node.schema.select(columns),
        left_time=left_place[node.left_time],
        right_time=right_place[node.right_time],
        left_keys=tuple(left_place[key] for key in node.left_keys),
        right_keys=tuple(right_place[key] for key in node.right_keys),
    )
    return _select(pruned, columns, wanted)


def _union(node: Union, wanted: Columns) -> LogicalNode:
    return Union(tuple(_prune(branch, wanted) for branch in node.inputs), node.schema.select(wanted))


def _replicate_rows(node: ReplicateRows, wanted: Columns) -> LogicalNode:
    return ReplicateRows(_prune(node.input, (*wanted, len(node.schema))), node.schema.select(wanted))


def _sort(node: Sort, wanted: Columns) -> LogicalNode:
    below = _columns(node.schema, {*wanted, *(key.column for key in node.keys)})
    place = _places(below)
    keys = tuple(SortKey(place[key.column], key.descending, key.nulls_last) for key in node.keys)
    return _select(dataclasses.replace(node, input=_prune(node.input, below), keys=keys), below, wanted)


def _match(node: MatchRecognize, wanted: Columns) -> LogicalNode:
    first = len(node.partition)
    kept = [i for i in range(len(node.measures)) if first + i in wanted]
    measures = tuple(node.measures[i] for i in kept)
    used = {*node.partition, node.time_column, *(key.column for key in node.order)}
    used |= {column for e in (*node.define, *measures) if e is not None for column in e.columns}
    below = _columns(node.input.schema, used)
    place = _places(below)
    columns = (*range(first), *(first + i for i in kept))
    pruned = dataclasses.replace(
        node,
        input=_prune(node.input, below),
        partition=tuple(place[key] for key in node.partition),
        time_column=place[node.time_column],
        order=tuple(type(key)(place[key.column], key.descending, key.nulls_last) for key in node.order),
        define=tuple(None if e is None else e.remapped(place) for e in node.define),
        measures=tuple(e.remapped(place) for e in measures),
        schema=node.schema.select(columns),
    )
    return _select(pruned, columns, wanted)


def _limit(node: Limit, wanted: Columns) -> LogicalNode:
    return Limit(_prune(node.input, wanted), node.offset, node.fetch)


_PRUNERS: dict[type, Callable[[Any, Columns], LogicalNode]] = {
    Scan: _scan,
    Values: _values,
    Project: _project,
    Expand: _expand,
    Filter: _filter,
    Watermark: _watermark,
    Normalize: _normalize,
    ToChangelog: _to_changelog,
    FromChangelog: _from_changelog,
    Aggregate: _aggregate,
    WindowAggregate: _window_aggregate,
    WindowFunction: _window_function,
    Over: _over,
    Rank: _rank,
    Join: _join,
    TemporalJoin: _temporal_join,
    Correlate: _correlate,
    LookupJoin: _lookup_join,
    Union: _union,
    ReplicateRows: _replicate_rows,
    Sort: _sort,
    Limit: _limit,
    MatchRecognize: _match,
}
