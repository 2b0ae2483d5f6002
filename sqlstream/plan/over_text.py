"""OVER windows and sorts by time in one line each, as Flink's EXPLAIN writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlstream.plan import physical as p
from sqlstream.plan.call_text import call_text
from sqlstream.plan.expression_text import aggregate_text
from sqlstream.plan.sort_text import sort_keys_text


def frame_text(frame: p.OverFrame) -> str:
    """``RANGE BETWEEN 10000 PRECEDING AND CURRENT ROW``; distances of time are in milliseconds."""
    return f"{frame.unit.value} BETWEEN {_bound(frame.start, 'PRECEDING')} AND {_bound(frame.end, 'FOLLOWING')}"


def _bound(offset: int | str | None, unbounded: str) -> str:
    if offset is None:
        return f"UNBOUNDED {unbounded}"
    text = str(offset)
    if text.startswith("-"):
        return f"{text[1:]} PRECEDING"
    return "CURRENT ROW" if text == "0" else f"{text} FOLLOWING"


def calls_text(window: p.OverWindow, names: Sequence[str]) -> list[str]:
    """``SUM(x) AS w0$o0`` for each call."""
    return [f"{aggregate_text(call, names)} AS {call.name}" for call in window.calls]


def _over_aggregate(over: p.OverAggregate, inputs: list[list[str]]) -> str:
    return _over(over, (p.SortKey(over.time),), inputs[0])


def _changing_over_aggregate(over: p.ChangingOverAggregate, inputs: list[list[str]]) -> str:
    return _over(over, over.order, inputs[0])


def _over(over: p.OverAggregate | p.ChangingOverAggregate, order: Sequence[p.SortKey], names: Sequence[str]) -> str:
    return call_text(
        "OverAggregate",
        partitionBy=_columns(over.partition, names),
        orderBy=sort_keys_text(order, names) or None,
        window=f" {frame_text(over.window.frame)}",
        select=", ".join([*names, *calls_text(over.window, names)]),
    )


def _batch_over_aggregate(over: p.BatchOverAggregate, inputs: list[list[str]]) -> str:
    names = over.schema.names
    windows = {
        f"window#{i}": f"{', '.join(calls_text(window, names))} {frame_text(window.frame)}"
        for i, window in enumerate(over.windows)
    }
    return call_text(
        "OverAggregate",
        partitionBy=_columns(over.partition, names),
        orderBy=sort_keys_text(over.order, names) or None,
        **windows,
        select=", ".join(names),
    )


def _temporal_sort(sort: p.TemporalSort, inputs: list[list[str]]) -> str:
    return call_text("TemporalSort", orderBy=sort_keys_text((p.SortKey(sort.time), *sort.keys), inputs[0]))


def _columns(columns: Sequence[int], names: Sequence[str]) -> str | None:
    return ", ".join(names[column] for column in columns) or None


OVER_PRINTERS: dict[type, Callable[[Any, list[list[str]]], str]] = {
    p.OverAggregate: _over_aggregate,
    p.ChangingOverAggregate: _changing_over_aggregate,
    p.BatchOverAggregate: _batch_over_aggregate,
    p.TemporalSort: _temporal_sort,
}
