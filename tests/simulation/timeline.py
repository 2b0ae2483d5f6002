"""Simulated time, and the processes that live in it: all that happens is a callback at a time (ms)."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from random import Random

Callback = Callable[[], None]


class Timeline:
    """Runs callbacks in the order of their times; those of one time in the order they were asked for."""

    def __init__(self, random: Random) -> None:
        self.now = 0
        self.random = random
        self.trace: list[str] | None = None
        """With a list in it, what happens is told there, a line each."""
        self._queue: list[tuple[int, int, Callback]] = []
        self._count = 0

    def after(self, delay: int, callback: Callback) -> None:
        self._count += 1
        heapq.heappush(self._queue, (self.now + delay, self._count, callback))

    def run_until(self, end: int, done: Callable[[], bool]) -> bool:
        """Whether ``done`` came true before ``end``."""
        while self._queue and self._queue[0][0] <= end:
            self.now, _, callback = heapq.heappop(self._queue)
            callback()
            if done():
                return True
        return done()

    def tell(self, line: str) -> None:
        if self.trace is not None:
            self.trace.append(f"{self.now:>8} {line}")


class Process:
    """A process of the operating system: it may be killed, or frozen and thawed, at any moment.

    What is due while it is frozen happens after the thaw, in almost the same order: whoever waits on a socket or for a
    timer wakes when the scheduler says so.
    """

    def __init__(self, timeline: Timeline, name: str) -> None:
        self.timeline = timeline
        self.name = name
        self.alive = True
        self.frozen = False
        self._postponed: list[Callback] = []

    def after(self, delay: int, callback: Callback) -> None:
        """Call back unless the process has been killed by then."""
        self.timeline.after(delay, lambda: self._due(callback))

    def kill(self) -> None:
        self.timeline.tell(f"{self.name} is killed")
        self.alive = False
        self._postponed.clear()

    def freeze(self) -> None:
        self.timeline.tell(f"{self.name} is frozen")
        self.frozen = True

    def thaw(self) -> None:
        self.timeline.tell(f"{self.name} is thawed")
        self.frozen = False
        postponed, self._postponed = self._postponed, []
        delay = 0
        for callback in postponed:
            delay = max(0, delay + self.timeline.random.randint(-1, 2))
            self.after(delay, callback)

    def _due(self, callback: Callback) -> None:
        if not self.alive:
            return
        if self.frozen:
            self._postponed.append(callback)
        else:
            callback()
