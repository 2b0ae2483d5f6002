"""Writing files: each subtask writes its own part files, which become visible when they are committed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from pyarrow import fs

from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.errors import ConnectorError
from sqlstream.spi.connector import ChangelogMode, Committer, DeliveryGuarantee, Sink, SinkWriter, WriterContext
from sqlstream.spi.format import FormatFactory
from sqlstream.types.schema import Schema
from sqlstream_connectors.filesystem.committer import FileCommitter, prepared_file, replaced_directories
from sqlstream_connectors.filesystem.durability import sync, with_parents
from sqlstream_connectors.filesystem.leftovers import remove_leftovers
from sqlstream_connectors.filesystem.location import Location
from sqlstream_connectors.filesystem.overwrite import Replacement
from sqlstream_connectors.filesystem.part_file import PartFile
from sqlstream_connectors.filesystem.part_name import PartName, hidden, owner_of
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

    @property
    def delivery_guarantee(self) -> DeliveryGuarantee:
        return DeliveryGuarantee.EXACTLY_ONCE

    def committer(self) -> Committer:
        return FileCommitter(self._target.location)

    def prepare(self, overwrite: bool, partition: Mapping[str, str]) -> None:
        """Creates the directory, and notes the files that an INSERT OVERWRITE replaces."""
        location = self._target.location
        try:
            if location.filesystem.get_file_info(location.root).type == fs.FileType.File:
                raise ConnectorError(
                    f"Path '{location.text}' is a file, and a table is written as a directory of files.",
                    hint="Name a directory in the 'path' option.",
                )
            location.filesystem.create_dir(location.root, recursive=True)
            if overwrite:
                Replacement(location).plan(self._target.partitioning, partition)
        except OSError as error:
            raise ConnectorError(f"Cannot write to '{location.text}': {error}.") from error

    def writer(self, context: WriterContext) -> SinkWriter:
        return FileWriter(self._target, context)


class FileWriter(SinkWriter):
    """One subtask's part files: those open, one for each partition it has rows of, and those complete."""

    def __init__(self, target: FileTarget, context: WriterContext) -> None:
        self._target = target
        self._overwrites = context.overwrite
        owner = owner_of(context)
        number = max((state["next"] for state in context.restored if state["owner"] == owner), default=0)
        self._next = PartName(owner, context.attempt, number)
        self._open: dict[str, PartFile] = {}
        self._complete: list[tuple[str, str]] = []
        """Directory and name."""
        self._columns = target.file_columns
        self._file_schema = target.schema.select(self._columns)
        self._now: int | None = None
        self._flushed = False
        if context.attempt > (0, 0):
            self._remove_leftovers()

    def _remove_leftovers(self) -> None:
        try:
            remove_leftovers(self._target.location, self._next)
        except OSError as error:
            raise ConnectorError(f"Cannot clear up in '{self._target.location.text}': {error}.") from error

    def write(self, batch: Batch) -> None:
        for directory, rows in self._by_directory(batch):
            part = self._open.get(directory)
            if part is None:
                part = self._open[directory] = self._new_part(directory)
            data = rows.data.select(self._columns)
            try:
                part.write(Batch(data, rows.kinds), self._now)
                if part.size >= self._target.policy.file_size:
                    self._close_part(directory)
            except (OSError, pa.ArrowException) as error:
                raise ConnectorError(f"Cannot write '{part.path}': {error}.") from error

    def _by_directory(self, batch: Batch) -> Sequence[tuple[str, Batch]]:
        if not self._target.partitioning.keys:
            return [("", batch)]
        return list(self._target.partitioning.split(batch))

    def _new_part(self, directory: str) -> PartFile:
        target = self._target
        name = self._next.file(target.format.extension)
        self._next = replace(self._next, number=self._next.number + 1)
        parent = target.location.below(directory)
        try:
            return PartFile(target.location.filesystem, parent, name, target.format, self._file_schema, target.options)
        except OSError as error:
            raise ConnectorError(f"Cannot write to '{parent}': {error}.") from error

    def _close_part(self, directory: str) -> None:
        part = self._open[directory]
        part.complete()
        del self._open[directory]
        self._complete.append((directory, part.name))

    def next_timer(self) -> int | None:
        return 0 if self._now is None else self._now + self._target.policy.check_interval

    def on_timer(self, now: int) -> None:
        self._now = now
        policy = self._target.policy
        for directory, part in list(self._open.items()):
            open_for, idle_for = part.ages(now)
            if open_for >= policy.rollover_interval or idle_for >= policy.inactivity_interval:
                self._complete_part(directory)

    def flush(self) -> None:
        for directory in list(self._open):
            self._complete_part(directory)
        self._flushed = True

    def _complete_part(self, directory: str) -> None:
        part = self._open[directory]
        try:
            self._close_part(directory)
        except (OSError, pa.ArrowException) as error:
            raise ConnectorError(f"Cannot write '{part.path}': {error}.") from error

    def prepare_commit(self) -> Sequence[Any]:
        """The files that are complete and, for an INSERT OVERWRITE, what goes: after a flush even without any file."""
        location = self._target.location
        directories = list(dict.fromkeys(directory for directory, _ in self._complete))
        try:
            sync(location.filesystem, map(self._hidden_path, self._complete))
            sync(location.filesystem, map(location.below, with_parents(directories)))
        except OSError as error:
            raise ConnectorError(f"Cannot write to '{location.text}': {error}.") from error
        prepared = [prepared_file(directory, name) for directory, name in self._complete]
        if self._overwrites and (prepared or self._flushed):
            prepared.append(replaced_directories(directories))
        self._complete.clear()
        self._flushed = False
        return prepared

    def _hidden_path(self, part: tuple[str, str]) -> str:
        directory, name = part
        return f"{self._target.location.below(directory)}/{hidden(name)}"

    def state(self) -> Any:
        return {"owner": self._next.owner, "next": self._next.number}

    def close(self) -> None:
        for part in self._open.values():
            part.close_quietly()
        filesystem = self._target.location.filesystem
        for path in [*(part.hidden_path for part in self._open.values()), *map(self._hidden_path, self._complete)]:
            with suppress(OSError):
                filesystem.delete_file(path)
        self._open.clear()
        self._complete.clear()
