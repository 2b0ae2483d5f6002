"""Where a process keeps files that nobody needs once it has ended."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import threading
from pathlib import Path

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import WORKING_DIRECTORY
from sqlstream.config.working_directory import working_directory
from sqlstream.errors import ConfigError

_PREFIX = "process-"
_LOCK_SUFFIX = ".lock"


class ProcessDirectory:
    """A directory of this process alone, below ``process.working-dir``. Thread-safe.

    It is locked while the process lives, so that a later one can remove what a killed one left behind.
    """

    def __init__(self, configuration: Configuration) -> None:
        """Nothing is made before it is asked for."""
        self._configuration = configuration
        self._making = threading.Lock()
        self._lock: int | None = None
        self._path: Path | None = None

    @property
    def path(self) -> Path:
        """The directory, made with the first call. Raises ConfigError."""
        with self._making:
            if self._path is None:
                parent = working_directory(self._configuration)
                try:
                    self._path = self._make(parent)
                except OSError as error:
                    raise ConfigError(
                        f"Cannot write to the working directory {parent}: {error.strerror}.",
                        hint=f"Set {WORKING_DIRECTORY.key} to a directory that this process may write to.",
                    ) from None
            return self._path

    def remove(self) -> None:
        """Remove the directory and all that is in it; may be called twice."""
        with self._making:
            if self._path is not None:
                _remove(self._path)
                self._path = None
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def _make(self, parent: Path) -> Path:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_abandoned(parent)
        path = parent / f"{_PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
        self._lock = _lock(_lock_file(path))  # before there is a directory that could be taken for abandoned
        path.mkdir(mode=0o700)
        return path


def _remove_abandoned(parent: Path) -> None:
    for path in parent.glob(f"{_PREFIX}*"):
        if not path.is_dir():
            continue
        lock = _lock(_lock_file(path))
        if lock is not None:
            _remove(path)
            os.close(lock)


def _lock_file(path: Path) -> Path:
    return path.with_name(path.name + _LOCK_SUFFIX)


def _lock(file: Path) -> int | None:
    """The locked file's descriptor; None when a living process holds the lock."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    _lock_file(path).unlink(missing_ok=True)
