"""Script files, read whole."""

from __future__ import annotations

from pathlib import Path

from sqlstream.errors import SqlStreamError

_SCHEME = "://"


def is_remote(file: str) -> bool:
    """Whether ``file`` is a URI, not a path."""
    return _SCHEME in file


def read_script(file: str | Path) -> str:
    """The text of a SQL file, a path or URI; SqlStreamError when it cannot be read."""
    try:
        return _content(str(file)).decode()
    except OSError as error:
        reason = error.strerror or str(error)
        raise SqlStreamError(f"Cannot read '{file}': {reason}.", hint="Check the path of the script.") from None
    except UnicodeDecodeError as error:
        raise SqlStreamError(
            f"'{file}' is not a text file in UTF-8: byte {error.start} is invalid.", hint="Save the script as UTF-8."
        ) from None


def _content(file: str) -> bytes:
    if not is_remote(file):
        return Path(file).expanduser().read_bytes()
    from sqlstream.spi.filesystem import resolve

    filesystem, path = resolve(file)
    with filesystem.open_input_stream(path) as stream:
        return bytes(stream.readall())


def identity(file: str | Path) -> str:
    """What two names of the same script have in common."""
    return str(file) if is_remote(str(file)) else str(Path(file).expanduser().resolve())
