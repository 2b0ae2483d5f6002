"""The operators that each query is planned with, from the sink to its sources."""

from __future__ import annotations

_SOURCE = ("Calc", "WatermarkAssigner", "Calc", "TableSourceScan")
_JOIN = ("Join", "Exchange", *_SOURCE, "Exchange", *_SOURCE)
_TWO_PHASES = ("GlobalGroupAggregate", "Exchange", "LocalGroupAggregate")
_WINDOW = ("GlobalWindowAggregate", "Exchange", "LocalWindowAggregate")

PLANS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("q0", "q1", "q2", "q10", "q14", "q21", "q22"), ("Sink", *_SOURCE)),
    "q3": ("Sink", "Calc", *_JOIN),
    "q4": ("Sink", "Calc", "GroupAggregate", "Exchange", "Calc", *_TWO_PHASES, "Calc", *_JOIN),
    "q5": ("Sink", "Calc", "WindowJoin", "Exchange", *_WINDOW, *_SOURCE,
           "WindowAggregate", "Exchange", "Calc", *_WINDOW, *_SOURCE),
    "q6": ("Sink", "Calc", "OverAggregate", "Exchange", "Calc", "Rank", "Exchange", "Calc", *_JOIN),
    "q7": ("Sink", "Calc", "Join", "Exchange", *_SOURCE, "Exchange", "Calc", *_WINDOW, *_SOURCE),
    "q8": ("Sink", "Calc", "WindowJoin", "Exchange", *_WINDOW, *_SOURCE, "Exchange", *_WINDOW, *_SOURCE),
    "q9": ("Sink", "Calc", "Rank", "Exchange", *_JOIN),
    "q11": ("Sink", "Calc", "GroupWindowAggregate", "Exchange", *_SOURCE),
    "q12": ("Sink", "Calc", "WindowAggregate", "Exchange", *_SOURCE),
    "q13": ("Sink", "LookupJoin", *_SOURCE),
    **dict.fromkeys(("q15", "q16"), ("Sink", "GroupAggregate", "Exchange", *_SOURCE)),
    "q17": ("Sink", *_TWO_PHASES, *_SOURCE),
    "q18": ("Sink", "Deduplicate", "Exchange", *_SOURCE),
    "q19": ("Sink", "Calc", "Rank", "Exchange", *_SOURCE),
    "q20": ("Sink", "Calc", *_JOIN),
    "q23": ("Sink", "Calc", "Join", "Exchange", *_JOIN, "Exchange", *_SOURCE),
}  # fmt: skip
