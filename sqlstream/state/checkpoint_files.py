"""Checkpoints and savepoints as files: ``_metadata``, and which chunks belong to it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sqlstream.errors import StateError
from sqlstream.spi.filesystem import join
from sqlstream.state.checkpoint_locations import (
    METADATA_FILE,
    is_checkpoint_name,
    relative_chunk_directory,
    shared_directory,
)
from sqlstream.state.chunk_files import CHUNK_SUFFIX
from sqlstream.state.file_directory import checksum, file_directory, is_partial
from sqlstream.state.handles import CheckpointMetadata, CompletedCheckpoint, SnapshotKind
from sqlstream.state.storage_errors import storage_errors

_FORMAT = "sqlstream-checkpoint"
_VERSION = 1


class _Body(msgspec.Struct):
    chunk_directory: str
    metadata: CheckpointMetadata


class _Envelope(msgspec.Struct):
    """The file: ``checksum`` is of the bytes of ``body``, a :class:`_Body`."""

    format: str
    version: int
    checksum: str
    body: msgspec.Raw


def write_metadata(location: str, metadata: CheckpointMetadata) -> CompletedCheckpoint:
    """Make the checkpoint durable in the directory ``location`` (a path or URI): all of its chunks must be. StateError
    when the storage refuses; then nothing is there."""
    chunk_directory = relative_chunk_directory(metadata.kind)
    body = msgspec.json.encode(_Body(chunk_directory, metadata))
    content = msgspec.json.encode(_Envelope(_FORMAT, _VERSION, checksum(body), msgspec.Raw(body)))
    files = file_directory(location)
    with storage_errors(f"store checkpoint {metadata.checkpoint_id} in '{files.file(METADATA_FILE)}'"):
        files.write(METADATA_FILE, lambda sink: sink.write(content))
    return CompletedCheckpoint(location, join(location, chunk_directory), metadata)


def read_checkpoint(path: str) -> CompletedCheckpoint:
    """The checkpoint or savepoint in the directory ``path``, which may also name its ``_metadata``.

    StateError, naming the file, when there is none, or it is damaged, foreign or of a newer version. Chunks are not
    looked at.
    """
    location = path.rstrip("/").removesuffix(f"/{METADATA_FILE}")
    files = file_directory(location)
    file = files.file(METADATA_FILE)
    with storage_errors(f"read '{file}'"):
        if not files.exists(METADATA_FILE):
            raise StateError(
                f"There is no checkpoint or savepoint at '{location}': it has no {METADATA_FILE}.",
                hint=f"Name the directory that holds {METADATA_FILE}: a 'savepoint-...' or a 'chk-...'.",
            )
        content = files.read(METADATA_FILE)
    body = _checked_body(bytes(content), file)
    return CompletedCheckpoint(location, join(location, body.chunk_directory), body.metadata)


def discard_checkpoint(checkpoint: CompletedCheckpoint, retained: Iterable[CompletedCheckpoint]) -> None:
    """Remove it and the chunks that none of ``retained`` refers to, the metadata first: what is left of it when that
    is interrupted is no checkpoint. What is gone already does not matter. StateError when the storage refuses."""
    chunks = _chunks([checkpoint]) - _chunks(retained)
    location = file_directory(checkpoint.location)
    with storage_errors(f"remove checkpoint {checkpoint.id} in '{checkpoint.location}'"):
        location.remove([METADATA_FILE])
        directory = file_directory(checkpoint.chunk_directory)
        directory.remove(sorted(path for where, path in chunks if where == checkpoint.chunk_directory))
        location.remove_if_empty()


def sweep(job_directory: str, retained: Iterable[CompletedCheckpoint], before: int | None) -> int:
    """Remove the chunk files in the job's shared directory, and files half written, that none of ``retained`` refers to
    and that were last changed before the time ``before`` (ms), or at any time. Returns how many. They are what failed
    checkpoints and crashed processes leave. StateError when the storage refuses."""
    shared = shared_directory(job_directory)
    files = file_directory(shared)
    with storage_errors(f"tidy up '{shared}'"):
        kept = {path for where, path in _chunks(retained) if where == shared}
        stale = [
            info.base_name
            for info in files.files()
            if info.base_name not in kept
            and (info.base_name.endswith(CHUNK_SUFFIX) or is_partial(info.base_name))
            and (before is None or (info.mtime_ns is not None and info.mtime_ns < before * 1_000_000))
        ]
        files.remove(stale)
    return len(stale)


def remove_unknown_checkpoints(job_directory: str, retained: Iterable[CompletedCheckpoint]) -> None:
    """Remove the ``_metadata`` of checkpoints in the job's directory that are not among ``retained``: they never
    completed as far as anybody knows. StateError when the storage refuses."""
    known = {checkpoint.location for checkpoint in retained}
    with storage_errors(f"tidy up '{job_directory}'"):
        for name in _checkpoint_names(job_directory):
            location = join(job_directory, name)
            if location not in known:
                file_directory(location).remove([METADATA_FILE])
                file_directory(location).remove_if_empty()


def remove_job_directory(job_directory: str) -> None:
    """Remove the chunks and directories of a job whose checkpoints are gone. With checkpoints left that are to outlive
    the job nothing happens; other people's files are left alone. StateError when the storage refuses."""
    with storage_errors(f"remove '{job_directory}'"):
        if not _checkpoint_names(job_directory):
            sweep(job_directory, (), None)
            file_directory(shared_directory(job_directory)).remove_if_empty()
            file_directory(job_directory).remove_if_empty()


