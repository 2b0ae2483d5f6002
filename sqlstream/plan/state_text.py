"""What each operator remembers, in words: what, keyed by what, and when it is dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlstream.plan import physical as p
from sqlstream.plan.expression_text import aggregate_text
from sqlstream.plan.join_state_text import JOIN_STATES
from sqlstream.plan.operator_text import WindowAggregation, operator_text
from sqlstream.plan.over_state_text import OVER_STATES
from sqlstream.plan.physical_tree import PhysicalNode
from sqlstream.plan.rank_state_text import RANK_STATES
from sqlstream.plan.state_description import StateDescription, keyed_by
from sqlstream.plan.temporal_join_text import TEMPORAL_JOIN_STATES
from sqlstream.plan.window_text import duration_text

_MULTISETS = frozenset({"PERCENTILE", "LISTAGG", "COLLECT", "ARRAY_AGG"})
"""Aggregates that must keep every value of a group."""


def state_text(roots: Sequence[PhysicalNode]) -> str:
    """A paragraph for each stateful operator; says so when there is none."""
    paragraphs = list(dict.fromkeys(text for root in roots for text in _paragraphs(root)))
    return "\n".join(paragraphs) or "No operator keeps state beyond the position in its source."


def _paragraphs(node: PhysicalNode) -> Iterator[str]:
    for exchange in node.exchanges:
        yield from _paragraphs(exchange.source)
    describe = _DESCRIPTIONS.get(type(node.operator))
    if describe is None:
        return
    state = describe(node)
    ttl = getattr(node.operator, "state_ttl", 0)
    lines = [
        _heading(operator_text(node.operator, node.input_schemas)),
        f"   keeps    {state.keeps}",
        f"   dropped  {_dropped(state, ttl)}",
    ]
    if state.unbounded and not ttl and not node.bounded:
        lines.append("   WARNING  the input is unbounded, so this state grows without bound")
    yield "\n".join(lines)


def _dropped(state: StateDescription, ttl: int) -> str:
    if not ttl:
        return state.dropped
    expiry = f"{duration_text(ttl)} (processing time) after it was last written"
    return expiry if state.dropped == "never" else f"{state.dropped}, and {expiry}"


def _heading(text: str) -> str:
    """Without the select list, which the description repeats."""
    head = text.partition("select=[")[0].rstrip(", (") if "select=[" in text else text[:-1]
    return f"{head})" if "(" in head else head


def _calls(operator: Any, names: Sequence[str], retracting: bool) -> str:
    calls = [aggregate_text(call, names) for call in operator.aggregates]
    if not calls:
        return "that it was seen"
    every = [
        text
        for call, text in zip(operator.aggregates, calls, strict=True)
        if call.distinct or call.function in _MULTISETS or (retracting and call.function in ("MIN", "MAX"))
    ]
    return ", ".join(calls) + (f"; every value with its count for {', '.join(every)}" if every else "")


def _group_aggregate(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.GroupAggregate)
    names = node.input_schemas[0].names
    calls = _calls(operator, operator.input.names, operator.retracting)
    keeps = f"for each group {calls}; {keyed_by(operator.keys, names)}"
    dropped = "when the last row of its group is retracted" if operator.retracting else "never"
    return StateDescription(keeps, dropped, bool(operator.keys) or "every value" in keeps)


def _hash_aggregate(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.HashAggregate)
    names = node.input_schemas[0].names
    keeps = f"for each group {_calls(operator, operator.input.names, False)}; {keyed_by(operator.keys, names)}"
    return StateDescription(keeps, "when the input has ended and the result is out", False)


def _window_aggregate(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, WindowAggregation)
    names = node.input_schemas[0].names
    calls = _calls(operator, operator.input.names, operator.retracting)
    keeps = f"for each group and open window {calls}; {keyed_by(operator.keys, names)}"
    if isinstance(operator, p.UpdatingWindowAggregate):
        keeps += "; and what of it was emitted last"
    return StateDescription(keeps, _until_window_ends(operator), False)


def _session_function(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.SessionWindowTableFunction)
    names = node.input_schemas[0].names
    keeps = f"the rows of each open session ({', '.join(names)}); {keyed_by(operator.keys, names)}"
    return StateDescription(keeps, _until_window_ends(operator), False)


def _until_window_ends(operator: WindowAggregation | p.SessionWindowTableFunction) -> str:
    clock, unit = ("processing time", "") if operator.proctime else ("the watermark", " of event time")
    length = duration_text(operator.window.size)
    if operator.window.kind is p.WindowKind.SESSION:
        return f"when {clock} passes the session's end, {length}{unit} after its last row"
    if isinstance(operator, p.UpdatingWindowAggregate) and operator.emit.lateness:
        return f"{duration_text(operator.emit.lateness)}{unit} after {clock} has passed the window's end"
    return f"when {clock} passes the window's end, at most {length}{unit} after its start"


def _sort(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.Sort)
    rows = "all rows" if operator.fetch is None else f"the first {operator.offset + operator.fetch} rows"
    return StateDescription(f"{rows} of its input", "when the input has ended and the result is out", False)


def _match(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.MatchRecognize)
    names = node.input_schemas[0].names
    keeps = f"rows that may still become part of a match; {keyed_by(operator.partition, names)}"
    if operator.within is None:
        return StateDescription(keeps, "when no partial match has the row any more", True)
    return StateDescription(keeps, f"at the latest {duration_text(operator.within)} of event time later", False)


def _limit(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.Limit)
    if operator.retracting:
        return StateDescription("every row of its input", "when the row is retracted", True)
    return StateDescription("the number of rows seen", "never", False)


def _normalize(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.ChangelogNormalize)
    keeps = f"the last row; {keyed_by(operator.keys, operator.schema.names)}"
    return StateDescription(keeps, "when the row is deleted", True)


def _materializer(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.SinkMaterializer)
    keeps = f"every row of its input; {keyed_by(operator.primary_key, operator.schema.names)}"
    return StateDescription(keeps, "when the row is retracted", True)


_DESCRIPTIONS: dict[type, Callable[[PhysicalNode], StateDescription]] = {
    p.ChangelogNormalize: _normalize,
    p.SinkMaterializer: _materializer,
    p.GroupAggregate: _group_aggregate,
    p.HashAggregate: _hash_aggregate,
    p.WindowAggregate: _window_aggregate,
    p.SessionWindowAggregate: _window_aggregate,
    p.AttachedWindowAggregate: _window_aggregate,
    p.UpdatingWindowAggregate: _window_aggregate,
    p.SessionWindowTableFunction: _session_function,
    p.Sort: _sort,
    p.Limit: _limit,
    p.MatchRecognize: _match,
    **JOIN_STATES,
    **OVER_STATES,
    **TEMPORAL_JOIN_STATES,
    **RANK_STATES,
}
