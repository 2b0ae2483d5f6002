"""A pipe between a process and one that it started, which tells the latter when the former is gone.

It works however the owner ends, kill -9 too: the kernel closes its end of the pipe.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Thread

LEASH_VARIABLE = "SQLSTREAM_LEASH_FD"


class Leash:
    """The owner's part. ``end`` is the file descriptor that the process inherits."""

    def __init__(self) -> None:
        self.end, self._held = os.pipe()
        self._released = False

    def given(self) -> None:
        """The process has its end: this one needs it no more."""
        os.close(self.end)

    def release(self) -> None:
        """Let go; a second time is no harm."""
        if not self._released:
            self._released = True
            os.close(self._held)


def on_release(action: Callable[[], None]) -> bool:
    """Call ``action``, on a thread of its own, once the owner of this process lets go of it or ends. False, and
    nothing, when it was started without a leash."""
    end = os.environ.pop(LEASH_VARIABLE, None)
    if end is None:
        return False
    descriptor = int(end)
    os.set_inheritable(descriptor, False)

    def wait() -> None:
        while os.read(descriptor, 1):
            pass
        action()

    Thread(target=wait, name="leash", daemon=True).start()
    return True
