"""What makes one workload differ from another, and the events of a workload."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from sqlstream_connectors.datagen.random_words import Indices, WordStream
from sqlstream_connectors.nexmark import kernels
from sqlstream_connectors.nexmark.timeline import Timeline

FIRST_PERSON = 1000
FIRST_AUCTION = 1000
LEAD = 10
"""How many of the persons and auctions that are yet to come may be referred to."""
ACTIVE_PERSONS = 1000
AUCTIONS_IN_FLIGHT = 100


class EventKind(IntEnum):
    """The column ``event_type``."""

    PERSON = 0
    AUCTION = 1
    BID = 2


@dataclass(frozen=True)
class Workload:
    """Of every ``persons + auctions + bids`` events so many are of each kind, in this order. Sizes are average bytes of
    an event. Of as many references as a ``hot_..`` says, all but one go to something popular."""

    seed: int
    timeline: Timeline
    persons: int
    auctions: int
    bids: int
    person_size: int
    auction_size: int
    bid_size: int
    hot_auctions: int
    hot_bidders: int
    hot_sellers: int

    def stream(self, name: str) -> np.uint64:
        """The start of the random words for one field."""
        return WordStream(self.seed, name).start


@dataclass(frozen=True)
class Events:
    """Events in ascending order, with the latest person and auction (from 0) by each."""

    workload: Workload
    numbers: Indices
    last_persons: Indices
    last_auctions: Indices

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def times(self) -> Indices:
        """Milliseconds since the epoch."""
        return self.workload.timeline.times(self.numbers)

    def below(self, name: str, bound: int) -> Indices:
        """A random number from 0 to ``bound`` - 1 for each event."""
        out = np.empty(len(self), np.int64)
        kernels.draw_below(self.workload.stream(name), self.numbers, bound, out)
        return out

    def below_each(self, name: str, bounds: Indices) -> Indices:
        """A random number from 0 to ``bounds[i]`` - 1 for each event."""
        out = np.empty(len(self), np.int64)
        kernels.draw_below_each(self.workload.stream(name), self.numbers, bounds, out)
        return out

    def take(self, rows: npt.NDArray[np.int64]) -> Events:
        """Some of them, in order."""
        return Events(self.workload, self.numbers[rows], self.last_persons[rows], self.last_auctions[rows])


def locate(workload: Workload, numbers: Indices) -> tuple[npt.NDArray[np.int32], Events]:
    """The kinds of the events with these ascending numbers, and the events."""
    count = len(numbers)
    kinds = np.empty(count, np.int32)
    latest: Any = (np.empty(count, np.int64), np.empty(count, np.int64))
    kernels.locate(numbers, workload.persons, workload.auctions, workload.bids, kinds, *latest)
    return kinds, Events(workload, numbers, *latest)
