"""What is done to the processes and when, all of it drawn from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum


class FaultKind(Enum):
    KILL = "kill -9"
    FREEZE = "freeze"


@dataclass(frozen=True)
class Fault:
    """``at``: seconds from the beginning; ``victim``: a process's number; ``lasts``: seconds until it is started again
    or thawed."""

    at: float
    kind: FaultKind
    victim: int
    lasts: float


_LASTS = {FaultKind.KILL: (0.2, 2.0), FaultKind.FREEZE: (1.0, 12.0)}
_PAUSE = (3.0, 8.0)


def planned_faults(seed: int, seconds: float, processes: int) -> tuple[Fault, ...]:
    """The faults of a run of ``seconds``: one every few seconds, of any of ``processes``."""
    rng = random.Random(seed)
    faults = []
    at = rng.uniform(*_PAUSE)
    while at < seconds:
        kind = rng.choice(list(FaultKind))
        faults.append(Fault(at, kind, rng.randrange(processes), rng.uniform(*_LASTS[kind])))
        at += rng.uniform(*_PAUSE)
    return tuple(faults)
