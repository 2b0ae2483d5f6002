"""How many TaskManagers a cluster should start now. Pure: time is handed in (seconds, never running backwards)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import (
    CLUSTER_TASKMANAGERS,
    MAX_SLOTS,
    NUM_SLOTS,
    START_WORKER_MAX_FAILURE_RATE,
    START_WORKER_RETRY_INTERVAL,
)

_INTERVAL = 60.0


@dataclass(frozen=True)
class Workers:
    """Those there are: ``starting`` ones have not registered yet, so nobody counts their slots but we."""

    registered: int
    starting: int


@dataclass
class WorkerPlan:
    """``minimum`` are there in any case, others are started for slots that are missing, as far as ``max_slots`` allows.
    When ``max_failures`` of them have ended unasked within a minute, nothing is started for ``retry_interval``
    seconds."""

    minimum: int
    slots: int
    max_slots: int | None
    max_failures: float
    retry_interval: float
    _failures: deque[float] = field(default_factory=deque)

    @staticmethod
    def of(configuration: Configuration) -> WorkerPlan:
        return WorkerPlan(
            minimum=configuration.option(CLUSTER_TASKMANAGERS),
            slots=configuration.option(NUM_SLOTS),
            max_slots=configuration.optional(MAX_SLOTS),
            max_failures=configuration.option(START_WORKER_MAX_FAILURE_RATE),
            retry_interval=configuration.option(START_WORKER_RETRY_INTERVAL) / 1000,
        )

    def failed(self, now: float) -> None:
        """One has ended unasked."""
        self._failures.append(now)

    def to_start(self, workers: Workers, missing_slots: int) -> int:
        """How many are wanted beyond those there are."""
        there = workers.registered + workers.starting
        for_slots = -(-missing_slots // self.slots) - workers.starting
        wanted = max(0, self.minimum - there, for_slots)
        return wanted if self.max_slots is None else max(0, min(wanted, self.max_slots // self.slots - there))

    def pause(self, now: float) -> float:
        """How long (s) to wait before the next is started."""
        while self._failures and self._failures[0] <= now - _INTERVAL:
            self._failures.popleft()
        if len(self._failures) < self.max_failures:
            return 0.0
        return max(0.0, self._failures[-1] + self.retry_interval - now)
