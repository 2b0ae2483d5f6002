"""The names a session of this process knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlstream.errors import SqlStreamError
from sqlstream.functions.registry import function_names
from sqlstream.session.completion.names import ColumnName, Path, SqlNames
from sqlstream.session.session import Session
from sqlstream.types.logical import with_nullability

T = TypeVar("T")


def _known(names: Callable[[], list[T]]) -> list[T]:
    try:
        return names()
    except SqlStreamError:
        return []


class SessionNames(SqlNames):
    """Looks each name up when it is asked for; only while the session executes nothing."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def catalogs(self) -> list[str]:
        return self._session.catalogs.catalogs()

    def databases(self, catalog: str | None = None) -> list[str]:
        manager = self._session.catalogs
        return _known(lambda: sorted(manager.catalog(catalog or manager.current_catalog).databases()))

    def relations(self, path: Path = ()) -> list[str]:
        manager = self._session.catalogs
        return _known(lambda: manager.relations_of(*manager.database_path(path)))

    def columns(self, path: Path) -> list[ColumnName]:
        return _known(
            lambda: [ColumnName(f.name, str(with_nullability(f.type, True))) for f in self._session.schema_of(path)]
        )

    def functions(self) -> list[str]:
        manager = self._session.catalogs
        own = _known(lambda: list(manager.functions_of(*manager.database_path(()))))
        return sorted({*(name for name in function_names() if name[0].isalpha()), *(name.upper() for name in own)})

    def settings(self) -> list[str]:
        return list(self._session.configuration)
