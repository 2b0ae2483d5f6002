"""A directory on any storage whose files are there whole or not at all."""

from __future__ import annotations

import os
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
from pyarrow import fs

from sqlstream.spi.filesystem import resolve

_BLOCK = 4 << 20
_PARTIAL = ".partial"


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """``size`` in bytes, and the checksum of those bytes."""

    size: int
    checksum: str


class ChecksummedSink:
    """A writable file object that counts and checks what passes through it."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._crc = 0
        self._size = 0
        self.closed = False

    def write(self, data: Any) -> int:
        """``data`` is anything with the buffer protocol, and is not copied."""
        view = memoryview(data)
        self._crc = zlib.crc32(view, self._crc)
        self._size += view.nbytes
        self._file.write(view)
        return view.nbytes

    def flush(self) -> None:
        """What was written is the file's to flush, when it is closed."""

    def close(self) -> None:
        self.closed = True

    def written(self) -> WrittenFile:
        return WrittenFile(self._size, checksum_text(self._crc))


def checksum_text(crc: int) -> str:
    return f"crc32:{crc:08x}"


def checksum(data: Any) -> str:
    """Of anything with the buffer protocol."""
    return checksum_text(zlib.crc32(data))


class FileDirectory:
    """``location`` is a path or URI; the directory is made with its first file. Errors are the storage's own
    (OSError, or what its driver raises)."""

    def __init__(self, location: str) -> None:
        self.location = location
        self._filesystem, self._root = resolve(location)
        self._is_local = isinstance(self._filesystem, fs.LocalFileSystem)

    def file(self, name: str) -> str:
        """``name`` as users may be told."""
        return f"{self.location.rstrip('/')}/{name}"

    def write(self, name: str, produce: Callable[[ChecksummedSink], object]) -> WrittenFile:
        """What ``produce`` writes, durable once this returns. Replaces a file of that name."""
        partial = f".{name}.{uuid.uuid4().hex[:8]}{_PARTIAL}"
        write = self._write_local if self._is_local else self._write_remote
        try:
            return write(name, partial, produce)
        except FileNotFoundError:
            self._filesystem.create_dir(self._root, recursive=True)
            return write(name, partial, produce)

    def read(self, name: str) -> pa.Buffer:
        with self._filesystem.open_input_file(self._path(name)) as file:
            return file.read_buffer()

    def blocks(self, name: str) -> Iterator[pa.Buffer]:
        """The file in pieces of some megabytes."""
        with self._filesystem.open_input_stream(self._path(name)) as file:
            while (block := file.read_buffer(_BLOCK)).size:
                yield block

    def exists(self, name: str) -> bool:
        return bool(self._filesystem.get_file_info(self._path(name)).type == fs.FileType.File)

    def files(self) -> list[fs.FileInfo]:
        """Every file in the directory, half-written ones as well; none when there is no such directory."""
        return [info for info in self._entries() if info.type == fs.FileType.File]

    def directories(self) -> list[str]:
        """The names of the directories in it."""
        return [PurePosixPath(info.path).name for info in self._entries() if info.type == fs.FileType.Directory]

    def remove(self, names: Iterable[str]) -> None:
        """Files that are gone already are none to remove."""
        for name in names:
            with suppress(FileNotFoundError):
                self._filesystem.delete_file(self._path(name))

    def remove_if_empty(self) -> None:
        """Other people's files keep the directory."""
        if self._is_local:
            with suppress(OSError):
                Path(self._root).rmdir()
        elif not self._entries():
            with suppress(FileNotFoundError):
                self._filesystem.delete_dir(self._root)

    def claim(self, name: str) -> bool:
        """Make an empty file, unless there is one: of several processes on a local directory one succeeds."""
        if not self._is_local:
            if self.exists(name):
                return False
            self.write(name, lambda _: None)
            return True
        Path(self._root).mkdir(parents=True, exist_ok=True)
        try:
            Path(self._path(name)).touch(exist_ok=False)
        except FileExistsError:
            return False
        _sync_directory(self._root)
        return True

    def _entries(self) -> list[fs.FileInfo]:
        return list(self._filesystem.get_file_info(fs.FileSelector(self._root, allow_not_found=True)))

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def _write_local(self, name: str, partial: str, produce: Callable[[ChecksummedSink], object]) -> WrittenFile:
        path = Path(self._path(partial))
        try:
            with path.open("wb") as file:
                sink = ChecksummedSink(file)
                produce(sink)
                file.flush()
                os.fsync(file.fileno())
            path.replace(self._path(name))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        _sync_directory(self._root)
        return sink.written()

    def _write_remote(self, name: str, partial: str, produce: Callable[[ChecksummedSink], object]) -> WrittenFile:
        path = self._path(partial)
        try:
            with self._filesystem.open_output_stream(path) as file:
                sink = ChecksummedSink(file)
                produce(sink)
            self._filesystem.move(path, self._path(name))
        except BaseException:
            with suppress(Exception):
                self._filesystem.delete_file(path)
            raise
        return sink.written()


def is_partial(name: str) -> bool:
    """Whether a file so named was never finished."""
    return name.startswith(".") and name.endswith(_PARTIAL)


@lru_cache(maxsize=256)
def file_directory(location: str) -> FileDirectory:
    """Kept, because finding an object storage's region is a request."""
    return FileDirectory(location)


def _sync_directory(path: str) -> None:
    """Make a rename in it last beyond a power failure."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
