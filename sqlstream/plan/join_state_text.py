"""What each kind of join remembers, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sqlstream.plan import physical as p
from sqlstream.plan.join_row import joined_row
from sqlstream.plan.physical_tree import PhysicalNode
from sqlstream.plan.state_description import StateDescription, keyed_by
from sqlstream.plan.window_text import duration_text


def _join(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.Join)
    unique = (operator.left_unique, operator.right_unique)
    shown = [
        f"{text}{'' if columns is None else ', one for each ' + ', '.join(names[c] for c in columns)}"
        for (text, names), columns in zip(_sides(operator), unique, strict=True)
    ]
    keeps = f"every row of both inputs: {'; '.join(shown)}"
    if operator.condition is not None and operator.kind is not p.JoinKind.INNER:
        keeps += "; and how many partners each row has"
    return StateDescription(keeps, "when the row itself is retracted, otherwise never", True)


def _bounded_join(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    if isinstance(operator, p.SortMergeJoin):
        return StateDescription("every row of both inputs", "when both have ended and the result is out", False)
    assert isinstance(operator, p.HashJoin | p.NestedLoopJoin)
    held = "left" if operator.build_left else "right"
    keeps = f"every row of the {held} input; rows of the other one until all of it is there"
    return StateDescription(keeps, "when both have ended and the result is out", False)


def _interval_join(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.IntervalJoin)
    interval = operator.interval
    clock = "the watermark" if interval.event_time else "processing time"
    left, right = (duration_text(max(wait, 0)) for wait in (-interval.lower, interval.upper))
    keeps = f"rows of both inputs: {'; '.join(text for text, _ in _sides(operator))}"
    dropped = f"when {clock} is {left} past a left row, {right} past a right row"
    return StateDescription(keeps, dropped, False)


def _window_join(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.WindowJoin)
    keeps = f"the rows of open windows of both inputs: {'; '.join(text for text, _ in _sides(operator))}"
    return StateDescription(keeps, "when the watermark passes the window's end", False)


def _sides(operator: p.Join | p.IntervalJoin | p.WindowJoin) -> Iterator[tuple[str, Sequence[str]]]:
    """``left (a, b) keyed by a``, and the names of the side's columns."""
    names, width = joined_row(operator.left, operator.right).names, len(operator.left)
    sides = (("left", names[:width], operator.left_keys), ("right", names[width:], operator.right_keys))
    for side, columns, keys in sides:
        yield f"{side} ({', '.join(columns)}) {keyed_by(keys, columns)}", columns


JOIN_STATES: dict[type, Callable[[PhysicalNode], StateDescription]] = {
    p.Join: _join,
    p.HashJoin: _bounded_join,
    p.SortMergeJoin: _bounded_join,
    p.NestedLoopJoin: _bounded_join,
    p.IntervalJoin: _interval_join,
    p.WindowJoin: _window_join,
}
