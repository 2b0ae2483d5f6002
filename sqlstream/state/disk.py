"""The place on disk, and the memory, that the keyed state of a process's operators share."""

from __future__ import annotations

import tempfile
import threading
from typing import BinaryIO

from sqlstream.errors import StateError


class DiskSpace:
    """One operator's part of :class:`ManagedState`."""

    def __init__(self, owner: ManagedState) -> None:
        self._owner = owner

    @property
    def memory(self) -> int:
        """Bytes that the operator may hold in memory just now: less when others come, more when they go."""
        return self._owner.share()

    def new_file(self) -> BinaryIO:
        """An empty file without a name: it is gone with the last who has it open or mapped, a crash included."""
        directory = self._owner.directory
        try:
            file: BinaryIO = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115
        except OSError as error:
            raise StateError(
                f"Keyed state cannot be put on disk in '{directory}': {error.strerror}.",
                hint="See that process.working-dir can be written and has room.",
            ) from error
        return file

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
