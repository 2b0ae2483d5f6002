"""Handing events out when they happen, by the wall clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from sqlstream_connectors.datagen.source import Share
from sqlstream_connectors.nexmark.timeline import Timeline

_LONGEST_WAIT = 0.05


class Schedule:
    """Events are due as long after the first one read as they happen after it. What was not fetched in time stays
    due."""

    def __init__(
        self,
        timeline: Timeline,
        shares: Sequence[Share],
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._timeline = timeline
        self._shares = shares
        self._clock = clock
        self._wait = wait
        first = min(share.first + share.step * share.read for share in shares)
        happens = int(timeline.times(np.array([first]))[0]) - timeline.base
        self._started = clock() - happens / 1000

    def take(self, wanted: int, timeout: float) -> int:
        """Up to ``wanted`` rows, after waiting up to ``timeout`` seconds for some."""
        if not self._due():
            self._wait(min(timeout, _LONGEST_WAIT))
        return min(wanted, self._due())

    def _due(self) -> int:
        happened = self._timeline.before(self._clock() - self._started)
        return sum(max(0, -(-(happened - share.first) // share.step) - share.read) for share in self._shares)
