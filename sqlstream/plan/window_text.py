"""Windows in Flink's words, for EXPLAIN."""

from __future__ import annotations

from collections.abc import Sequence

from sqlstream.plan import physical as p

_DURATIONS = (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000))
_GROUP_WINDOWS = {
    p.WindowKind.TUMBLE: "TumblingGroupWindow",
    p.WindowKind.HOP: "SlidingGroupWindow",
    p.WindowKind.SESSION: "SessionGroupWindow",
}


def duration_text(milliseconds: int) -> str:
    """``10 min``: in the largest unit that is exact."""
    unit, length = next(((u, n) for u, n in _DURATIONS if milliseconds and milliseconds % n == 0), ("ms", 1))
    return f"{milliseconds // length} {unit}"


def window_text(window: p.WindowSpec, columns: Sequence[str], keys: Sequence[str] = ()) -> str:
    """``TUMBLE(time_col=[ts], size=[10 min])``; of two ``columns`` the first is the window's start, the other its
    end. ``keys`` are those whose sessions they are."""
    one = ("slice_end",) if columns[0].startswith("$") else ("time_col",)
    labels = one if len(columns) == 1 else ("win_start", "win_end")
    parts = [f"{label}=[{column}]" for label, column in zip(labels, columns, strict=True)]
    parts.append(f"{'gap' if window.kind is p.WindowKind.SESSION else 'size'}=[{duration_text(window.size)}]")
    if window.kind is p.WindowKind.HOP:
        parts.append(f"slide=[{duration_text(window.slide)}]")
    if window.kind is p.WindowKind.CUMULATE:
        parts.append(f"step=[{duration_text(window.slide)}]")
    if window.offset:
        parts.append(f"offset=[{duration_text(window.offset)}]")
    if keys:
        parts.append(f"partition keys=[{', '.join(keys)}]")
    return f"{window.kind.value}({', '.join(parts)})"


def group_window_text(window: p.WindowSpec, column: str) -> str:
    """``TumblingGroupWindow('w$, ts, 10000)``."""
    lengths = [window.size, *([window.slide] if window.kind is p.WindowKind.HOP else [])]
    return f"{_GROUP_WINDOWS[window.kind]}('w$, {column}, {', '.join(map(str, lengths))})"


def emit_text(emit: p.EmitStrategy) -> str:
    """``early delay 1000 millisecond, late no delay``."""
    delays = (("early", emit.early), ("late", emit.late))
    return ", ".join(
        f"{when} " + (f"delay {delay} millisecond" if delay else "no delay")
        for when, delay in delays
        if delay is not None
    )
