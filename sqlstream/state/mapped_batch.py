"""A record batch in a file that is mapped into memory: the kernel reads what is used, and may forget it again."""

from __future__ import annotations

import ctypes

import pyarrow as pa

from sqlstream.state.disk import DiskSpace

_MADV_DONTNEED = 4
_PAGE = 4096


class MappedBatch:
    """``data`` is like the batch given, but in a file without a name, which is gone when nobody refers to its data."""

    def __init__(self, data: pa.RecordBatch, space: DiskSpace) -> None:
        with space.new_file() as path:
            with pa.OSFile(path, "wb") as file, pa.ipc.new_file(file, data.schema) as writer:
                writer.write_batch(data)
            with pa.memory_map(path) as mapped:
                self._whole = mapped.read_buffer()
        self.data: pa.RecordBatch = pa.ipc.open_file(pa.BufferReader(self._whole)).get_batch(0)

    def forget_pages(self) -> None:
        """Take the file's pages out of the process's memory; they come back when they are needed. That it may fail
        does no harm."""
        start = -(-self._whole.address // _PAGE) * _PAGE
        length = (self._whole.address + self._whole.size - start) // _PAGE * _PAGE
        if length > 0:
            ctypes.CDLL(None).madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), _MADV_DONTNEED)
