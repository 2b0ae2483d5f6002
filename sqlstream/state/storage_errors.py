"""What a storage refuses, as users are told it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlstream.errors import ConfigError, StateError
from sqlstream.spi.filesystem import masked_location

_HINTS = {
    errno.ENOSPC: "The disk is full: free some space, or store state elsewhere.",
    errno.EDQUOT: "The quota is used up: free some space, or store state elsewhere.",
    errno.EFBIG: "The file is larger than this process may write.",
    errno.EACCES: "Check the permissions: the user that sqlstream runs as must be able to read and write there.",
    errno.EPERM: "Check the permissions: the user that sqlstream runs as must be able to read and write there.",
    errno.EROFS: "The file system is read-only: store state elsewhere.",
    errno.ENOENT: "Check that the path is right, and that every process reaches it.",
    errno.ENOTDIR: "A part of the path is a file.",
}
_GONE = (errno.ENOENT, errno.EIO)
_ELSEWHERE = "Check the path, and that the storage can be reached."


class StorageUnavailableError(StateError):
    """The storage refuses, or cannot be reached: what lies there may be as good as ever, and is not to be given up."""


@contextmanager
def storage_errors(doing: str) -> Iterator[None]:
    """Any failure within becomes a StateError: ``Cannot <doing>: <reason>``. It is a StorageUnavailableError unless a
    file is missing or its disk cannot read it. Drivers of other storages raise what they like, so nothing narrower
    than Exception will do."""
    try:
        yield
    except (StateError, ConfigError):
        raise
    except Exception as error:
        number = _number(error)
        reason = os.strerror(number) if number else str(error)
        reason = masked_location(reason.strip().rstrip(".")) or type(error).__name__
        kind = StateError if number in _GONE else StorageUnavailableError
        raise kind(f"Cannot {masked_location(doing)}: {reason}.", hint=_HINTS.get(number, _ELSEWHERE)) from error


def _number(error: Exception) -> int:
    """The errno of an error of the operating system; 0 for any other."""
    if isinstance(error, FileNotFoundError):
        return errno.ENOENT
    return error.errno or 0 if isinstance(error, OSError) else 0
