"""Where a process keeps files of its own."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import WORKING_DIRECTORY
from sqlstream.errors import ConfigError


def working_directory(configuration: Configuration) -> Path:
    """``process.working-dir``, absolute. The default one, below a directory that all users share, is made if need be
    and must be ours alone: ConfigError otherwise."""
    given = configuration.optional(WORKING_DIRECTORY)
    if given is not None:
        return Path.cwd() / Path(given).expanduser()
    directory = Path(tempfile.gettempdir()).resolve() / f"sqlstream-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise ConfigError(
            f"'{directory}' belongs to somebody else.",
            hint=f"Set '{WORKING_DIRECTORY.key}' to a directory of your own.",
        )
    if status.st_mode & 0o077:
        directory.chmod(0o700)
    return directory
