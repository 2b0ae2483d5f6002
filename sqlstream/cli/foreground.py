"""What every long-running verb needs: a log, and a clean end on Ctrl-C and SIGTERM."""

from __future__ import annotations

import logging
import os
import signal
import sys


class Termination:
    """Ctrl-C, SIGTERM, or a request from another thread, whichever comes first.

    A pipe, because a signal handler may not take locks.
    """

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.request())

    def request(self) -> None:
        os.write(self._write, b"\0")

    def wait(self) -> None:
        os.read(self._read, 1)


def log_to_stderr() -> None:
    """One line an event, with its time."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s - %(message)s"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
