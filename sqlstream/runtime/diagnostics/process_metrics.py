"""Figures about this process, by the names that Flink has for those of a JVM.

Heap is the memory of the process, Direct that of Arrow's buffers. What only a JVM has is left out.
"""

from __future__ import annotations

import gc
import resource
import threading
import time
from functools import cache

import psutil
import pyarrow as pa

_PREFIX = "Status.JVM."


class _CollectorClock:
    """How long this process has spent collecting garbage, by generation."""

    def __init__(self) -> None:
        self.milliseconds = [0.0, 0.0, 0.0]
        self._since = 0
        gc.callbacks.append(self._on_collection)

    def _on_collection(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._since = time.monotonic_ns()
        else:
            self.milliseconds[info["generation"]] += (time.monotonic_ns() - self._since) / 1e6


class _ProcessMeter:
    def __init__(self) -> None:
        self._process = psutil.Process()
        self._process.cpu_percent()  # the load is since the call before
        self._collectors = _CollectorClock()

    def figures(self) -> dict[str, float]:
        with self._process.oneshot():
            memory, times = self._process.memory_info(), self._process.cpu_times()
            load = self._process.cpu_percent() / 100 / (psutil.cpu_count() or 1)
            descriptors = self._process.num_fds()
        return {
            f"{_PREFIX}{name}": value
            for name, value in {
                "CPU.Load": load,
                "CPU.Time": int((times.user + times.system) * 1e9),
                "Memory.Heap.Used": memory.rss,
                "Memory.Heap.Committed": memory.vms,
                "Memory.Heap.Max": psutil.virtual_memory().total,
                "Memory.Direct.MemoryUsed": pa.total_allocated_bytes(),
                "Memory.Direct.TotalCapacity": pa.default_memory_pool().max_memory() or 0,
                "Threads.Count": threading.active_count(),
                "FileDescriptor.Open": descriptors,
                "FileDescriptor.Max": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
                **self._collections(),
            }.items()
        }

    def _collections(self) -> dict[str, float]:
        counts = [generation["collections"] for generation in gc.get_stats()]
        times = [int(milliseconds) for milliseconds in self._collectors.milliseconds]
        collectors = {"All": (sum(counts), sum(times))}
        collectors |= {f"Generation_{i}": figures for i, figures in enumerate(zip(counts, times, strict=True))}
        return {
            f"GarbageCollector.{name}.{figure}": value
            for name, (count, time_) in collectors.items()
            for figure, value in (("Count", count), ("Time", time_))
        }


@cache
def _meter() -> _ProcessMeter:
    return _ProcessMeter()


def process_figures() -> dict[str, float]:
    """Now. Load and the time of collections count from the first call on."""
    return _meter().figures()
