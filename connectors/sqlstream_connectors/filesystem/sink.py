"""Writing files: each subtask writes its own part files, which become visible when they are complete."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import fs

from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.errors import ConnectorError
from sqlstream.spi.connector import ChangelogMode, Sink, SinkWriter
from sqlstream.spi.format import FormatFactory
from sqlstream.types.schema import Schema
from sqlstream_connectors.filesystem.location import Location
from sqlstream_connectors.filesystem.overwrite import Replacement
from sqlstream_connectors.filesystem.part_file import PartFile
from sqlstream_connectors.filesystem.partitions import Partitioning


@dataclass(frozen=True)
class RollingPolicy:
    """When a part file is closed: ``file_size`` in bytes, the intervals in milliseconds."""

    file_size: int
    rollover_interval: int
    inactivity_interval: int
    check_interval: int


@dataclass(frozen=True)
class FileTarget:
    """What a writer needs to know of the table; ``schema`` are the columns that come in."""

    location: Location
    format: FormatFactory
    options: Configuration
    schema: Schema
    partitioning: Partitioning
    policy: RollingPolicy

    @property
    def file_columns(self) -> list[int]:
        """Indices of the columns that go into the files, which the partition columns do not."""
        keys = set(self.partitioning.keys)
        return [index for index, name in enumerate(self.schema.names) if name not in keys]


class FileSink(Sink):
    """A directory of part files, or of partition directories of them."""

    def __init__(self, target: FileTarget) -> None:
        self._target = target

    @property
    def changelog_mode(self) -> ChangelogMode:
        return self._target.format.changelog_mode

    def prepare(self, overwrite: bool, partition: Mapping[str, str]) -> None:
        """Creates the directory. INSERT OVERWRITE removes the files of the table or of the static partition; with
        dynamic partitions, those of a partition go when the first new file of that partition is there."""
        location, keys = self._target.location, self._target.partitioning.keys
        try:
            if location.filesystem.get_file_info(location.root).type == fs.FileType.File:
                raise ConnectorError(
                    f"Path '{location.text}' is a file, and a table is written as a directory of files.",
                    hint="Name a directory in the 'path' option.",
                )
            location.filesystem.create_dir(location.root, recursive=True)
            replacement = Replacement(location, keys)
            replacement.forget()
            if overwrite:
                static = self._target.partitioning.directory_of(partition)
                if keys and static is None:
                    replacement.plan(partition)
                else:
                    replacement.delete_now(static or "")
        except OSError as error:
            raise ConnectorError(f"Cannot write to '{location.text}': {error}.") from error

    def writer(self, subtask: int, parallelism: int) -> SinkWriter:
        return FileWriter(self._target, subtask)


class FileWriter(SinkWriter):
    """One subtask's open part files, one for each partition it has rows of."""

    def __init__(self, target: FileTarget, subtask: int) -> None:
        self._target = target
        self._prefix = f"part-{uuid.uuid4()}-{subtask}"
        self._count = 0
        self._open: dict[str, PartFile] = {}
        self._columns = target.file_columns
        self._file_schema = target.schema.select(self._columns)
        self._now: int | None = None
        self._replacement = Replacement(target.location, target.partitioning.keys)

    def write(self, batch: Batch) -> None:
        for directory, rows in self._by_directory(batch):
            part = self._open.get(directory)
            if part is None:
                part = self._open[directory] = self._new_part(directory)
            data = rows.data.select(self._columns)
            try:
                part.write(Batch(data, rows.kinds), self._now)
                if part.size >= self._target.policy.file_size:
                    self._publish(directory)
            except (OSError, pa.ArrowException) as error:
                raise ConnectorError(f"Cannot write '{part.path}': {error}.") from error

    def _by_directory(self, batch: Batch) -> Sequence[tuple[str, Batch]]:
        if not self._target.partitioning.keys:
            return [("", batch)]
        return list(self._target.partitioning.split(batch))

    def _new_part(self, directory: str) -> PartFile:
        target = self._target
        name = f"{self._prefix}-{self._count}.{target.format.extension}"
        self._count += 1
        parent = "/".join(filter(None, (target.location.root.rstrip("/"), directory)))
        try:
            return PartFile(target.location.filesystem, parent, name, target.format, self._file_schema, target.options)
        except OSError as error:
            raise ConnectorError(f"Cannot write to '{parent}': {error}.") from error

    def _publish(self, directory: str) -> None:
        self._open.pop(directory).publish()
        self._replacement.carry_out(directory)

    def next_timer(self) -> int | None:
        return 0 if self._now is None else self._now + self._target.policy.check_interval

    def on_timer(self, now: int) -> None:
        self._now = now
        policy = self._target.policy
        for directory, part in list(self._open.items()):
            open_for, idle_for = part.ages(now)
            if open_for >= policy.rollover_interval or idle_for >= policy.inactivity_interval:
                self._publish(directory)

    def flush(self) -> None:
        for directory in list(self._open):
            self._publish(directory)

    def close(self) -> None:
        for part in self._open.values():
            part.discard()
        self._open.clear()
