"""The storage that outlives every process: chunks, metadata, prepared rows, and the memory of JobManagers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlstream.plan.jobgraph import JobGraph
from sqlstream.state.handles import ChunkHandle, CompletedCheckpoint
from tests.simulation.violations import Violation

File = tuple[str, str]
"""Directory and path below it."""


class UnreadableError(Exception):
    """A file's checksum does not fit."""


@dataclass
class RememberedJob:
    """``pointers`` are the locations of completed checkpoints, oldest first."""

    graph: JobGraph
    savepoint: str | None
    pointers: list[str] = field(default_factory=list)


class Storage:
    """``full`` makes every write fail. Nothing here is lost by a crash."""

    def __init__(self) -> None:
        self.full = False
        self.chunks: dict[File, Any] = {}
        self.metadata: dict[str, CompletedCheckpoint] = {}
        self.corrupt: set[File | str] = set()
        self._written: dict[File, int] = {}
        self.prepared: dict[str, tuple[Any, ...]] = {}
        """Rows in hidden files by the id of their committable."""
        self.jobs: dict[str, RememberedJob] = {}
        self.epoch = -1

    def read_chunk(self, directory: str, handle: ChunkHandle) -> Any:
        file = (directory, handle.path)
        if file in self.corrupt:
            raise UnreadableError(f"{directory}/{handle.path}")
        if file not in self.chunks:
            raise LookupError(f"{directory}/{handle.path}")
        return self.chunks[file]

    def write_chunk(self, directory: str, handle: ChunkHandle, content: Any, now: int) -> None:
        self.chunks[directory, handle.path] = content
        self._written[directory, handle.path] = now

    def read_metadata(self, location: str) -> CompletedCheckpoint:
        if location in self.corrupt:
            raise UnreadableError(location)
        if location not in self.metadata:
            raise Violation("files", f"the metadata of {location} is needed and not there")
        return self.metadata[location]

    def is_corrupt(self, checkpoint: CompletedCheckpoint) -> bool:
        """Whether restoring from it may fail, through no fault of the control plane."""
        return checkpoint.location in self.corrupt or any(file in self.corrupt for file in files_of(checkpoint))

    def discard(self, checkpoint: CompletedCheckpoint, retained: tuple[CompletedCheckpoint, ...]) -> None:
        needed = {file for other in retained for file in files_of(other)}
        self.metadata.pop(checkpoint.location, None)
        for file in files_of(checkpoint) - needed:
            self.chunks.pop(file, None)

    def sweep(self, directory: str, referred: tuple[CompletedCheckpoint, ...], before: int | None) -> None:
        """Remove the chunks that crashes and failed checkpoints left behind; those written ``before`` (ms) only."""
        needed = {file for checkpoint in referred for file in files_of(checkpoint)}
        for file in [file for file in self.chunks if file[0] == directory and file not in needed]:
            if before is None or self._written[file] < before:
                del self.chunks[file]


def files_of(checkpoint: CompletedCheckpoint) -> set[File]:
    return {
        (checkpoint.chunk_directory, chunk.path)
        for operator in checkpoint.metadata.operators
        for handle in operator.subtasks
        for chunk in handle.keyed
    }


def shared_directory(job_id: str) -> str:
    return f"checkpoints/{job_id}/shared"


def checkpoint_location(job_id: str, checkpoint_id: int) -> str:
    return f"checkpoints/{job_id}/chk-{checkpoint_id}"