def dispose_savepoint(path: str) -> None:
    """Remove a savepoint with its chunks, and nothing else. StateError when there is none at ``path``."""
    savepoint = read_checkpoint(path)
    if savepoint.metadata.kind is not SnapshotKind.SAVEPOINT:
        raise StateError(
            f"'{savepoint.location}' is a checkpoint, not a savepoint.",
            hint="Its job removes it, or it may be removed with the directory of the job's checkpoints.",
        )
    discard_checkpoint(savepoint, ())


def _checkpoint_names(job_directory: str) -> list[str]:
    """The directories of checkpoints in that of a job."""
    return [name for name in file_directory(job_directory).directories() if is_checkpoint_name(name)]


def _chunks(checkpoints: Iterable[CompletedCheckpoint]) -> set[tuple[str, str]]:
    """(chunk directory, path) of all that they refer to."""
    return {
        (checkpoint.chunk_directory, chunk.path)
        for checkpoint in checkpoints
        for operator in checkpoint.metadata.operators
        for subtask in operator.subtasks
        for chunk in subtask.keyed
    }


def _checked_body(content: bytes, file: str) -> _Body:
    try:
        envelope = msgspec.json.decode(content, type=_Envelope)
    except msgspec.DecodeError as error:
        raise StateError(f"'{file}' is damaged, or no checkpoint of sqlstream: {error}.", hint=_DAMAGED) from error
    if envelope.format != _FORMAT:
        raise StateError(f"'{file}' is no checkpoint of sqlstream.", hint="Is it another engine's?")
    if envelope.version > _VERSION:
        raise StateError(
            f"'{file}' is of version {envelope.version}; this sqlstream reads up to {_VERSION}.",
            hint="Start the job with the version of sqlstream that wrote it, or a newer one.",
        )
    if envelope.version < 1 or checksum(envelope.body) != envelope.checksum:
        raise StateError(f"'{file}' is damaged: its checksum is wrong.", hint=_DAMAGED)
    try:
        body = msgspec.json.decode(envelope.body, type=_Body)
    except msgspec.DecodeError as error:
        raise StateError(f"'{file}' is damaged: {error}.", hint=_DAMAGED) from error
    if body.chunk_directory != relative_chunk_directory(body.metadata.kind):
        raise StateError(f"'{file}' is damaged: chunks do not lie in '{body.chunk_directory}'.", hint=_DAMAGED)
    return body


_DAMAGED = "Use an earlier checkpoint or savepoint."
