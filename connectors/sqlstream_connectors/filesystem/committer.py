"""Committing part files: giving them the names under which they are seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyarrow import fs

from sqlstream.errors import ConnectorError
from sqlstream.spi.connector import Committer
from sqlstream_connectors.filesystem.durability import sync
from sqlstream_connectors.filesystem.location import Location
from sqlstream_connectors.filesystem.overwrite import Replacement
from sqlstream_connectors.filesystem.part_name import hidden


def prepared_file(directory: str, name: str) -> dict[str, Any]:
    """The committable of file ``name`` in ``directory``, which is relative to the table, so that it may be moved."""
    return {"directory": directory, "file": name}


def replaced_directories(directories: Sequence[str]) -> dict[str, Any]:
    """The committable of an INSERT OVERWRITE that has files for ``directories``."""
    return {"replaces": list(directories)}


class FileCommitter(Committer):
    """Renames what is hidden. What has its name already was committed before."""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._replacement = Replacement(location)

    def commit(self, committables: Sequence[Any]) -> None:
        changed: dict[str, None] = {}
        for committable in committables:
            if "file" in committable:
                directory = self._location.below(committable["directory"])
                self._show(directory, committable["file"])
                changed[directory] = None
        try:
            sync(self._location.filesystem, changed)
            for committable in committables:
                self._replacement.carry_out(committable.get("replaces"))
        except OSError as error:
            raise ConnectorError(f"Cannot write to '{self._location.text}': {error}.") from error

    def _show(self, directory: str, file: str) -> None:
        path = f"{directory}/{file}"
        try:
            self._location.filesystem.move(f"{directory}/{hidden(file)}", path)
        except OSError as error:
            if self._exists(path):
                return
            if isinstance(error, FileNotFoundError):
                raise ConnectorError(
                    f"'{path}' cannot be committed: neither it nor '{hidden(file)}' is there, and its rows are lost.",
                    hint="Did something remove the file? What a job wrote last must stay while it runs. "
                    "To go on without these rows, start it anew.",
                ) from error
            raise ConnectorError(f"Cannot commit '{path}': {error}.") from error

    def _exists(self, path: str) -> bool:
        try:
            return bool(self._location.filesystem.get_file_info(path).type == fs.FileType.File)
        except OSError as error:
            raise ConnectorError(f"Cannot look for '{path}': {error}.") from error
