"""What a subtask's thread spends its time on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum

Times = tuple[int, int, int]


class Activity(IntEnum):
    BUSY = 0
    IDLE = 1
    """Waiting for input."""
    BACKPRESSURED = 2
    """Waiting for room downstream."""


class ActivityClock:
    """Adds up the time of each activity. One thread moves it, any thread may read it, also in mid-wait."""

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._mark: tuple[Activity, int, Times] = (Activity.BUSY, clock(), (0, 0, 0))

    @contextmanager
    def during(self, activity: Activity) -> Iterator[None]:
        """The time inside is ``activity``'s."""
        before = self._mark[0]
        self._enter(activity)
        try:
            yield
        finally:
            self._enter(before)

    def attribute(self, nanoseconds: int, activity: Activity) -> None:
        """Time so far taken for the current activity turns out to be ``activity``'s."""
        current, since, times = self._mark
        corrected = list(times)
        corrected[current] -= nanoseconds
        corrected[activity] += nanoseconds
        self._mark = (current, since, (corrected[0], corrected[1], corrected[2]))

    def milliseconds(self) -> Times:
        """Busy, idle and back-pressured time until now."""
        busy, idle, backpressured = self._totals()
        return busy // 1_000_000, idle // 1_000_000, backpressured // 1_000_000

    def stop(self) -> None:
        """Time stands still from now on."""
        times = self._totals()
        self._clock = lambda: 0
        self._mark = (Activity.BUSY, 0, times)

    def _enter(self, activity: Activity) -> None:
        self._mark = (activity, self._clock(), self._totals())

    def _totals(self) -> Times:
        current, since, times = self._mark
        totals = list(times)
        totals[current] += self._clock() - since
        return totals[0], totals[1], totals[2]
