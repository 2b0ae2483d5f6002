"""Files that earlier attempts of a writer left behind."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePosixPath

from pyarrow import fs

from sqlstream_connectors.filesystem.location import Location
from sqlstream_connectors.filesystem.part_name import PartName


def remove_leftovers(location: Location, begun_by: PartName) -> None:
    """Remove what earlier attempts of ``begun_by``'s owner wrote, from its number on.

    The state that the job goes on from does not cover these files, so that their rows are written again. Mostly they
    are hidden; they are not when the checkpoint that they were committed with cannot be read any more, or when the job
    begins anew because it has no checkpoints. Files of later attempts are not touched: an attempt that was frozen may
    wake up here. Raises OSError.
    """
    for info in location.filesystem.get_file_info(fs.FileSelector(location.root, recursive=True, allow_not_found=True)):
        part = PartName.parse(PurePosixPath(info.path).name) if info.type == fs.FileType.File else None
        if part is None or part.owner != begun_by.owner:
            continue
        if part.number >= begun_by.number and part.attempt < begun_by.attempt:
            with suppress(FileNotFoundError):
                location.filesystem.delete_file(info.path)
