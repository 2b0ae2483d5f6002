"""The ``generic_in_memory`` catalog: it lives and dies with the session."""

from __future__ import annotations

from collections.abc import Mapping

from sqlstream.spi.catalog import Catalog, CatalogDatabase, CatalogFactory
from sqlstream_catalog.options import default_database
from sqlstream_catalog.stored_catalog import Definition, Kind, Storage, StoredCatalog


class InMemoryCatalogFactory(CatalogFactory):
    """Option ``default-database`` (default ``default``)."""

    def create(self, name: str, options: Mapping[str, str]) -> Catalog:
        return StoredCatalog(name, default_database(name, options), MemoryStorage())


class MemoryStorage(Storage):
    """Definitions in dictionaries."""

    def __init__(self) -> None:
        self._databases: dict[str, CatalogDatabase] = {}
        self._definitions: dict[tuple[str, Kind], dict[str, Definition]] = {}

    def databases(self) -> list[str]:
        return list(self._databases)

    def database(self, name: str) -> CatalogDatabase | None:
        return self._databases.get(name)

    def put_database(self, name: str, database: CatalogDatabase) -> None:
        self._databases[name] = database

    def drop_database(self, name: str) -> None:
        del self._databases[name]
        for kind in Kind:
            self._definitions.pop((name, kind), None)

    def names(self, database: str, kind: Kind) -> list[str]:
        return list(self._definitions.get((database, kind), ()))

    def definition(self, database: str, kind: Kind, name: str) -> Definition | None:
        return self._definitions.get((database, kind), {}).get(name)

    def put(self, database: str, kind: Kind, name: str, definition: Definition) -> None:
        self._definitions.setdefault((database, kind), {})[name] = definition

    def drop(self, database: str, kind: Kind, name: str) -> None:
        del self._definitions[database, kind][name]
