"""Uploaded scripts, and Python files for their functions: what Flink's API calls jars."""

from __future__ import annotations

import re
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import WEB_UPLOAD_DIR
from sqlstream.config.working_directory import working_directory
from sqlstream.errors import ConfigError

SCRIPT = ".sql"
_KINDS = (SCRIPT, ".py")
_NAME = re.compile(r"[^\W_][\w+. -]{0,199}")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}_(.+)", re.DOTALL)


@dataclass(frozen=True)
class Jar:
    """``uploaded`` is in ms."""

    id: str
    path: Path
    uploaded: int

    @property
    def name(self) -> str:
        """As it was uploaded."""
        return self.id.partition("_")[2]

    @property
    def is_script(self) -> bool:
        return self.path.suffix == SCRIPT


class JarStore:
    """In ``web.upload.dir``, or a directory below the process's own that is made with the first upload and ends with
    the process. Any thread may call its methods."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._given = configuration.optional(WEB_UPLOAD_DIR)
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._lock = Lock()

    def add(self, name: str, content: bytes) -> Jar:
        """ConfigError when the name, or a script's content, will not do, or the file cannot be kept."""
        _check(name, content)
        path = self._existing_directory() / f"{uuid.uuid4()}_{name}"
        unfinished = path.with_name(f".{path.name}")
        try:
            unfinished.write_bytes(content)
            unfinished.rename(path)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise ConfigError(f"'{name}' cannot be kept in '{path.parent}': {error.strerror}.") from None
        return _jar(path)

    def all(self) -> list[Jar]:
        """The latest first."""
        directory = self._directory()
        if directory is None or not directory.is_dir():
            return []
        jars = [_jar(path) for path in directory.iterdir() if _ID.fullmatch(path.name) and path.is_file()]
        return sorted(jars, key=lambda jar: jar.uploaded, reverse=True)

    def find(self, jar_id: str) -> Jar | None:
        """None when there is none of that id."""
        return next((jar for jar in self.all() if jar.id == jar_id), None)

    def remove(self, jar: Jar) -> None:
        jar.path.unlink(missing_ok=True)

    def _directory(self) -> Path | None:
        if self._given is not None:
            return Path(self._given).absolute()
        return None if self._temporary is None else Path(self._temporary.name)

    def _existing_directory(self) -> Path:
        with self._lock:
            directory = self._directory()
            try:
                if directory is None:
                    below = working_directory(self._configuration)
                    below.mkdir(mode=0o700, parents=True, exist_ok=True)
                    self._temporary = tempfile.TemporaryDirectory(prefix="web-upload-", dir=below)
                    return Path(self._temporary.name)
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise ConfigError(
                    f"The directory for uploads cannot be made: {error.strerror}.",
                    hint=f"Set '{WEB_UPLOAD_DIR.key}' to a directory that the JobManager may write to.",
                ) from None
            return directory


def _check(name: str, content: bytes) -> None:
    if not _NAME.fullmatch(name) or not name.endswith(_KINDS):
        raise ConfigError(
            f"'{name}' is not the name of a SQL script or a Python file.",
            hint="Letters, digits, '.', '_', '-', '+' and spaces, with .sql or .py at the end, and no directories.",
        )
    try:
        content.decode()
    except UnicodeDecodeError:
        raise ConfigError(f"'{name}' is not text in UTF-8.") from None


def _jar(path: Path) -> Jar:
    return Jar(path.name, path, path.stat().st_mtime_ns // 1_000_000)
