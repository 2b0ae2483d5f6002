"""A LIMIT right over a scan lets the scan end early."""

from __future__ import annotations

import dataclasses

from sqlstream.plan.logical import Limit, LogicalNode, Project, Scan, Watermark, rewrite_bottom_up
from sqlstream.spi.connector import ChangelogMode


def push_down_limits(root: LogicalNode) -> LogicalNode:
    """Each subtask of the scan reads as many rows as the whole LIMIT needs; the Limit itself stays."""
    return rewrite_bottom_up(root, lambda node: _limited(node) if isinstance(node, Limit) else node)


def _limited(limit: Limit) -> LogicalNode:
    if limit.fetch is None:
        return limit
    return dataclasses.replace(limit, input=_with_limit(limit.input, limit.offset + limit.fetch))


def _with_limit(node: LogicalNode, rows: int) -> LogicalNode:
    """``node`` giving no more than ``rows`` a subtask, where every row read is a row of its output."""
    if isinstance(node, Project | Watermark):
        return dataclasses.replace(node, input=_with_limit(node.input, rows))
    if isinstance(node, Scan) and node.changelog_mode is ChangelogMode.INSERT_ONLY:
        return dataclasses.replace(node, limit=rows)
    return node
