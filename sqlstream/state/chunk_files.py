"""State chunks as files: Arrow IPC, one a chunk, named by its id, never changed once written."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc

from sqlstream.errors import StateError
from sqlstream.state.file_directory import checksum, file_directory
from sqlstream.state.handles import ChunkHandle
from sqlstream.state.snapshot import StateChunk
from sqlstream.state.storage_errors import storage_errors

CHUNK_SUFFIX = ".arrow"
_CHUNK_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*\.arrow")
_UNREADABLE = "The job falls back to an earlier checkpoint where there is one; otherwise start it from a savepoint."


def store_chunk(directory: str, chunk: StateChunk) -> ChunkHandle:
    """Write ``chunk`` into ``directory`` (a path or URI). StateError when the storage refuses.

    Storing a chunk again replaces its file with the same bytes. An empty chunk has no key groups: its range is
    0 to -1.
    """
    name = _checked(chunk.id + CHUNK_SUFFIX, directory)
    files = file_directory(directory)
    data = chunk.data

    def produce(sink: Any) -> None:
        with pa.ipc.new_file(pa.PythonFile(sink, mode="w"), data.schema) as writer:
            writer.write_batch(data)

    with storage_errors(f"store state in '{files.file(name)}'"):
        written = files.write(name, produce)
    first, last = _key_groups(data)
    return ChunkHandle(
        id=chunk.id,
        table=chunk.table,
        path=name,
        size=written.size,
        checksum=written.checksum,
        rows=data.num_rows,
        first_key_group=first,
        last_key_group=last,
    )


def copy_chunk(source_directory: str, handle: ChunkHandle, directory: str) -> ChunkHandle:
    """The same chunk in another directory. StateError when it cannot be read or written, or has changed."""
    if source_directory == directory:
        return handle
    name = _checked(handle.path, source_directory)
    source, target = file_directory(source_directory), file_directory(directory)

    def produce(sink: Any) -> None:
        for block in source.blocks(name):
            sink.write(block)
        if sink.written().checksum != handle.checksum:
            raise StateError(f"State file '{source.file(name)}' is damaged: its checksum is wrong.", hint=_UNREADABLE)

    with storage_errors(f"copy state from '{source.file(name)}' to '{target.file(name)}'"):
        target.write(name, produce)
    return handle


def load_chunk(directory: str, handle: ChunkHandle, operator_name: str) -> StateChunk:
    """StateError, naming the file and the operator, when it is missing, damaged or cannot be reached. The chunk is
    read into memory: its file may vanish or change afterwards."""
    name = _checked(handle.path, directory)
    files = file_directory(directory)
    with storage_errors(f"read the state of operator '{operator_name}' from '{files.file(name)}'"):
        content = files.read(name)
    if checksum(content) != handle.checksum:
        raise StateError(
            f"State file '{files.file(name)}' of operator '{operator_name}' is damaged: "
            + (
                f"it has {content.size} bytes, not {handle.size}." if content.size != handle.size else "wrong checksum."
            ),
            hint=_UNREADABLE,
        )
    try:
        with pa.ipc.open_file(content) as reader:
            return StateChunk(handle.id, handle.table, reader.get_batch(0))
    except (pa.ArrowInvalid, OSError) as error:
        raise StateError(
            f"State file '{files.file(name)}' of operator '{operator_name}' is no Arrow file: {error}.",
            hint="Was it written by another version of sqlstream?",
        ) from error


def _checked(name: str, directory: str) -> str:
    """Chunks lie in their directory: metadata from elsewhere may not lead out of it."""
    if _CHUNK_FILE.fullmatch(name) is None:
        raise StateError(
            f"'{name}' is not the name of a state file of '{directory}'.", hint="The checkpoint is damaged or not ours."
        )
    return name


def _key_groups(data: pa.RecordBatch) -> tuple[int, int]:
    if data.num_rows == 0:
        return 0, -1
    extremes = pc.min_max(data.column(0)).as_py()
    return extremes["min"], extremes["max"]
