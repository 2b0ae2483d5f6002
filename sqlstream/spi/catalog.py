"""What a catalog implements: databases, tables, views, functions and models by name.

Entry point group ``sqlstream.catalogs`` (type -> factory). Definitions are kept as resolved types and SQL text,
so that a catalog can store them anywhere.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import msgspec

from sqlstream.types.logical import LogicalType


class PhysicalColumn(msgspec.Struct, frozen=True, tag_field="kind", tag="physical"):
    name: str
    type: LogicalType
    comment: str | None = None


class ComputedColumn(msgspec.Struct, frozen=True, tag_field="kind", tag="computed"):
    """``expression`` is SQL text over the other columns."""

    name: str
    expression: str
    comment: str | None = None


class MetadataColumn(msgspec.Struct, frozen=True, tag_field="kind", tag="metadata"):
    """Read from the connector's metadata ``key`` (default: the column's name); VIRTUAL ones are never written."""

    name: str
    type: LogicalType
    key: str | None = None
    virtual: bool = False
    comment: str | None = None


Column = PhysicalColumn | ComputedColumn | MetadataColumn


class WatermarkDefinition(msgspec.Struct, frozen=True):
    """WATERMARK FOR ``column`` AS ``expression`` (SQL text)."""

    column: str
    expression: str


class CatalogTable(msgspec.Struct, frozen=True, tag="table"):
    columns: tuple[Column, ...]
    options: dict[str, str] = {}
    watermark: WatermarkDefinition | None = None
    primary_key: tuple[str, ...] = ()
    partition_keys: tuple[str, ...] = ()
    comment: str | None = None


class CatalogView(msgspec.Struct, frozen=True, tag="view"):
    """``query`` is SQL text, fully qualified as of the view's creation by ``catalog`` and ``database``."""

    query: str
    catalog: str
    database: str
    column_names: tuple[str, ...] = ()
    comment: str | None = None


class CatalogFunction(msgspec.Struct, frozen=True):
    class_name: str
    language: str = "PYTHON"


class CatalogModel(msgspec.Struct, frozen=True):
    inputs: tuple[PhysicalColumn, ...]
    outputs: tuple[PhysicalColumn, ...]
    options: dict[str, str] = {}
    comment: str | None = None


class CatalogDatabase(msgspec.Struct, frozen=True):
    properties: dict[str, str] = {}
    comment: str | None = None


Relation = CatalogTable | CatalogView


class Catalog(ABC):
    """Names are exact. Methods raise CatalogError for what does not exist, or exists already."""

    @property
    @abstractmethod
    def default_database(self) -> str: ...

    @abstractmethod
    def databases(self) -> list[str]: ...

    @abstractmethod
    def database(self, name: str) -> CatalogDatabase: ...

    @abstractmethod
    def create_database(self, name: str, database: CatalogDatabase) -> None: ...

    @abstractmethod
    def alter_database(self, name: str, database: CatalogDatabase) -> None: ...

    @abstractmethod
    def drop_database(self, name: str, cascade: bool) -> None: ...

    @abstractmethod
    def relations(self, database: str) -> list[str]:
        """Names of tables and views, sorted."""

    @abstractmethod
    def relation(self, database: str, name: str) -> Relation | None:
        """None when there is no such table or view."""

    @abstractmethod
    def put_relation(self, database: str, name: str, relation: Relation, replace: bool) -> None:
        """Create, or with ``replace`` change, a table or view."""

    @abstractmethod
    def drop_relation(self, database: str, name: str) -> None: ...

    @abstractmethod
    def functions(self, database: str) -> Mapping[str, CatalogFunction]: ...

    @abstractmethod
    def put_function(self, database: str, name: str, function: CatalogFunction, replace: bool) -> None: ...

    @abstractmethod
    def drop_function(self, database: str, name: str) -> None: ...

    @abstractmethod
    def models(self, database: str) -> Mapping[str, CatalogModel]: ...

    @abstractmethod
    def put_model(self, database: str, name: str, model: CatalogModel, replace: bool) -> None: ...

    @abstractmethod
    def drop_model(self, database: str, name: str) -> None: ...


class CatalogFactory(ABC):
    """The entry point's object; ``options`` is everything in CREATE CATALOG ... WITH except ``type``."""

    @abstractmethod
    def create(self, name: str, options: Mapping[str, str]) -> Catalog: ...
