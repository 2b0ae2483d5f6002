"""The operators that each query is planned with, from the sink to its sources."""

from __future__ import annotations

_SOURCE = ("Calc", "WatermarkAssigner", "Calc", "TableSourceScan")

PLANS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("q0", "q1", "q2", "q10", "q14", "q21", "q22"), ("Sink", *_SOURCE)),
    "q3": ("Sink", "Calc", "Join", "Exchange", *_SOURCE, "Exchange", *_SOURCE),
    "q4": ("Sink", "Calc", "GroupAggregate", "Exchange", "Calc", "GroupAggregate", "Exchange", "Calc", "Join",
           "Exchange", *_SOURCE, "Exchange", *_SOURCE),
    "q5": ("Sink", "Calc", "Join", "Exchange", "WindowAggregate", "Exchange", *_SOURCE,
           "Exchange", "Calc", "GroupAggregate", "Exchange", "Calc", "WindowAggregate", "Exchange", *_SOURCE),
    "q7": ("Sink", "Calc", "Join", "Exchange", *_SOURCE, "Exchange", "Calc", "WindowAggregate", "Exchange", *_SOURCE),
    "q8": ("Sink", "Calc", "Join", "Exchange", "WindowAggregate", "Exchange", *_SOURCE,
           "Exchange", "WindowAggregate", "Exchange", *_SOURCE),
    **dict.fromkeys(("q15", "q16", "q17"), ("Sink", "GroupAggregate", "Exchange", *_SOURCE)),
    "q20": ("Sink", "Calc", "Join", "Exchange", *_SOURCE, "Exchange", *_SOURCE),
    "q23": ("Sink", "Calc", "Join", "Exchange", "Join", "Exchange", *_SOURCE, "Exchange", *_SOURCE,
            "Exchange", *_SOURCE),
}  # fmt: skip
