"""The place on disk, and the memory, that the keyed state of a process's operators share."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlstream.errors import StateError


class DiskSpace:
    """One operator's part of :class:`ManagedState`."""

    def __init__(self, owner: ManagedState) -> None:
        self._owner = owner

    @property
    def memory(self) -> int:
        """Bytes that the operator may hold in memory just now: less when others come, more when they go."""
        return self._owner.share()

    @contextmanager
    def new_file(self) -> Iterator[str]:
        """The path of an empty file, which is unlinked at the end: what is mapped by then stays, for as long as it is
        mapped. Failures to write are a StateError."""
        directory = self._owner.directory
        try:
            handle, path = tempfile.mkstemp(".state", dir=directory)
            os.close(handle)
            try:
                yield path
            finally:
                Path(path).unlink()
        except OSError as error:
            raise StateError(
                f"Keyed state cannot be put on disk in '{directory}': {error.strerror or error}.",
                hint="See that process.working-dir can be written and has room.",
            ) from error

    def close(self) -> None:
        """Leave the memory to the others; may be repeated."""
        self._owner.forget(self)


class ManagedState:
    """Files in ``directory``, which exists, and ``memory`` bytes for all operators whose keyed state is on disk.

    Operators on different threads open and close their parts; all parts are equal.
    """

    def __init__(self, directory: str, memory: int) -> None:
        self.directory = directory
        self._memory = memory
        self._open: set[DiskSpace] = set()
        self._lock = threading.Lock()

    def open(self) -> DiskSpace:
        """A new part."""
        space = DiskSpace(self)
        with self._lock:
            self._open.add(space)
        return space

    def forget(self, space: DiskSpace) -> None:
        """``space`` is closed."""
        with self._lock:
            self._open.discard(space)

    def share(self) -> int:
        """Bytes a part may use."""
        return self._memory // max(len(self._open), 1)
