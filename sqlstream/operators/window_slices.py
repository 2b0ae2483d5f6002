"""Slices: the pieces of time that windows are made of, so that overlapping windows share what they aggregate.

A slice lies wholly inside or wholly outside of any window. It is known by its start; times are int64 ms.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sqlstream.kernels.windows import Int64s, cumulate_windows, hop_windows, tumble_start
from sqlstream.plan.physical import WindowKind, WindowSpec

Windows = tuple[Int64s, Int64s, Int64s]
"""Index of the slice, window start, window end."""


@dataclass(frozen=True, slots=True)
class WindowSlices:
    """``length`` of a slice; ``last_end``: the end of the last window that each time falls in; ``windows``: all windows
    of each slice."""

    length: int
    offset: int
    last_end: Callable[[Int64s], Int64s]
    windows: Callable[[Int64s], Windows]

    def slice_starts(self, times: Int64s) -> Int64s:
        """The start of the slice each time falls in."""
        return tumble_start(times, self.length, self.offset)


def _tumble(window: WindowSpec) -> WindowSlices:
    def windows(starts: Int64s) -> Windows:
        return np.arange(len(starts)), starts, starts + window.size

    return WindowSlices(
        window.size,
        window.offset,
        lambda times: tumble_start(times, window.size, window.offset) + window.size,
        windows,
    )


def _hop(window: WindowSpec) -> WindowSlices:
    return WindowSlices(
        math.gcd(window.size, window.slide),
        window.offset,
        lambda times: tumble_start(times, window.slide, window.offset) + window.size,
        lambda starts: hop_windows(starts, window.size, window.slide, window.offset),
    )


def _cumulate(window: WindowSpec) -> WindowSlices:
    return WindowSlices(
        window.slide,
        window.offset,
        lambda times: tumble_start(times, window.size, window.offset) + window.size,
        lambda starts: cumulate_windows(starts, window.size, window.slide, window.offset),
    )


_KINDS: dict[WindowKind, Callable[[WindowSpec], WindowSlices]] = {
    WindowKind.TUMBLE: _tumble,
    WindowKind.HOP: _hop,
    WindowKind.CUMULATE: _cumulate,
}


def slices_of(window: WindowSpec) -> WindowSlices:
    """How ``window`` is sliced."""
    return _KINDS[window.kind](window)
