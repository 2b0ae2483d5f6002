"""INSERT OVERWRITE: which files new ones replace, and when.

The job's start notes the files there are in a hidden file of the table. When the first new files are committed, the
noted ones go: those of the table or of the static partition, all of them; with dynamic partitions, where nobody knows
beforehand which partitions will get rows, those of each partition that has a new file. Removing twice does no harm, so
subtasks need not agree on who does it, and a commit may be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath

import msgspec

from sqlstream.errors import ConnectorError
from sqlstream_connectors.filesystem.location import Location
from sqlstream_connectors.filesystem.partitions import Partitioning, escape_name

_NOTE = ".overwritten-files.json"


class Note(msgspec.Struct):
    """Files relative to the table: those that go with the first commit, and those of each directory."""

    at_once: list[str] = []
    by_directory: dict[str, list[str]] = {}


class Replacement:
    """The files of the table at ``location`` that an INSERT OVERWRITE replaces; a later one replaces its note too."""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._path = location.below(_NOTE)
        self._note: Note | None = None

    def plan(self, partitioning: Partitioning, partition: Mapping[str, str]) -> None:
        """Note the files that agree with the PARTITION clause, as far as it goes."""
        if PurePosixPath(self._location.root).parent == PurePosixPath(self._location.root):
            raise ConnectorError("INSERT OVERWRITE of a file system's root is refused.", hint="Name a directory.")
        static = partitioning.directory_of(partition)
        files = [self._location.relative(info.path) for info in self._location.files(partitioning.keys)]
        if not partitioning.keys or static is not None:
            wanted = PurePosixPath(static or "")
            note = Note(at_once=[str(file) for file in files if file.is_relative_to(wanted)])
        else:
            fixed = {f"{escape_name(key)}={escape_name(value)}" for key, value in partition.items()}
            note = Note()
            for file in files:
                if fixed <= set(file.parent.parts):
                    note.by_directory.setdefault(str(file.parent), []).append(str(file))
        with self._location.filesystem.open_output_stream(self._path) as stream:
            stream.write(msgspec.json.encode(note))

    def carry_out(self, directories: Sequence[str] | None) -> None:
        """Remove what was noted, where that depends on it for ``directories``, which have new files now; None: this is
        no INSERT OVERWRITE."""
        if directories is None:
            return
        note = self._note = self._note or self._read()
        replaced = [*note.at_once, *(file for each in directories for file in note.by_directory.pop(each, ()))]
        note.at_once.clear()
        for file in replaced:
            with suppress(FileNotFoundError):
                self._location.filesystem.delete_file(self._location.below(file))

    def _read(self) -> Note:
        try:
            with self._location.filesystem.open_input_file(self._path) as stream:
                return msgspec.json.decode(stream.read(), type=Note)
        except FileNotFoundError:
            return Note()
