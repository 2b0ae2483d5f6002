"""Fields of an event: what is made of each kind of event, computed only where it is wanted."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from sqlstream_connectors.datagen.random_words import Indices
from sqlstream_connectors.nexmark import kernels
from sqlstream_connectors.nexmark.texts import Texts, padding
from sqlstream_connectors.nexmark.workload import ACTIVE_PERSONS, FIRST_PERSON, LEAD, Events

Field = Callable[[Any], Indices | Texts]
"""From the fields of an event's kind to one of them; times are milliseconds."""

_PRICE_STEPS = 1 << kernels.PRICE_STEPS_BITS
_PRICES = np.array(
    [
        round(10 ** (6 * i / _PRICE_STEPS) * 100 * (1 << kernels.PRICE_FRACTION_BITS))
        for i in range(_PRICE_STEPS + 1)
    ],
    np.int64,
)  # fmt: skip
"""From 1 to a million dollars, in cents, as fixed-point numbers."""


class EventFields:
    """The fields of events of one kind. Each is computed once."""

    def __init__(self, events: Events) -> None:
        self.events = events
        self.workload = events.workload
        self.seed = events.workload.seed

    @cached_property
    def date_time(self) -> Indices:
        return self.events.times

    def price(self, name: str) -> Indices:
        """Random prices, their logarithms uniform."""
        out = np.empty(len(self.events), np.int64)
        kernels.draw_prices(self.workload.stream(name), self.events.numbers, _PRICES, out)
        return out

    def persons(self, name: str, hot_ratio: int, hot_place: int) -> Indices:
        """Random ids of persons, most of them that of the one at ``hot_place`` in every hundred."""
        out = np.empty(len(self.events), np.int64)
        kernels.draw_persons(
            self.workload.stream(name), self.workload.stream(f"{name} id"), self.events.numbers,
            self.events.last_persons, hot_ratio, 100, hot_place, ACTIVE_PERSONS, LEAD, FIRST_PERSON, out,
        )  # fmt: skip
        return out

    def extra(self, name: str, size: Indices | int, average: int) -> Texts:
        """Padding that makes events of ``size`` bytes ones of ``average`` bytes, give or take a fifth of what is
        added."""
        missing = np.maximum(average - np.broadcast_to(np.asarray(size, np.int64), len(self.events)), 0)
        spread = (missing * 2 + 5) // 10
        lengths = missing - spread
        lengths += self.events.below_each(f"{name} length", 2 * spread)
        return padding(self.seed, self.events.below(f"{name} start", 1 << 31), lengths)
