"""Paths and URIs: the one place that says which file system they are on.

A path without a scheme is local. URIs go to ``pyarrow.fs`` (``file``, ``s3``, ``gs``, ``hdfs``, ...), and what
that does not know to ``fsspec``, whose drivers for other storages are packages of their own.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import fsspec
import pyarrow as pa
from pyarrow import fs

from sqlstream.config.configuration import MASK
from sqlstream.errors import ConfigError

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?=://)|file(?=:)")
_CREDENTIALS = re.compile(r"(?<=://)[^/@]+(?=@)")


def is_uri(path: str) -> bool:
    return _SCHEME.match(path) is not None


def absolute_path(path: str) -> str:
    """A relative path (or glob) below this process's working directory; URIs and absolute paths are as they were."""
    return path if is_uri(path) or not path else str(Path.cwd() / Path(path).expanduser())


def masked_location(text: str) -> str:
    """``text`` fit to be shown: credentials in a URI are masked."""
    return _CREDENTIALS.sub(MASK, text)


def resolve(path: str) -> tuple[fs.FileSystem, str]:
    """The file system and the path in it, without a slash at its end. ConfigError when nothing knows the scheme."""
    if not path.strip() or "\0" in path:
        raise ConfigError(f"'{path}' is neither a path nor a URI.")
    if not is_uri(path):
        return fs.LocalFileSystem(), str(Path(path).expanduser().resolve())
    uri = re.sub(r"^file:/(?!/)", "file:///", path)
    try:
        filesystem, root = fs.FileSystem.from_uri(uri)
    except pa.ArrowInvalid as error:
        filesystem, root = _by_fsspec(uri, error)
    except (pa.ArrowNotImplementedError, ImportError, OSError) as error:
        raise ConfigError(f"'{masked_location(path)}' cannot be used: {_reason(error)}.") from error
    return filesystem, root.rstrip("/") or "/"


def join(directory: str, relative: str) -> str:
    """``relative`` (which may begin with ``..``) below ``directory``, a path or URI."""
    scheme = _SCHEME.match(directory)
    prefix = "" if scheme is None else f"{scheme.group()}://" if "://" in directory else f"{scheme.group()}:"
    return prefix + posixpath.normpath(posixpath.join(directory[len(prefix) :], relative))


def _by_fsspec(uri: str, refusal: pa.ArrowInvalid) -> tuple[fs.FileSystem, str]:
    """What fsspec makes of a URI that pyarrow refuses; ``refusal`` is the better reason where fsspec would have known
    the scheme no better."""
    scheme = uri.partition(":")[0].lower()
    if scheme == "file" or scheme not in fsspec.available_protocols():
        raise ConfigError(f"'{masked_location(uri)}' cannot be used: {_reason(refusal)}.") from refusal
    try:
        # What other processes have written since must be seen.
        filesystem, root = fsspec.core.url_to_fs(uri, use_listings_cache=False)
    except (ImportError, ValueError, OSError) as error:
        raise ConfigError(f"'{masked_location(uri)}' cannot be used: {_reason(error)}.") from error
    return fs.PyFileSystem(fs.FSSpecHandler(filesystem)), root


def _reason(error: Exception) -> str:
    return masked_location(str(error)).rstrip(".")
