"""One exception tree: every user-facing error says what is wrong, where, and what to do next.

The command line and the clients print ``str(error)`` and nothing else; a traceback is for
``SQLSTREAM_VERBOSE``.
"""

from __future__ import annotations

from dataclasses import dataclass

VERBOSE_VARIABLE = "SQLSTREAM_VERBOSE"
"""Set in the environment, it makes errors show where in sqlstream they came from."""


@dataclass(frozen=True)
class Position:
    """A place in SQL text: ``line`` and ``column`` count from 1, ``length`` is in characters."""

    line: int
    column: int
    length: int = 1


class SqlStreamError(Exception):
    """Base of every error a user may see. ``hint`` is the line that says what to do next."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\n{self.hint}"


class SqlError(SqlStreamError):
    """A syntax or validation mistake in SQL text, pointing at the character when it is known.

    ``source`` is the whole text the position refers to; without it no caret can be drawn.
    """

    def __init__(
        self,
        message: str,
        *,
        position: Position | None = None,
        source: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.position = position
        self.source = source

    def with_source(self, source: str) -> SqlError:
        """The same error, able to draw its caret in ``source``; a source already known is kept."""
        if self.source is None:
            self.source = source
        return self

    def __str__(self) -> str:
        lines = [self.message]
        if self.position is not None:
            lines[0] += f" (line {self.position.line}, column {self.position.column})"
            lines.extend(self._caret(self.position))
        if self.hint is not None:
            lines.append(self.hint)
        return "\n".join(lines)

    def _caret(self, position: Position) -> list[str]:
        source_lines = (self.source or "").splitlines()
        if position.line > len(source_lines):
            return []
        text = source_lines[position.line - 1].expandtabs(1)
        width = max(1, min(position.length, len(text) - position.column + 1))
        return [f"  {text}", "  " + " " * (position.column - 1) + "^" * width]


class PlanError(SqlError):
    """Valid SQL that this engine cannot run as asked; says which clause, why, and what to write instead."""


class ConfigError(SqlStreamError):
    """An unknown option, or a value that does not parse or is out of range."""


class CatalogError(SqlStreamError):
    """An object that does not exist, exists already, or may not be changed."""


class ConnectorError(SqlStreamError):
    """A connector or format that cannot read or write; names the file (and line) or the endpoint."""


class DataError(SqlStreamError):
    """A value that an expression cannot compute: a failed CAST, a division by zero, an overflow."""


class StateError(SqlStreamError):
    """State that cannot be read, written or restored; names the operator and the file."""


class ClusterError(SqlStreamError):
    """The runtime cannot do what was asked: unreachable process, no free slots, a failed job."""
