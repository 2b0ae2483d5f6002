"""INSERT OVERWRITE: which files new ones replace.

With dynamic partitions nobody knows beforehand which partitions will get rows, and only those are replaced. So the
job's start notes the files there are in a hidden file of the table, and whoever completes the first new file of a
partition removes the noted ones in it. Removing twice does no harm, so subtasks need not agree on who does it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath

import msgspec

from sqlstream.errors import ConnectorError
from sqlstream_connectors.filesystem.location import Location
from sqlstream_connectors.filesystem.partitions import escape_name

_NOTE = ".overwritten-files.json"


class Replacement:
    """The files of the table at ``location`` that an INSERT OVERWRITE replaces."""

    def __init__(self, location: Location, partition_keys: Sequence[str]) -> None:
        self._location = location
        self._keys = partition_keys
        self._note = f"{location.root.rstrip('/')}/{_NOTE}"
        self._noted: dict[str, list[str]] | None = None

    def forget(self) -> None:
        """Drop an earlier job's note."""
        with suppress(FileNotFoundError):
            self._location.filesystem.delete_file(self._note)

    def plan(self, partition: Mapping[str, str]) -> None:
        """Note the files of all partitions that agree with the static part of the PARTITION clause."""
        fixed = {f"{escape_name(key)}={escape_name(value)}" for key, value in partition.items()}
        noted: dict[str, list[str]] = {}
        for path in self._visible():
            directory = self._location.relative(path).parent
            if fixed <= set(directory.parts):
                noted.setdefault(str(directory), []).append(path)
        with self._location.filesystem.open_output_stream(self._note) as file:
            file.write(msgspec.json.encode(noted))

    def carry_out(self, directory: str) -> None:
        """Remove the noted files of ``directory``, which has a new file now."""
        if not self._keys:
            return
        if self._noted is None:
            self._noted = self._read()
        for path in self._noted.pop(directory, []):
            with suppress(FileNotFoundError):
                self._location.filesystem.delete_file(path)

    def delete_now(self, directory: str) -> None:
        """Remove all files of the table below ``directory`` (relative)."""
        if PurePosixPath(self._location.root).parent == PurePosixPath(self._location.root):
            raise ConnectorError("INSERT OVERWRITE of a file system's root is refused.", hint="Name a directory.")
        wanted = PurePosixPath(directory)
        for path in self._visible():
            if self._location.relative(path).is_relative_to(wanted):
                self._location.filesystem.delete_file(path)

    def _visible(self) -> list[str]:
        return [info.path for info in self._location.files(self._keys)]

    def _read(self) -> dict[str, list[str]]:
        try:
            with self._location.filesystem.open_input_file(self._note) as file:
                return msgspec.json.decode(file.read(), type=dict[str, list[str]])
        except FileNotFoundError:
            return {}
