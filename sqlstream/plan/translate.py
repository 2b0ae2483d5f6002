"""From the optimised logical plan to physical operators, with their parallelism and distribution."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import singledispatchmethod

import msgspec

from sqlstream.columnar.batch import RowKind
from sqlstream.config.configuration import Configuration
from sqlstream.config.options import STATE_TTL, AggregatePhases
from sqlstream.errors import PlanError
from sqlstream.plan import logical as l
from sqlstream.plan import physical as p
from sqlstream.plan.aggregate_state import partial_schema
from sqlstream.plan.append_only_input import check_append_only
from sqlstream.plan.changelog import INSERT_ONLY, Kinds, emitted_kinds, upsert_keys, wants_update_before
from sqlstream.plan.expression_tree import column_refs
from sqlstream.plan.jobgraph import Broadcast, Forward, Hash, Partitioning, Rebalance, Singleton
from sqlstream.plan.join_inputs import unique_columns
from sqlstream.plan.join_strategy import bounded_join
from sqlstream.plan.over_mode import follows_time
from sqlstream.plan.physical_tree import Exchange, PhysicalNode
from sqlstream.plan.rank_strategy import replaces_rows
from sqlstream.plan.sink_changelog import check_insertions
from sqlstream.plan.sink_options import constraint_enforcer, primary_key, shuffles
from sqlstream.plan.streaming_sort import check_streaming_sort
from sqlstream.plan.translate_rank import rank_keys, rank_operator, sort_limit
from sqlstream.plan.window_operators import local_window_aggregate, window_aggregate, window_function
from sqlstream.spi.connector import ChangelogMode
from sqlstream.types.schema import Schema, TimeAttribute

Streams = tuple[PhysicalNode, ...]
"""What carries a logical node's rows: one physical node, or several for a UNION ALL."""


