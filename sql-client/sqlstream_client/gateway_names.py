"""The names a session at a SQL gateway knows, asked for in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlstream.errors import SqlStreamError
from sqlstream.session.completion.names import ColumnName, Path, SqlNames
from sqlstream.session.text_result import Cells, TextResult
from sqlstream.sql.identifiers import quote, quote_path


class GatewayNames(SqlNames):
    """Asks by ``run``, which executes a statement, and remembers the answers until :meth:`forget`."""

    def __init__(self, run: Callable[[str], TextResult]) -> None:
        self._run = run
        self._known: dict[str, Sequence[Cells]] = {}

    def forget(self) -> None:
        """A statement may have changed anything."""
        self._known.clear()

    def catalogs(self) -> list[str]:
        return self._names("SHOW CATALOGS")

    def databases(self, catalog: str | None = None) -> list[str]:
        return self._names("SHOW DATABASES" if catalog is None else f"SHOW DATABASES FROM {quote(catalog)}")

    def relations(self, path: Path = ()) -> list[str]:
        return self._names(f"SHOW TABLES FROM {quote_path(path)}" if path else "SHOW TABLES")

    def columns(self, path: Path) -> list[ColumnName]:
        return [ColumnName(row[0] or "", row[1] or "") for row in self._rows(f"DESCRIBE {quote_path(path)}")]

    def functions(self) -> list[str]:
        return sorted(name.upper() for name in self._names("SHOW FUNCTIONS") if name[:1].isalpha())

    def settings(self) -> list[str]:
        return self._names("SET")

    def _names(self, statement: str) -> list[str]:
        return [row[0] for row in self._rows(statement) if row[0] is not None]

    def _rows(self, statement: str) -> Sequence[Cells]:
        if statement not in self._known:
            try:
                self._known[statement] = [row for page in self._run(statement).pages() for row in page.rows]
            except SqlStreamError:  # what is not there has no names in it
                self._known[statement] = ()
        return self._known[statement]
