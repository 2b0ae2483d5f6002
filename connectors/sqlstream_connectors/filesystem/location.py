"""Where a table's files are: the file system, the directory or file, and the pattern in a glob."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pyarrow import fs

from sqlstream.errors import ConfigError, ConnectorError
from sqlstream.spi.filesystem import masked_location, resolve

_WILDCARD = re.compile(r"[*?\[]")
_HIDDEN = (".", "_")


@dataclass(frozen=True)
class Location:
    """``root`` is a directory or a file in ``filesystem``; ``pattern`` what paths below it must match, for a glob.

    ``text`` is the option as the user wrote it, for error messages; credentials in a URI are masked.
    """

    filesystem: fs.FileSystem
    root: str
    pattern: re.Pattern[str] | None
    text: str

    @classmethod
    def of(cls, text: str) -> Location:
        """Raises ConfigError for a path that is neither local nor a URI pyarrow knows."""
        if not text.strip() or "\0" in text:
            raise ConfigError(f"Invalid value '{text}' for option 'path'.", hint="Expected a path or a URI.")
        wildcard = _WILDCARD.search(text)
        plain = text if wildcard is None else text[: text.rfind("/", 0, wildcard.start()) + 1]
        filesystem, root = _resolve(plain or ".", text)
        if wildcard is None:
            return cls(filesystem, root, None, masked_location(text))
        relative = text[len(plain) :]
        base = "" if root.endswith("/") else "/"
        return cls(
            filesystem, root, re.compile(re.escape(root + base) + _glob_expression(relative)), masked_location(text)
        )

    def files(self, partition_keys: Collection[str] = ()) -> list[fs.FileInfo]:
        """Every visible file, nested directories included, by path. ConnectorError when the path does not exist.

        Names that begin with ``.`` or ``_`` are hidden, except directories of a partition key that is so called.
        """
        try:
            root = self.filesystem.get_file_info(self.root)
            if root.type == fs.FileType.File:
                return [root]
            if root.type == fs.FileType.NotFound:
                raise _missing(self.text)
            found = self.filesystem.get_file_info(fs.FileSelector(self.root, recursive=True))
        except OSError as error:
            raise ConnectorError(f"Cannot list '{self.text}': {error}.") from error
        prefixes = tuple(f"{key}=" for key in partition_keys)
        files = [i for i in found if i.type == fs.FileType.File and not self._hidden(i.path, prefixes)]
        if self.pattern is not None:
            files = [info for info in files if self._matches(info.path, self.pattern)]
            if not files and not self._any_directory(found, self.pattern):
                raise _missing(self.text)
        return sorted(files, key=lambda info: info.path)

    def relative(self, path: str) -> PurePosixPath:
        """``path`` below the root; only its name when the root is that file."""
        return PurePosixPath(path).relative_to(self.root) if path != self.root else PurePosixPath(Path(path).name)

    def below(self, relative: str) -> str:
        """The path of ``relative``, which the root itself is if it is empty."""
        return "/".join(filter(None, (self.root.rstrip("/"), relative))) or "/"

    def _hidden(self, path: str, exempt: tuple[str, ...]) -> bool:
        return any(part.startswith(_HIDDEN) and not part.startswith(exempt) for part in self.relative(path).parts)

    def _matches(self, path: str, pattern: re.Pattern[str]) -> bool:
        """Whether the file or a directory that it is in matches the glob."""
        candidates = [path, *map(str, PurePosixPath(path).parents)]
        return any(pattern.fullmatch(candidate) for candidate in candidates)

    def _any_directory(self, found: list[fs.FileInfo], pattern: re.Pattern[str]) -> bool:
        return any(info.type == fs.FileType.Directory and pattern.fullmatch(info.path) for info in found)


def _resolve(path: str, text: str) -> tuple[fs.FileSystem, str]:
    try:
        return resolve(path)
    except ConfigError as error:
        raise ConfigError(f"Invalid value '{masked_location(text)}' for option 'path': {error.message}") from error


def _glob_expression(glob: str) -> str:
    """A glob over ``/``-separated paths: ``*`` and ``?`` stay within a name, ``**`` crosses directories."""
    pieces = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]/]+\])", glob)
    return "".join(
        pieces.get(part) or (_character_set(part) if part.startswith("[") else re.escape(part)) for part in parts
    )


def _character_set(part: str) -> str:
    if not part.endswith("]"):
        return re.escape(part)
    inside = part[1:-1].replace("\\", "\\\\")
    return f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]"


def _missing(text: str) -> ConnectorError:
    return ConnectorError(f"Path '{text}' does not exist.", hint="Check the 'path' option of the table.")
