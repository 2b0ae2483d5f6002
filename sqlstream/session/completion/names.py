"""The names completion may offer, wherever they are kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

Path = tuple[str, ...]


@dataclass(frozen=True)
class ColumnName:
    """A column and its type, as text."""

    name: str
    type: str


class SqlNames(ABC):
    """What can be named. A thing that does not exist has no names in it: there are no errors."""

    @abstractmethod
    def catalogs(self) -> list[str]: ...

    @abstractmethod
    def databases(self, catalog: str | None = None) -> list[str]:
        """Of ``catalog``, by default the current one."""

    @abstractmethod
    def relations(self, path: Path = ()) -> list[str]:
        """Tables and views of the database ``path`` ([catalog, ]database), by default the current one."""

    @abstractmethod
    def columns(self, path: Path) -> list[ColumnName]:
        """Of table or view ``path``."""

    @abstractmethod
    def functions(self) -> list[str]:
        """The functions that can be called, in upper case."""

    @abstractmethod
    def settings(self) -> list[str]:
        """The keys that are set, beside those that are declared."""
