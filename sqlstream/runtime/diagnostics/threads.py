"""What the threads of this process are doing now."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePath
from types import FrameType

from sqlstream.runtime.deployment import ExecutionId
from sqlstream.runtime.diagnostics.messages import StackCount, StackCounts, StackRequest, ThreadDump, ThreadInfo

_WAITING_IN = frozenset(
    {"threading", "queue", "selectors", "socket", "ssl", "asyncio.events", "concurrent.futures._base"}
)
"""Modules whose innermost frame means that its thread waits."""


def dump_threads() -> ThreadDump:
    """Of every thread that Python knows, by name."""
    frames = sys._current_frames()
    threads = sorted(threading.enumerate(), key=lambda thread: thread.name)
    return ThreadDump(
        tuple(
            ThreadInfo(thread.name, _text(thread, frames[thread.ident])) for thread in threads if thread.ident in frames
        )
    )


def sample_stacks(request: StackRequest, thread_ids: Mapping[ExecutionId, int]) -> StackCounts:
    """Takes ``samples`` times ``pause`` ms; ``thread_ids`` are those of the subtasks that run here."""
    counts: Counter[tuple[ExecutionId, tuple[str, ...], bool]] = Counter()
    for _ in range(request.samples):
        frames = sys._current_frames()
        for execution in request.executions:
            frame = frames.get(thread_ids.get(execution, -1))
            if frame is not None:
                counts[execution, tuple(reversed(_lines(frame))), _waits(frame)] += 1
        del frames
        time.sleep(request.pause / 1000)
    return StackCounts(tuple(StackCount(*stack, count) for stack, count in counts.items()))


def _text(thread: threading.Thread, frame: FrameType) -> str:
    daemon = " daemon" if thread.daemon else ""
    state = "WAITING" if _waits(frame) else "RUNNABLE"
    lines = "".join(f"\tat {line}\n" for line in _lines(frame))
    return f'"{thread.name}"{daemon} Id={thread.ident} {state}\n{lines}\n'


def _lines(frame: FrameType | None) -> list[str]:
    """The innermost first."""
    lines = []
    while frame is not None:
        code = frame.f_code
        module = frame.f_globals.get("__name__", "?")
        lines.append(f"{module}.{code.co_qualname}({PurePath(code.co_filename).name}:{frame.f_lineno})")
        frame = frame.f_back
    return lines


def _waits(frame: FrameType) -> bool:
    return frame.f_globals.get("__name__") in _WAITING_IN
