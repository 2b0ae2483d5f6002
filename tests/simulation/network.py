"""Calls between processes: late, lost, answered too late, or carried out twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.simulation.timeline import Callback, Process, Timeline

CALL_TIMEOUT = 5_000
"""ms after which a caller gives up, as the runtime's ActionClient does. What was called may happen all the same."""


@dataclass
class Weather:
    """Shares of calls that meet with something; ``slow`` ones take seconds, ``refused`` ones are told so."""

    lost: float = 0.0
    doubled: float = 0.0
    slow: float = 0.0
    refused: float = 0.0
    longest_delay: int = 20
    """ms, of an ordinary message."""


CALM = Weather()


class Network:
    def __init__(self, timeline: Timeline, weather: Weather) -> None:
        self.timeline = timeline
        self.weather = weather
        self.processes: dict[str, Process] = {}
        """Who listens at an address."""
        self.cut: set[str] = set()
        """Addresses that nothing reaches, and that reach nobody."""

    def call(
        self,
        caller: Process,
        caller_address: str,
        address: str,
        handler: Callable[[Any], Any],
        on_reply: Callable[[Any], None],
        on_failure: Callable[[str], None],
    ) -> None:
        """``handler`` is called with whatever process listens at ``address`` by then; exactly one of ``on_reply`` and
        ``on_failure`` follows, if the caller lives to see it."""
        random = self.timeline.random
        weather = self.weather
        settled = False

        def settle(outcome: Callback) -> None:
            nonlocal settled
            if not settled:
                settled = True
                outcome()

        def connected() -> bool:
            return caller_address not in self.cut and address not in self.cut

        def arrive(first: bool) -> None:
            process = self.processes.get(address)
            if not connected():
                return
            if process is None or not process.alive:
                if first:
                    caller.after(self._delay(), lambda: settle(lambda: on_failure("connection refused")))
                return
            process.after(0, lambda: serve(process, first))

        def serve(process: Process, first: bool) -> None:
            reply = handler(process)
            if first and connected() and random.random() >= weather.lost / 2:
                caller.after(self._delay(), lambda: settle(lambda: on_reply(reply)))

        caller.after(CALL_TIMEOUT, lambda: settle(lambda: on_failure("no answer in time")))
        if random.random() >= weather.lost / 2:
            self.timeline.after(self._delay(), lambda: arrive(True))
        if random.random() < weather.doubled:
            self.timeline.after(self._delay() + random.randint(0, CALL_TIMEOUT), lambda: arrive(False))

    def _delay(self) -> int:
        random, weather = self.timeline.random, self.weather
        if weather.slow and random.random() < weather.slow:
            return random.randint(1_000, 8_000)
        return random.randint(1, weather.longest_delay)
