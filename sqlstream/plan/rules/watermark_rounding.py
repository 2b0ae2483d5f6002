"""Watermarks that only windows of fixed lengths look at rise from one end of a window to the next.

Between two ends nothing is emitted and no row becomes late, so a watermark in between tells nothing; and each that is
told between rows cuts their batch in two.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import cast

from sqlstream.plan import logical as l
from sqlstream.plan.physical import WindowKind
from sqlstream.types.logical import TimestampType
from sqlstream.types.schema import TimeAttribute

Ends = frozenset[tuple[int, int]]
"""(step, offset) in ms: window ends are whole steps after the offset."""


def round_watermarks(roots: Sequence[l.Sink | l.Collect]) -> list[l.Sink | l.Collect]:
    """``roots`` of one job with the step of their watermarks, if nothing but windows of fixed lengths looks at any of
    them. They are all given the same, so that what is computed once for several of them still is."""
    found = [ends for root in roots for ends in _all_ends(root, frozenset())]
    known = [ends for ends in found if ends]
    if not known or len(known) < len(found):
        return list(roots)
    step, offset = _common(frozenset().union(*known))

    def rule(node: l.LogicalNode) -> l.LogicalNode:
        return dataclasses.replace(node, step=step, offset=offset) if isinstance(node, l.Watermark) else node

    return [cast("l.Sink | l.Collect", l.rewrite_bottom_up(root, rule)) for root in roots]


def _all_ends(node: l.LogicalNode, ends: Ends | None) -> Iterator[Ends | None]:
    """Where the watermarks below ``node`` matter, which itself lies below what looks at ``ends``; None: at any time."""
    if isinstance(node, l.Watermark):
        yield ends
    below = _looked_at(node, ends)
    for child in l.children(node):
        yield from _all_ends(child, below)


def _looked_at(node: l.LogicalNode, ends: Ends | None) -> Ends | None:
    match node:
        case l.WindowAggregate():
            own = _window_ends(node)
            return None if own is None or ends is None else ends | {own}
        case l.Calc() | l.Union() | l.Aggregate() | l.Sink() | l.Collect():
            return ends
        case _:
            return None


def _window_ends(node: l.WindowAggregate) -> tuple[int, int] | None:
    window = node.window
    fixed = isinstance(node.time.type, TimestampType) and node.time.time is TimeAttribute.ROWTIME
    if not fixed or node.emit is not None or window.kind is WindowKind.SESSION:
        return None
    return (math.gcd(window.size, window.slide), window.offset)


def _common(ends: Ends) -> tuple[int, int]:
    """The step and offset that all ``ends`` fall on."""
    first = min(ends)[1]
    step = math.gcd(*(number for length, offset in ends for number in (length, offset - first)))
    return step, first % step
