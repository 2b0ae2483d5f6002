"""Telling those who wait that something has changed, whichever threads they are on."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

Listener = Callable[[], None]


class Changes:
    """Thread-safe. Listeners are called on the thread that makes the change: they only pass it on."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._listeners: set[Listener] = set()

    def listen(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.add(listener)

    def forget(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.discard(listener)

    def tell(self) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()
