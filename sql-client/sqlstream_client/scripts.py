"""Script files, read whole."""

from __future__ import annotations

from pathlib import Path

from sqlstream.errors import SqlStreamError


def read_script(path: Path) -> str:
    """The text of a SQL file; SqlStreamError when it cannot be read."""
    try:
        return path.expanduser().read_text(encoding="utf-8")
    except OSError as error:
        raise SqlStreamError(f"Cannot read '{path}': {error.strerror}.", hint="Check the path of the script.") from None
    except UnicodeDecodeError as error:
        raise SqlStreamError(
            f"'{path}' is not a text file in UTF-8: byte {error.start} is invalid.", hint="Save the script as UTF-8."
        ) from None
