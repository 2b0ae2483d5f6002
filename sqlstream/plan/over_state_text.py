"""What OVER windows and sorts by time remember."""

from __future__ import annotations

from collections.abc import Callable

from sqlstream.plan import physical as p
from sqlstream.plan.changelog import INSERT_ONLY
from sqlstream.plan.expression_text import aggregate_text
from sqlstream.plan.over_mode import rows_looked_back
from sqlstream.plan.physical_tree import PhysicalNode
from sqlstream.plan.state_description import StateDescription, keyed_by
from sqlstream.plan.window_text import duration_text


def _over_aggregate(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.OverAggregate)
    names, frame = node.input_schemas[0].names, operator.window.frame
    calls = ", ".join(aggregate_text(call, names) for call in operator.window.calls)
    keyed = keyed_by(operator.partition, names)
    waiting = "" if operator.proctime else "rows until the watermark comes to them; "
    if frame.start is None:
        back = max((rows_looked_back(call) for call in operator.window.calls), default=0)
        last = f", and {_last_rows(back)} of it" if back else ""
        return StateDescription(
            f"{waiting}for each partition {calls}{last}; {keyed}", "never", bool(operator.partition)
        )
    if frame.unit is p.FrameUnit.ROWS:
        rows = _last_rows(max(1, -int(frame.start)))
        return StateDescription(
            f"{waiting}{rows} of each partition, for {calls}; {keyed}", "never", bool(operator.partition)
        )
    length = duration_text(-int(frame.start))
    time = "processing time" if operator.proctime else "the watermark"
    return StateDescription(
        f"{waiting}the rows of the last {length}, for {calls}; {keyed}",
        f"when {time} is three times as far past the row",
        False,
    )


def _last_rows(count: int) -> str:
    return "the last row" if count == 1 else f"the last {count} rows"


def _changing_over_aggregate(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.ChangingOverAggregate)
    keyed = keyed_by(operator.partition, node.input_schemas[0].names)
    retracting = any(exchange.source.kinds != INSERT_ONLY for exchange in node.exchanges)
    return StateDescription(f"every row; {keyed}", "when the row is retracted" if retracting else "never", True)


def _batch_over_aggregate(node: PhysicalNode) -> StateDescription:
    return StateDescription("all rows of its input", "when the input has ended and the result is out", False)


def _temporal_sort(node: PhysicalNode) -> StateDescription:
    operator = node.operator
    assert isinstance(operator, p.TemporalSort)
    if operator.proctime:
        return StateDescription("nothing", "at once", False)
    return StateDescription("the rows that the watermark has not come to", "when it comes to them", False)


OVER_STATES: dict[type, Callable[[PhysicalNode], StateDescription]] = {
    p.OverAggregate: _over_aggregate,
    p.ChangingOverAggregate: _changing_over_aggregate,
    p.BatchOverAggregate: _batch_over_aggregate,
    p.TemporalSort: _temporal_sort,
}
