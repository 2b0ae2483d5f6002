"""Carrying out the planned faults, and repairing what was hurt."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count

from tests.chaos.faults import Fault, FaultKind
from tests.chaos.observer import JobObserver
from tests.chaos.processes import ProcessCluster

HARMLESS_FREEZE = 2.0
"""Seconds that a process may be frozen without being taken for lost; it costs that time and nothing else."""


class Disturbance:
    """``say`` is told of every fault and repair."""

    def __init__(self, cluster: ProcessCluster, observer: JobObserver, say: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._observer = observer
        self._say = say
        self._numbers = count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self.faults = 0
        """How many were carried out."""

    def run(self, faults: Sequence[Fault]) -> None:
        """Until the last fault is repaired, or the job has ended: then everything is repaired at once."""
        begin = time.monotonic()
        for fault in faults:
            self._at(begin + fault.at, lambda fault=fault: self._carry_out(fault))
        while self._due:
            at, _, action = heapq.heappop(self._due)
            if self._observer.wait_ended(max(0.0, at - time.monotonic())):
                break
            action()
        for number, process in self._cluster.processes.items():
            if process.frozen:
                self._thaw(number)

    def _at(self, moment: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (moment, next(self._numbers), action))

    def _carry_out(self, fault: Fault) -> None:
        number = next(self._victims(fault), None)
        if number is None:
            return
        now = time.monotonic()
        process = self._cluster.processes[number]
        self.faults += 1
        self._say(f"{fault.kind.value} {self._cluster.name(number)} for {fault.lasts:.1f} s")
        if fault.kind is FaultKind.KILL or fault.lasts > HARMLESS_FREEZE:
            self._observer.fault(now)
        if fault.kind is FaultKind.KILL:
            process.kill()
            self._at(now + fault.lasts, lambda: self._start(number))
        else:
            process.freeze()
            self._at(now + fault.lasts, lambda: self._thaw(number) if process.alive and process.frozen else None)

    def _victims(self, fault: Fault) -> Iterator[int]:
        """The processes that it can hit, the planned one first."""
        processes = self._cluster.processes
        for step in range(len(processes)):
            number = (fault.victim + step) % len(processes)
            if processes[number].alive and not (fault.kind is FaultKind.FREEZE and processes[number].frozen):
                yield number

    def _start(self, number: int) -> None:
        self._say(f"start {self._cluster.name(number)}")
        self._cluster.start(number)

    def _thaw(self, number: int) -> None:
        self._say(f"thaw {self._cluster.name(number)}")
        self._cluster.processes[number].thaw()
