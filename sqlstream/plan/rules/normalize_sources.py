"""Puts a Normalize over every scan whose changes are not whole."""

from __future__ import annotations

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import CDC_EVENTS_DUPLICATE, RUNTIME_MODE, RuntimeMode
from sqlstream.errors import PlanError
from sqlstream.plan.logical import LogicalNode, Normalize, Scan, rewrite_bottom_up
from sqlstream.spi.connector import ChangelogMode

_UPSERTS = "produces a changelog stream that contains UPDATE_AFTER, no UPDATE_BEFORE"
_DUPLICATES = f"may produce changes twice ('{CDC_EVENTS_DUPLICATE.key}' = 'true')"


def normalize_sources(root: LogicalNode, configuration: Configuration) -> LogicalNode:
    """Upserts become whole changes, and changes that may come twice come once. PlanError without a primary key. In
    batch mode there is nothing to do: it reads no changes."""
    if configuration.option(RUNTIME_MODE) is RuntimeMode.BATCH:
        return root
    duplicates = configuration.option(CDC_EVENTS_DUPLICATE)

    def normalized(node: LogicalNode) -> LogicalNode:
        if not isinstance(node, Scan):
            return node
        if node.changelog_mode is ChangelogMode.UPSERT:
            return Normalize(
                node, _primary_key(node, "produces a changelog that contains UPDATE_AFTER, no UPDATE_BEFORE")
            )
        if duplicates and node.changelog_mode is ChangelogMode.ALL:
            return Normalize(
                node, _primary_key(node, f"may have changes twice ('{CDC_EVENTS_DUPLICATE.key}' = 'true')")
            )
        return node

    return rewrite_bottom_up(root, normalized)


def _primary_key(scan: Scan, why: str) -> tuple[int, ...]:
    table = scan.table
    positions = [scan.schema.index_of(name) for name in table.primary_key]
    if not positions:
        raise PlanError(
            f"The table '{table.name}' {why}. This requires to define a primary key constraint on the table.",
            hint="Add PRIMARY KEY (...) NOT ENFORCED to its definition.",
        )
    return tuple(position for position in positions if position is not None)
