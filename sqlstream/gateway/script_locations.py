"""Where the scripts may be that the gateway reads for its clients, and how they are read."""

from __future__ import annotations

import posixpath
import stat
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import GATEWAY_MAX_CONTENT_LENGTH, GATEWAY_SCRIPT_LOCATIONS
from sqlstream.errors import ConfigError, SqlStreamError
from sqlstream.gateway.errors import GatewayError
from sqlstream.spi.filesystem import is_uri, masked_location, resolve

_NOT_IN_URIS = ("?", "#", "\\", "\0")
"""Parameters would let a client say how, and with whom, the gateway's credentials are used."""


class ScriptLocations:
    """The directories of ``sql-gateway.script-uri.locations``. A script must be in one of them, or below, once links
    and ``..`` are followed; and no larger than a request may be."""

    def __init__(self, configuration: Configuration) -> None:
        given = configuration.optional(GATEWAY_SCRIPT_LOCATIONS)
        locations = [str(Path.cwd())] if given is None else [part.strip() for part in given.split(";") if part.strip()]
        self._directories = [Path(_local(location)).resolve() for location in locations if _is_local(location)]
        self._uris = [location.rstrip("/") for location in locations if not _is_local(location)]
        self._limit = configuration.option(GATEWAY_MAX_CONTENT_LENGTH)

    def read(self, uri: str) -> str:
        """The script at ``uri``, a path or URI. GatewayError when it may not, or cannot, be read."""
        try:
            content = self._local_content(uri) if _is_local(uri) else self._remote_content(uri)
            return content.decode()
        except UnicodeDecodeError as error:
            raise self._unreadable(uri, f"byte {error.start} is not UTF-8") from None
        except (OSError, pa.ArrowException) as error:
            raise self._unreadable(uri, getattr(error, "strerror", None) or str(error)) from None
        except ConfigError as error:
            raise self._unreadable(uri, error.message.rstrip(".")) from None

    def _local_content(self, uri: str) -> bytes:
        given = _local(uri)
        if "\0" in given:
            raise self._forbidden(uri)
        file = Path(given).resolve()
        if not any(file.is_relative_to(directory) for directory in self._directories):
            raise self._forbidden(uri)
        if not stat.S_ISREG(file.stat().st_mode):
            raise self._unreadable(uri, "it is not a file")
        with file.open("rb") as stream:
            return self._bounded(uri, stream.read(self._limit + 1))

    def _remote_content(self, uri: str) -> bytes:
        plain = posixpath.normpath(unquote(uri).partition("://")[2]) == uri.partition("://")[2]
        if not plain or any(character in uri for character in _NOT_IN_URIS):
            raise self._forbidden(uri)
        if not any(uri.startswith(f"{location}/") for location in self._uris):
            raise self._forbidden(uri)
        filesystem, path = resolve(uri)
        with filesystem.open_input_stream(path) as stream:
            return self._bounded(uri, bytes(stream.read(self._limit + 1)))

    def _bounded(self, uri: str, content: bytes) -> bytes:
        if len(content) > self._limit:
            raise self._unreadable(uri, f"it is larger than {self._limit} bytes")
        return content

    def _forbidden(self, uri: str) -> SqlStreamError:
        return GatewayError(
            f"The gateway may not read the script '{masked_location(uri)}'.",
            hint=f"It reads only below the directories of '{GATEWAY_SCRIPT_LOCATIONS.key}'; or send the script itself.",
        )

    def _unreadable(self, uri: str, reason: str) -> SqlStreamError:
        return GatewayError(f"The gateway cannot read the script '{masked_location(uri)}': {reason}.")


def _is_local(location: str) -> bool:
    return not is_uri(location) or location.lower().startswith("file:")


def _local(location: str) -> str:
    """The path that ``location``, a path or a ``file`` URI, is."""
    if not is_uri(location):
        return location
    path = location[len("file:") :]
    return unquote(path.removeprefix("//"))
