"""The windows of OVER calls as Flink's EXPLAIN writes them."""

from __future__ import annotations

from sqlstream.plan.physical import OverFrame


def frame_text(frame: OverFrame) -> str:
    """``RANGE BETWEEN 10000 PRECEDING AND CURRENT ROW``; distances of time are in milliseconds."""
    return f"{frame.unit.value} BETWEEN {_bound(frame.start, 'PRECEDING')} AND {_bound(frame.end, 'FOLLOWING')}"


def _bound(offset: int | str | None, unbounded: str) -> str:
    if offset is None:
        return f"UNBOUNDED {unbounded}"
    text = str(offset)
    if text.startswith("-"):
        return f"{text[1:]} PRECEDING"
    return "CURRENT ROW" if text == "0" else f"{text} FOLLOWING"
