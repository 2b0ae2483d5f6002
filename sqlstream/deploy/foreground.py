"""What every long-running verb needs: a log, and a clean end on Ctrl-C and SIGTERM."""

from __future__ import annotations

import logging
import os
import signal
import sys


class Termination:
    """Ctrl-C, SIGTERM, or a request from another thread, whichever comes first.

    A pipe that the interpreter writes to the moment a signal comes: a Python handler would not run while ``wait``
    reads, if the signal came just before it.
    """

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)

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
