"""How a subtask that is blocked somewhere is told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable


class TaskCanceledError(Exception):
    """Unwinds a subtask's thread after a cancel; never seen by a user."""


class Cancellation:
    """One subtask's stop signal. Whatever the subtask may block on registers how to wake it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wakers: list[Callable[[], None]] = []
        self._event = threading.Event()

    @property
    def canceled(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raises TaskCanceledError once canceled."""
        if self._event.is_set():
            raise TaskCanceledError

    def on_cancel(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` when canceled, or at once if that has happened. It runs in the canceling thread."""
        with self._lock:
            if not self._event.is_set():
                self._wakers.append(wake)
                return
        wake()

    def cancel(self) -> None:
        """Idempotent; returns after every blocked call has been woken."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            wakers, self._wakers = self._wakers, []
        for wake in wakers:
            wake()

    def wait(self) -> None:
        """Blocks until canceled, then raises TaskCanceledError."""
        self._event.wait()
        raise TaskCanceledError
