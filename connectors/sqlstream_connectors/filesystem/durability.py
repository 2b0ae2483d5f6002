"""Making files survive a loss of power, where that takes more than closing them: on local disks."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

from pyarrow import fs

_THREADS = 4


def sync(filesystem: fs.FileSystem, paths: Iterable[str]) -> None:
    """Waits until files and directories are on the disk. Other file systems than local ones do that when a file is
    closed, or say nothing about it. OSError as the disk has it."""
    if not isinstance(filesystem, fs.LocalFileSystem):
        return
    waiting = list(paths)
    if len(waiting) < 2:
        for path in waiting:
            _sync(path)
        return
    # A journalling file system serves many waiting at once in about the time of one.
    with ThreadPoolExecutor(_THREADS) as threads:
        for _ in threads.map(_sync, waiting):
            pass


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def with_parents(directories: Iterable[str]) -> list[str]:
    """``directories`` (relative) and those that they are in, up to the root, which is ``""``: a directory that was just
    made is an entry in the one above."""
    every = (path for each in directories for path in (PurePosixPath(each), *PurePosixPath(each).parents))
    return list(dict.fromkeys("" if path == PurePosixPath() else str(path) for path in every))
