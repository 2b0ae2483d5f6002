"""A catalog's rules (what exists, what may be created and dropped), over any storage of definitions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import Enum
from typing import cast

from sqlstream.errors import CatalogError
from sqlstream.spi.catalog import (
    Catalog,
    CatalogDatabase,
    CatalogFunction,
    CatalogModel,
    Relation,
)

Definition = Relation | CatalogFunction | CatalogModel


class Kind(Enum):
    """What shares a name space within a database; the value is what error messages call it."""

    RELATION = "Table or view"
    FUNCTION = "Function"
    MODEL = "Model"


class Storage(ABC):
    """Keeps definitions and knows no rules: it is asked only for what exists."""

    @abstractmethod
    def databases(self) -> list[str]: ...

    @abstractmethod
    def database(self, name: str) -> CatalogDatabase | None: ...

    @abstractmethod
    def put_database(self, name: str, database: CatalogDatabase) -> None: ...

    @abstractmethod
    def drop_database(self, name: str) -> None:
        """With everything in it."""

    @abstractmethod
    def names(self, database: str, kind: Kind) -> list[str]: ...

    @abstractmethod
    def definition(self, database: str, kind: Kind, name: str) -> Definition | None: ...

    @abstractmethod
    def put(self, database: str, kind: Kind, name: str, definition: Definition) -> None: ...

    @abstractmethod
    def drop(self, database: str, kind: Kind, name: str) -> None: ...


class StoredCatalog(Catalog):
    """The catalog ``name``; its default database is created when it is not there."""

    def __init__(self, name: str, default_database: str, storage: Storage) -> None:
        self._name = name
        self._default_database = default_database
        self._storage = storage
        if storage.database(default_database) is None:
            storage.put_database(default_database, CatalogDatabase())

    @property
    def default_database(self) -> str:
        return self._default_database

    def databases(self) -> list[str]:
        return sorted(self._storage.databases())

    def database(self, name: str) -> CatalogDatabase:
        found = self._storage.database(name)
        if found is None:
            raise CatalogError(
                f"Database '{self._name}.{name}' does not exist.", hint=f"Databases: {', '.join(self.databases())}."
            )
        return found

    def create_database(self, name: str, database: CatalogDatabase) -> None:
        if self._storage.database(name) is not None:
            raise CatalogError(
                f"Database '{self._name}.{name}' exists already.", hint="Use CREATE DATABASE IF NOT EXISTS."
            )
        self._storage.put_database(name, database)

    def alter_database(self, name: str, database: CatalogDatabase) -> None:
        self.database(name)
        self._storage.put_database(name, database)

    def drop_database(self, name: str, cascade: bool) -> None:
        self.database(name)
        if name == self._default_database:
            raise CatalogError(f"Database '{self._name}.{name}' is the catalog's default and cannot be dropped.")
        if not cascade and any(self._storage.names(name, kind) for kind in Kind):
            raise CatalogError(
                f"Database '{self._name}.{name}' is not empty.", hint="Use DROP DATABASE ... CASCADE to drop it all."
            )
        self._storage.drop_database(name)

    def relations(self, database: str) -> list[str]:
        self.database(database)
        return sorted(self._storage.names(database, Kind.RELATION))

    def relation(self, database: str, name: str) -> Relation | None:
        self.database(database)
        return cast("Relation | None", self._storage.definition(database, Kind.RELATION, name))

    def put_relation(self, database: str, name: str, relation: Relation, replace: bool) -> None:
        self._put(database, Kind.RELATION, name, relation, replace)

    def drop_relation(self, database: str, name: str) -> None:
        self._drop(database, Kind.RELATION, name)

    def functions(self, database: str) -> Mapping[str, CatalogFunction]:
        return cast("Mapping[str, CatalogFunction]", self._all(database, Kind.FUNCTION))

    def put_function(self, database: str, name: str, function: CatalogFunction, replace: bool) -> None:
        self._put(database, Kind.FUNCTION, name, function, replace)

    def drop_function(self, database: str, name: str) -> None:
        self._drop(database, Kind.FUNCTION, name)

    def models(self, database: str) -> Mapping[str, CatalogModel]:
        return cast("Mapping[str, CatalogModel]", self._all(database, Kind.MODEL))

    def put_model(self, database: str, name: str, model: CatalogModel, replace: bool) -> None:
        self._put(database, Kind.MODEL, name, model, replace)

    def drop_model(self, database: str, name: str) -> None:
        self._drop(database, Kind.MODEL, name)

    def _all(self, database: str, kind: Kind) -> dict[str, Definition | None]:
        self.database(database)
        names = sorted(self._storage.names(database, kind))
        return {name: self._storage.definition(database, kind, name) for name in names}

    def _put(self, database: str, kind: Kind, name: str, definition: Definition, replace: bool) -> None:
        self.database(database)
        if not replace and self._storage.definition(database, kind, name) is not None:
            raise CatalogError(f"{kind.value} '{self._name}.{database}.{name}' exists already.")
        self._storage.put(database, kind, name, definition)

    def _drop(self, database: str, kind: Kind, name: str) -> None:
        self.database(database)
        if self._storage.definition(database, kind, name) is None:
            raise CatalogError(f"{kind.value} '{self._name}.{database}.{name}' does not exist.")
        self._storage.drop(database, kind, name)