@dataclass(frozen=True)
class Translation:
    """How a plan is to run. ``per_record``: aggregates send an update for every row, not for every batch. ``phases``:
    whether rows are aggregated before they travel."""

    parallelism: int
    batch: bool
    per_record: bool
    configuration: Configuration
    phases: AggregatePhases = AggregatePhases.AUTO

    @property
    def state_ttl(self) -> int:
        """How long state lives without being written, in ms; 0 is for ever."""
        return self.configuration.option(STATE_TTL)

    def translate(self, root: l.Sink | l.Collect) -> PhysicalNode:
        """The physical tree that ends in ``root``. PlanError where a plan cannot be run in this mode."""
        (node,) = self._streams(root, wanted=True)
        return node

    def _streams(self, node: l.LogicalNode, *, wanted: bool) -> Streams:
        if isinstance(node, l.Union):
            streams = (stream for branch in node.inputs for stream in self._streams(branch, wanted=wanted))
            return tuple(_under_names(stream, node.schema) for stream in streams)
        before = wants_update_before(node, wanted) and not replaces_rows(node)
        return (self._translate(node, [self._streams(child, wanted=before) for child in l.children(node)], wanted),)

    def _kinds(self, node: l.LogicalNode) -> Kinds:
        return INSERT_ONLY if self.batch else emitted_kinds(node)

    def _in_place(self, node: l.LogicalNode, operator: p.PhysicalOperator, input: Streams) -> PhysicalNode:
        """An operator that works on rows wherever they are, and emits the kinds it is given."""
        parallelism = _meeting_parallelism(input)
        exchanges = tuple(Exchange(stream, _meeting(stream, parallelism)) for stream in input)
        kinds = INSERT_ONLY.union(*(stream.kinds for stream in input))
        return PhysicalNode(operator, (exchanges,), parallelism, kinds, upsert_keys(node), _ends(input))

    def _single(self, node: l.LogicalNode, operator: p.PhysicalOperator, input: Streams) -> PhysicalNode:
        """An operator that must see all rows in one place."""
        return PhysicalNode(operator, (_distribute(input, ()),), 1, self._kinds(node), upsert_keys(node), _ends(input))

    def _keyed(
        self, node: l.LogicalNode, operator: p.PhysicalOperator, *inputs: tuple[Streams, tuple[int, ...]]
    ) -> PhysicalNode:
        """An operator that must see equal keys in one place; without keys, everything."""
        parallelism = self.parallelism if inputs[0][1] else 1
        exchanges = tuple(_distribute(streams, keys) for streams, keys in inputs)
        ends = all(_ends(streams) for streams, _ in inputs)
        return PhysicalNode(operator, exchanges, parallelism, self._kinds(node), upsert_keys(node), ends)

    @singledispatchmethod
    def _translate(self, node: l.LogicalNode, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        raise TypeError(f"no physical operator for {type(node).__name__}")

    @_translate.register
    def _scan(self, node: l.Scan, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        self._check_source(node)
        operator = p.TableSourceScan(node.table, node.projection, node.schema, node.limit)
        scan = PhysicalNode(operator, (), self.parallelism, self._kinds(node), upsert_keys(node), _is_bounded(node))
        if wanted or RowKind.UPDATE_BEFORE not in scan.kinds:
            return scan
        return _asked_for(self._in_place(node, p.DropUpdateBefore(node.schema), (scan,)), wanted=False)

    @_translate.register
    def _normalize(self, node: l.Normalize, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        operator = p.ChangelogNormalize(node.keys, wanted, node.schema, self.state_ttl)
        normalized = self._keyed(node, operator, (inputs[0], node.keys))
        return _asked_for(normalized, wanted)

    def _check_source(self, node: l.Scan) -> None:
        name = node.table.name
        if self.batch and not node.bounded:
            raise PlanError(
                f"Querying an unbounded table '{name}' in batch mode is not allowed. The table source is unbounded.",
                hint="SET 'execution.runtime-mode' = 'streaming', or read a bounded table.",
            )
        if self.batch and node.changelog_mode is not ChangelogMode.INSERT_ONLY:
            raise PlanError(
                "Querying a table in batch mode is currently only possible for INSERT-only table sources. But the "
                f"source for table '{name}' produces other changelog messages than just INSERT.",
                hint="SET 'execution.runtime-mode' = 'streaming'.",
            )

    @_translate.register
    def _to_changelog(self, node: l.ToChangelog, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        return _inserting(self._in_place(node, p.ToChangelog(node.codes, node.schema), inputs[0]))

    @_translate.register
    def _from_changelog(self, node: l.FromChangelog, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        if self.batch:
            raise PlanError(
                "FROM_CHANGELOG is for streaming queries: a batch query reads no changes.",
                hint="SET 'execution.runtime-mode' = 'streaming'.",
            )
        for stream in inputs[0]:
            check_insertions(stream, "FROM_CHANGELOG")
        translated = self._in_place(node, p.FromChangelog(node.op, node.kinds, node.schema), inputs[0])
        return dataclasses.replace(translated, kinds=emitted_kinds(node))

    @_translate.register
    def _values(self, node: l.Values, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        return PhysicalNode(p.Values(node.rows, node.schema), (), 1, INSERT_ONLY, upsert_keys(node))

    @_translate.register
    def _calc(self, node: l.Calc, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        return self._in_place(node, p.Calc(node.expressions, node.condition, node.schema), inputs[0])

    @_translate.register
    def _expand(self, node: l.Expand, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        return self._in_place(node, p.Expand(node.projections, node.schema), inputs[0])

    @_translate.register
    def _watermark(self, node: l.Watermark, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        assigner = p.WatermarkAssigner(node.rowtime, node.expression, node.schema, node.step, node.offset)
        return self._in_place(node, assigner, inputs[0])

    @_translate.register
    def _window_function(self, node: l.WindowFunction, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        function = window_function(node)
        if isinstance(function, p.SessionWindowTableFunction):
            return self._keyed(node, function, (inputs[0], node.keys))
        return self._in_place(node, function, inputs[0])

    @_translate.register
    def _aggregate(self, node: l.Aggregate, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        operator: p.PhysicalOperator
        input, keys = self._locally_aggregated(node, inputs[0]), node.keys
        merging = input is not inputs[0]
        if merging:
            keys = tuple(range(len(keys)))
        if self.batch:
            operator = p.HashAggregate(keys, node.aggregates, node.schema, node.input.schema, merging)
        else:
            operator = p.GroupAggregate(
                keys, node.aggregates, retracting=_retracts(input), update_before=wanted,
                per_record=self.per_record, schema=node.schema, input=node.input.schema, merging=merging,
                state_ttl=self.state_ttl,
            )  # fmt: skip
        translated = self._keyed(node, operator, (input, keys))
        return _asked_for(translated, wanted)

    def _locally_aggregated(self, node: l.Aggregate, input: Streams) -> Streams:
        """``input``, its rows aggregated where they are if that is wanted and can be; else itself.

        The values that DISTINCT calls have seen are hardly fewer than the rows: to send them on would save nothing.
        """
        travels = any(stream.parallelism > 1 for stream in input) or (bool(node.keys) and self.parallelism > 1)
        distinct = any(call.distinct for call in node.aggregates)
        worthwhile = travels and (self.batch or not self.per_record) and not distinct
        if self.phases is AggregatePhases.ONE_PHASE or (self.phases is AggregatePhases.AUTO and not worthwhile):
            return input
        schema = None if _retracts(input) else partial_schema(node.keys, node.aggregates, node.input.schema)
        if schema is None or (self.per_record and not self.batch):
            return input
        local = p.LocalAggregate(node.keys, node.aggregates, self.batch, schema, node.input.schema)
        return (dataclasses.replace(self._in_place(node, local, input), upsert_keys=frozenset()),)

    @_translate.register
    def _window_aggregate(self, node: l.WindowAggregate, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        input, retracting = inputs[0], _retracts(inputs[0])
        local = None if retracting or not self._in_two_phases(node.keys, input) else local_window_aggregate(node)
        merging = local is not None
        if local is not None:
            input = (dataclasses.replace(self._in_place(node, local, input), upsert_keys=frozenset()),)
        operator = window_aggregate(node, retracting=retracting, wanted=wanted, batch=self.batch, merging=merging)
        translated = self._keyed(node, operator, (input, tuple(range(len(node.keys))) if merging else node.keys))
        return _asked_for(translated, wanted)

    def _in_two_phases(self, keys: tuple[int, ...], input: Streams) -> bool:
        """Whether rows are to be aggregated before they travel."""
        if self.phases is AggregatePhases.AUTO:
            return any(stream.parallelism > 1 for stream in input) or (bool(keys) and self.parallelism > 1)
        return self.phases is AggregatePhases.TWO_PHASE

    @_translate.register
    def _over(self, node: l.Over, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        window = p.OverWindow(node.frame, node.calls)
        if self.batch:
            return self._batch_over(node, window, inputs[0])
        operator: p.PhysicalOperator
        if follows_time(node) and not _retracts(inputs[0]):
            time = node.order[0].column
            proctime = node.input.schema[time].time is TimeAttribute.PROCTIME
            operator = p.OverAggregate(node.partition, time, proctime, window, node.schema, node.input.schema)
        else:
            operator = p.ChangingOverAggregate(
                node.partition, node.order, window, update_before=wanted, schema=node.schema, input=node.input.schema
            )
        return _asked_for(self._keyed(node, operator, (inputs[0], node.partition)), wanted)

    def _batch_over(self, node: l.Over, window: p.OverWindow, input: Streams) -> PhysicalNode:
        """Windows of the same partitions and order are one operator, which sorts once."""
        below = input[0].operator
        if isinstance(below, p.BatchOverAggregate) and (below.partition, below.order) == (node.partition, node.order):
            operator = msgspec.structs.replace(below, windows=(*below.windows, window), schema=node.schema)
            return dataclasses.replace(input[0], operator=operator)
        operator = p.BatchOverAggregate(node.partition, node.order, (window,), node.schema, node.input.schema)
        return self._keyed(node, operator, (input, node.partition))

    @_translate.register
    def _join(self, node: l.Join, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        left, right = inputs
        operator: p.PhysicalOperator
        if self.batch:
            return self._bounded_join(node, left, right)
        if node.interval is not None:
            check_append_only(
                "IntervalJoin", (*left, *right), "Join before aggregating, or without bounds on the time."
            )
            operator = p.IntervalJoin(
                node.left_keys, node.right_keys, node.condition, node.interval, node.left.schema, node.right.schema,
                node.schema, node.kind, node.null_safe,
            )  # fmt: skip
            return self._keyed(node, operator, (left, node.left_keys), (right, node.right_keys))
        if node.window is not None:
            check_append_only("WindowJoin", (*left, *right), "Aggregate in windows before the join.")
            operator = p.WindowJoin(
                node.left_keys, node.right_keys, node.condition, node.window, node.left.schema, node.right.schema,
                node.schema, node.kind, node.null_safe,
            )  # fmt: skip
            return self._keyed(node, operator, (left, node.left_keys), (right, node.right_keys))
        operator = p.Join(
            node.left_keys, node.right_keys, node.condition, node.left.schema, node.right.schema, node.schema,
            node.kind, node.null_safe,
            unique_columns(node.left, node.left_keys), unique_columns(node.right, node.right_keys),
            self.state_ttl,
        )  # fmt: skip
        return self._keyed(node, operator, (left, node.left_keys), (right, node.right_keys))

    @_translate.register
    def _replicate_rows(self, node: l.ReplicateRows, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        translated = self._in_place(node, p.ReplicateRows(node.schema), inputs[0])
        return dataclasses.replace(translated, kinds=self._kinds(node))

    @_translate.register
    def _lookup_join(self, node: l.LookupJoin, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        asynchronous = node.asynchronous
        if asynchronous is not None and _retracts(inputs[0]):
            asynchronous = msgspec.structs.replace(asynchronous, ordered=True)
        operator = p.LookupJoin(
            node.table, node.fetched, node.keys, node.projection, node.filter, node.condition, node.kind,
            node.input.schema, node.schema, asynchronous, node.retry,
        )  # fmt: skip
        return self._in_place(node, operator, inputs[0])

    @_translate.register
    def _correlate(self, node: l.Correlate, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        operator = p.Correlate(node.function, node.arguments, node.outputs, node.kind, node.schema)
        return self._in_place(node, operator, inputs[0])

    @_translate.register
    def _temporal_join(self, node: l.TemporalJoin, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        left, right = inputs
        operator = p.TemporalJoin(
            node.left_keys, node.right_keys, node.left_time, node.right_time, node.condition, node.kind,
            node.left.schema, node.right.schema, node.schema, node.null_safe,
        )  # fmt: skip
        return self._keyed(node, operator, (left, node.left_keys), (right, node.right_keys))

    @_translate.register
    def _rank(self, node: l.Rank, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        operator = rank_operator(node, batch=self.batch, retracting=_retracts(inputs[0]), update_before=wanted)
        return _asked_for(self._keyed(node, operator, (inputs[0], rank_keys(node))), wanted)

    def _bounded_join(self, node: l.Join, left: Streams, right: Streams) -> PhysicalNode:
        operator = bounded_join(node, self.configuration)
        if isinstance(operator, p.SortMergeJoin) or not operator.broadcast:
            keys = ((), ()) if isinstance(operator, p.NestedLoopJoin) else (node.left_keys, node.right_keys)
            return self._keyed(node, operator, (left, keys[0]), (right, keys[1]))
        built, probed = (left, right) if operator.build_left else (right, left)
        parallelism = _meeting_parallelism(probed)
        held = tuple(Exchange(stream, Broadcast()) for stream in built)
        passing = tuple(Exchange(stream, _meeting(stream, parallelism)) for stream in probed)
        inputs = (held, passing) if operator.build_left else (passing, held)
        return PhysicalNode(operator, inputs, parallelism, INSERT_ONLY, upsert_keys(node))

    @_translate.register
    def _sort(self, node: l.Sort, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        if self.batch:
            streams = (
                inputs[0] if node.fetch is None else self._sorted_locally(node, node.offset + node.fetch, inputs[0])
            )
            return self._single(node, p.Sort(node.keys, node.schema, node.offset, node.fetch), streams)
        if node.fetch is not None:
            return _asked_for(self._single(node, sort_limit(node, update_before=wanted), inputs[0]), wanted)
        check_streaming_sort(node, _retracts(inputs[0]))
        time, *keys = node.keys
        proctime = node.schema[time.column].time is TimeAttribute.PROCTIME
        return self._single(node, p.TemporalSort(time.column, proctime, tuple(keys), node.schema), inputs[0])

    def _sorted_locally(self, node: l.Sort, rows: int, streams: Streams) -> Streams:
        """Where there are several subtasks, each sends only its first ``rows``."""
        local = p.Sort(node.keys, node.schema, 0, rows, local=True)
        return tuple(
            stream
            if stream.parallelism == 1
            else dataclasses.replace(stream, operator=local, inputs=((Exchange(stream, Forward()),),))
            for stream in streams
        )

    @_translate.register
    def _match(self, node: l.MatchRecognize, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        if _retracts(inputs[0]):
            raise PlanError(
                "Match Recognize doesn't support consuming update and delete changes.", position=node.position,
                hint="Match rows that are only inserted: a table's, or those of a window aggregation.",
            )  # fmt: skip
        is_rowtime = node.input.schema[node.time_column].time is TimeAttribute.ROWTIME
        operator = p.MatchRecognize(
            node.partition, node.time_column, is_rowtime, node.order, node.pattern, node.define, node.measures,
            node.skip, node.within, node.schema, node.input.schema,
        )  # fmt: skip
        return self._keyed(node, operator, (inputs[0], node.partition))

    @_translate.register
    def _limit(self, node: l.Limit, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        operator = p.Limit(node.offset, node.fetch, _retracts(inputs[0]), node.schema)
        return self._single(node, operator, inputs[0])

    @_translate.register
    def _sink(self, node: l.Sink, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        streams = inputs[0]
        enforcer = constraint_enforcer(node, self.configuration)
        if enforcer is not None:
            streams = (self._in_place(node, enforcer, streams),)
        key = primary_key(node.table)
        sink = p.TableSink(node.table, node.table.schema, node.overwrite, node.partition, node.materialized)
        if node.materialized:
            materializer = p.SinkMaterializer(key, streams[0].schema, self.state_ttl)
            streams = (_asked_for(self._keyed(node, materializer, (streams, key)), wanted=False),)
        elif shuffles(node, _meeting_parallelism(streams), self.configuration):
            return self._keyed(node, sink, (streams, key))
        return self._in_place(node, sink, streams)

    @_translate.register
    def _collect(self, node: l.Collect, inputs: list[Streams], wanted: bool) -> PhysicalNode:
        return self._single(node, p.CollectSink(node.schema), inputs[0])


def _asked_for(translated: PhysicalNode, wanted: bool) -> PhysicalNode:
    """Without -U rows where nobody wants them."""
    if wanted:
        return translated
    return dataclasses.replace(translated, kinds=translated.kinds - {RowKind.UPDATE_BEFORE})


def _inserting(node: PhysicalNode) -> PhysicalNode:
    return dataclasses.replace(node, kinds=INSERT_ONLY)


def _is_bounded(scan: l.Scan) -> bool:
    return scan.bounded or scan.limit is not None


def _ends(streams: Streams) -> bool:
    return all(stream.bounded for stream in streams)


def _retracts(streams: Streams) -> bool:
    return any(stream.kinds != INSERT_ONLY for stream in streams)


def _distribute(streams: Streams, keys: tuple[int, ...]) -> tuple[Exchange, ...]:
    if keys:
        return tuple(Exchange(stream, Hash(keys)) for stream in streams)
    return tuple(Exchange(stream, _meeting(stream, 1)) for stream in streams)


def _meeting_parallelism(streams: Streams) -> int:
    """Where streams meet that need no keys: at the widest, unless that would tear apart the updates of a row."""
    widths = {stream.parallelism for stream in streams}
    if len(widths) > 1 and _retracts(streams):
        return 1
    return max(widths)


def _under_names(stream: PhysicalNode, schema: Schema) -> PhysicalNode:
    """``stream`` with the column names of ``schema``: streams that meet in one input must agree on them."""
    if stream.schema.names == schema.names:
        return stream
    renamed = p.Calc(column_refs(stream.schema), None, schema)
    return dataclasses.replace(stream, operator=renamed, inputs=((Exchange(stream, Forward()),),))


def _meeting(stream: PhysicalNode, parallelism: int) -> Partitioning:
    if stream.parallelism == parallelism:
        return Forward()
    return Singleton() if parallelism == 1 else Rebalance()
