"""The ``file`` catalog: a directory of JSON files, one a definition, so that tables outlive the session.

``<path>/<database>/database.json`` and ``<path>/<database>/<kind>/<name>.json``. A file is replaced as a whole, so a
reader sees the old definition or the new one. Names are percent-encoded: none leads out of the directory.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote

import msgspec

from sqlstream.config.option import STRING, ConfigOption
from sqlstream.errors import CatalogError
from sqlstream.spi.catalog import (
    Catalog,
    CatalogDatabase,
    CatalogFactory,
    CatalogFunction,
    CatalogModel,
    Relation,
)
from sqlstream_catalog.options import default_database
from sqlstream_catalog.stored_catalog import Definition, Kind, Storage, StoredCatalog

T = TypeVar("T")

PATH = ConfigOption("path", STRING, None, "The local directory that holds the catalog.", required=True)

_DATABASE_FILE = "database.json"
_DIRECTORIES = {Kind.RELATION: "relations", Kind.FUNCTION: "functions", Kind.MODEL: "models"}
_TYPES: dict[Kind, Any] = {Kind.RELATION: Relation, Kind.FUNCTION: CatalogFunction, Kind.MODEL: CatalogModel}


class FileCatalogFactory(CatalogFactory):
    """Options ``path`` (required) and ``default-database``."""

    def create(self, name: str, options: Mapping[str, str]) -> Catalog:
        database = default_database(name, options, PATH)
        root = Path(options[PATH.key].removeprefix("file://")).expanduser().resolve()
        return StoredCatalog(name, database, FileStorage(root))


class FileStorage(Storage):
    """Definitions in files below ``root``, which is created. CatalogError when a file cannot be read or written."""

    def __init__(self, root: Path) -> None:
        self._root = root
        _carry_out(root, lambda: root.mkdir(parents=True, exist_ok=True))

    def databases(self) -> list[str]:
        return _carry_out(
            self._root, lambda: [unquote(file.parent.name) for file in self._root.glob(f"*/{_DATABASE_FILE}")]
        )

    def database(self, name: str) -> CatalogDatabase | None:
        found: CatalogDatabase | None = _read(self._directory(name) / _DATABASE_FILE, CatalogDatabase)
        return found

    def put_database(self, name: str, database: CatalogDatabase) -> None:
        _write(self._directory(name) / _DATABASE_FILE, database)

    def drop_database(self, name: str) -> None:
        directory = self._directory(name)
        _carry_out(directory, (directory / _DATABASE_FILE).unlink)
        _carry_out(directory, lambda: shutil.rmtree(directory))

    def names(self, database: str, kind: Kind) -> list[str]:
        directory = self._directory(database) / _DIRECTORIES[kind]
        return _carry_out(directory, lambda: [unquote(file.stem) for file in directory.glob("*.json")])

    def definition(self, database: str, kind: Kind, name: str) -> Definition | None:
        found: Definition | None = _read(self._file(database, kind, name), _TYPES[kind])
        return found

    def put(self, database: str, kind: Kind, name: str, definition: Definition) -> None:
        _write(self._file(database, kind, name), definition)

    def drop(self, database: str, kind: Kind, name: str) -> None:
        file = self._file(database, kind, name)
        _carry_out(file, file.unlink)

    def _directory(self, database: str) -> Path:
        return self._root / _encoded(database)

    def _file(self, database: str, kind: Kind, name: str) -> Path:
        return self._directory(database) / _DIRECTORIES[kind] / f"{_encoded(name)}.json"


def _encoded(name: str) -> str:
    """``name`` as a file's name: without separators, dots or anything else that means something to a file system."""
    return quote(name, safe="").replace(".", "%2E")


def _read(file: Path, type_: Any) -> Any:
    try:
        return msgspec.json.decode(file.read_bytes(), type=type_)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except msgspec.MsgspecError as error:
        raise CatalogError(f"Catalog file '{file}' is damaged: {error}.") from error
    except OSError as error:
        raise _failed(file, error) from error


def _write(file: Path, definition: msgspec.Struct) -> None:
    text = msgspec.json.format(msgspec.json.encode(definition), indent=2)
    _carry_out(file, lambda: _replace(file, text))


def _replace(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _carry_out(file: Path, action: Callable[[], T]) -> T:
    try:
        return action()
    except OSError as error:
        raise _failed(file, error) from error


def _failed(file: Path, error: OSError) -> CatalogError:
    return CatalogError(f"Catalog file '{file}' cannot be read or written: {error.strerror or error}.")
