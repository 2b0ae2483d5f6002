"""How OVER windows can be computed over a stream: row after row as time goes on, or by changing what was emitted."""

from __future__ import annotations

from sqlstream.functions.registry import OverFunction, lookup
from sqlstream.plan import logical as l
from sqlstream.plan.expressions import AggregateCall
from sqlstream.plan.physical import OverFrame


def follows_time(node: l.Over) -> bool:
    """Whether each row's values are final once its time has come, provided that the input only inserts rows."""
    if len(node.order) != 1 or node.order[0].descending:
        return False
    has_time = node.input.schema[node.order[0].column].time is not None
    return has_time and _ends_at_row(node.frame) and not any(map(_looks_ahead, node.calls))


def _ends_at_row(frame: OverFrame) -> bool:
    """Whether the frame has no row after the row, and is all rows before it or so many that they can be kept."""
    if frame.end is None or str(frame.end).partition("-")[0] not in ("", "0"):
        return False
    return frame.end == 0 or frame.start is not None


def _looks_ahead(call: AggregateCall) -> bool:
    function = lookup(call.function)
    return isinstance(function, OverFunction) and (function.looks_ahead or any(c < 0 for c in call.constants))


def rows_looked_back(call: AggregateCall) -> int:
    """How many rows before the row ``call`` looks at, whatever the frame: LAG's offset; 0 for any other function."""
    if call.function != "LAG":
        return 0
    return call.constants[0] if call.constants else 1
