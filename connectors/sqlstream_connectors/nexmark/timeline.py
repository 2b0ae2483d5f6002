"""When events happen: event time as a function of an event's number.

With two rates the time between events changes in steps, over and over: for half of the period each where the shape is
SQUARE, in ten steps along a cosine where it is SINE.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from sqlstream_connectors.datagen.random_words import Indices

_SINE_STEPS = 10


class RateShape(Enum):
    SQUARE = "SQUARE"
    SINE = "SINE"


def step_rates(first: int, following: int, shape: RateShape) -> tuple[int, ...]:
    """Events per second in each step of a period."""
    if first == following:
        return (first,)
    if shape is RateShape.SQUARE:
        return (first, following)
    middle, swing = (first + following) / 2, (first - following) / 2
    return tuple(round(middle + swing * math.cos(2 * math.pi * i / _SINE_STEPS)) for i in range(_SINE_STEPS))


@dataclass(frozen=True)
class Timeline:
    """Event 0 happens at ``base`` (ms since the epoch); each of ``rates`` holds for ``step_seconds``."""

    base: int
    rates: tuple[int, ...]
    step_seconds: int

    @staticmethod
    def of(base: int, first: int, following: int, shape: RateShape, period: int) -> Timeline:
        """``period``: of all steps together, in seconds; each step is at least one long."""
        rates = step_rates(first, following, shape)
        return Timeline(base, rates, max(1, -(-period // len(rates))))

    def times(self, numbers: Indices) -> Indices:
        """The times (ms since the epoch) of events."""
        if len(self.rates) == 1:
            return numbers * 1000 // self.rates[0] + self.base
        ends = np.cumsum(self._events_per_step)
        periods, places = np.divmod(numbers, ends[-1])
        steps = np.searchsorted(ends, places, side="right")
        places = places - (ends - self._events_per_step)[steps]
        step_milliseconds = 1000 * self.step_seconds
        within = steps * step_milliseconds + places * 1000 // np.array(self.rates)[steps]
        times: Indices = self.base + periods * (len(self.rates) * step_milliseconds) + within
        return times

    def before(self, seconds: float) -> int:
        """How many events happen in the first ``seconds``."""
        periods, rest = divmod(seconds, len(self.rates) * self.step_seconds)
        steps, rest = divmod(rest, self.step_seconds)
        per_step = self._events_per_step
        whole = int(periods) * sum(per_step) + sum(per_step[: int(steps)])
        return whole + math.ceil(rest * self.rates[int(steps)])

    @property
    def _events_per_step(self) -> Sequence[int]:
        return [rate * self.step_seconds for rate in self.rates]
