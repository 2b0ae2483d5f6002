"""Whether a sink can take what a plan sends it."""

from __future__ import annotations

from sqlstream.columnar.batch import RowKind
from sqlstream.errors import PlanError
from sqlstream.plan import physical as p
from sqlstream.plan.changelog import INSERT_ONLY
from sqlstream.plan.logical import Sink
from sqlstream.plan.operator_text import operator_text
from sqlstream.plan.physical_tree import PhysicalNode
from sqlstream.spi.connector import ChangelogMode

_PASSING_ON = (p.Calc, p.WatermarkAssigner, p.WindowTableFunction, p.TableSink)


def check_sink(sink: Sink, node: PhysicalNode) -> None:
    """PlanError where ``node``, the physical ``sink``, is sent changes that it does not take or cannot tell apart."""
    if node.kinds == INSERT_ONLY:
        return
    if sink.changelog_mode is ChangelogMode.INSERT_ONLY:
        raise PlanError(
            f"Table sink '{sink.table.name}' doesn't support consuming {changes_text(producer(node))}.",
            hint="Aggregate in windows (GROUP BY window_start, window_end), write to a sink that takes updates, "
            "or SET 'execution.runtime-mode' = 'batch'.",
        )
    if sink.changelog_mode is ChangelogMode.UPSERT:
        _check_upsert(sink, node)


def _check_upsert(sink: Sink, node: PhysicalNode) -> None:
    key = [sink.table.schema.index_of(name) for name in sink.table.primary_key]
    columns = frozenset(index for index in key if index is not None)
    if not columns:
        raise PlanError(
            f"Table sink '{sink.table.name}' takes updates by primary key, but declares none.",
            hint="Add PRIMARY KEY (...) NOT ENFORCED to its definition.",
        )
    if not any(known <= columns for known in node.upsert_keys):
        raise PlanError(
            f"The primary key ({', '.join(sink.table.primary_key)}) of table sink '{sink.table.name}' is not a key "
            "of the query, whose updates could then reach it in the wrong order.",
            hint="GROUP BY the primary key, or declare the columns that the query is grouped by as the key.",
        )


def changes_text(producer: PhysicalNode) -> str:
    """``update and delete changes which is produced by node ...``."""
    kinds = (("update", RowKind.UPDATE_AFTER), ("delete", RowKind.DELETE))
    changes = [name for name, kind in kinds if kind in producer.kinds]
    node = operator_text(producer.operator, producer.input_schemas)
    return f"{' and '.join(changes)} changes which is produced by node {node}"


def producer(node: PhysicalNode) -> PhysicalNode:
    """The node where the changes come from: the first one below that does more than pass them on."""
    while isinstance(node.operator, _PASSING_ON):
        node = next(e.source for e in node.exchanges if e.source.kinds != INSERT_ONLY)
    return node
