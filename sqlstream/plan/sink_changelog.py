"""Whether a sink can take what a plan sends it."""

from __future__ import annotations

from sqlstream.columnar.batch import RowKind
from sqlstream.config.configuration import Configuration
from sqlstream.config.options import REQUIRE_ON_CONFLICT
from sqlstream.errors import PlanError
from sqlstream.plan import physical as p
from sqlstream.plan.changelog import INSERT_ONLY, emitted_kinds, upsert_keys
from sqlstream.plan.logical import Sink
from sqlstream.plan.operator_text import operator_text
from sqlstream.plan.physical_tree import PhysicalNode
from sqlstream.plan.sink_options import key_is_upsert_key
from sqlstream.spi.connector import ChangelogMode

_PASSING_ON = (p.Calc, p.WatermarkAssigner, p.WindowTableFunction, p.ConstraintEnforcer, p.TableSink)


def check_sink(sink: Sink, node: PhysicalNode) -> None:
    """PlanError where ``node``, the physical ``sink``, is sent changes that it does not take."""
    if node.kinds == INSERT_ONLY:
        return
    if sink.changelog_mode is ChangelogMode.INSERT_ONLY:
        raise PlanError(
            f"Table sink '{sink.table.name}' doesn't support consuming {changes_text(producer(node))}.",
            hint="Aggregate in windows (GROUP BY window_start, window_end), write to a sink that takes updates, "
            "or SET 'execution.runtime-mode' = 'batch'.",
        )


def check_key(sink: Sink, configuration: Configuration) -> None:
    """PlanError where ``sink`` upserts and lacks a primary key, or has another one than the query and the INSERT does
    not say what is to become of rows that meet."""
    if sink.changelog_mode is not ChangelogMode.UPSERT or emitted_kinds(sink.input) == INSERT_ONLY:
        return
    name = sink.table.name
    if not sink.table.primary_key:
        raise PlanError(
            f"Table sink '{name}' takes updates by primary key, but declares none.",
            hint="Add PRIMARY KEY (...) NOT ENFORCED to its definition.",
        )
    if configuration.option(REQUIRE_ON_CONFLICT) and not key_is_upsert_key(sink):
        keys = ", ".join(_names(sink, key) for key in sorted(upsert_keys(sink.input), key=sorted)) or "none"
        raise PlanError(
            f"The query has an upsert key that differs from the primary key of the sink table '{name}'. "
            f"Primary key: [{', '.join(sink.table.primary_key)}]. Upsert keys: {keys}.",
            hint=f"GROUP BY the primary key, or SET '{REQUIRE_ON_CONFLICT.key}' = 'false' to keep the latest row.",
        )


def check_insertions(stream: PhysicalNode, consumer: str) -> None:
    """PlanError where ``stream`` sends ``consumer``, an operator that takes insertions alone, other changes."""
    if stream.kinds != INSERT_ONLY:
        raise PlanError(
            f"{consumer} doesn't support consuming {changes_text(producer(stream))}.",
            hint="Read an append-only table, or the changes with TO_CHANGELOG.",
        )


def changes_text(producer: PhysicalNode) -> str:
    """``update and delete changes which is produced by node ...``."""
    kinds = (("update", RowKind.UPDATE_AFTER), ("delete", RowKind.DELETE))
    changes = [name for name, kind in kinds if kind in producer.kinds]
    node = operator_text(producer.operator, producer.input_schemas)
    return f"{' and '.join(changes)} changes which is produced by node {node}"


def _names(sink: Sink, key: frozenset[int]) -> str:
    return f"[{', '.join(sink.schema.names[column] for column in sorted(key))}]"


def producer(node: PhysicalNode) -> PhysicalNode:
    """The node where the changes come from: the first one below that does more than pass them on."""
    while isinstance(node.operator, _PASSING_ON):
        node = next(e.source for e in node.exchanges if e.source.kinds != INSERT_ONLY)
    return node
