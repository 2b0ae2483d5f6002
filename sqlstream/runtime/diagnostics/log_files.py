"""The log files of this process: a listing, and nothing but what is in it can be read."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from sqlstream.errors import ClusterError
from sqlstream.runtime.diagnostics.messages import LOG_CHUNK, LogFile, LogListing

_LOG = re.compile(r"sqlstream-.+\.(log|out)(\.\d+)?")
"""The name of a background process's log."""


class LogFiles:
    """``log`` is what this process writes its log to, ``stdout`` its standard output; None where that is no file.
    Others in the directory of ``log`` are listed when their names say that they are a log of sqlstream's too."""

    def __init__(self, log: Path | None, stdout: Path | None = None) -> None:
        self._log = log
        self._stdout = stdout

    @staticmethod
    def of_process(given: str | None) -> LogFiles:
        """``given`` is where the log is, if the configuration says so; otherwise it is the file that standard error
        was redirected to, if it was."""
        log = Path(given).absolute() if given else _redirected_to(sys.__stderr__)
        return LogFiles(log, _redirected_to(sys.__stdout__))

    def listing(self) -> LogListing:
        """By name."""
        files = {path.name: path for path in self._paths()}
        return LogListing(
            tuple(
                LogFile(name, path.stat().st_size, path.stat().st_mtime_ns // 1_000_000) for name, path in files.items()
            ),
            log=_name(self._log, files),
            stdout=_name(self._stdout, files),
        )

    def read(self, name: str, offset: int) -> bytes:
        """The next bytes of the file of that name. ClusterError when there is none in the listing."""
        for path in self._paths():
            if path.name == name:
                with path.open("rb") as file:
                    file.seek(offset)
                    return file.read(LOG_CHUNK)
        raise ClusterError(f"There is no log file '{name}'.")

    def _paths(self) -> Iterator[Path]:
        if self._log is None or not self._log.parent.is_dir():
            return
        for path in sorted(self._log.parent.iterdir()):
            known = _LOG.fullmatch(path.name) or path in (self._log, self._stdout)
            if known and stat.S_ISREG(path.lstat().st_mode):
                yield path


def _name(path: Path | None, listed: dict[str, Path]) -> str | None:
    return path.name if path is not None and listed.get(path.name) == path else None


def _redirected_to(stream: object) -> Path | None:
    """The file behind a standard stream, where the system can tell."""
    try:
        descriptor = stream.fileno()  # type: ignore[attr-defined]
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return Path(f"/proc/self/fd/{descriptor}").readlink()
    except (AttributeError, OSError, ValueError):
        return None
