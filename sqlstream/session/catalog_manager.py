"""What a session can name: its catalogs, where it stands in them, and its temporary objects."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from sqlstream.errors import CatalogError
from sqlstream.plan.planner import ResolvedRelation
from sqlstream.spi.catalog import Catalog, CatalogFactory, CatalogFunction, CatalogModel, CatalogView, Relation
from sqlstream.spi.plugins import load_plugin

DEFAULT_CATALOG = "default_catalog"
DEFAULT_DATABASE = "default_database"
IN_MEMORY = "generic_in_memory"

Identifier = tuple[str, str, str]
Path = tuple[str, ...]


class CatalogManager:
    """Qualifies names of one to three parts; temporary objects hide permanent ones of the same name."""

    def __init__(self) -> None:
        self._catalogs: dict[str, Catalog] = {}
        self.catalog_options: dict[str, dict[str, str]] = {}
        self.catalog_comments: dict[str, str] = {}
        self.create_catalog(DEFAULT_CATALOG, {"type": IN_MEMORY, "default-database": DEFAULT_DATABASE})
        self.current_catalog = DEFAULT_CATALOG
        self.current_database = DEFAULT_DATABASE
        self.temporary_relations: dict[Identifier, Relation] = {}
        self.temporary_functions: dict[Identifier, CatalogFunction] = {}
        self.system_functions: dict[str, CatalogFunction] = {}
        self.temporary_models: dict[Identifier, CatalogModel] = {}

    # -- catalogs and databases --

    def catalogs(self) -> list[str]:
        return sorted(self._catalogs)

    def catalog(self, name: str) -> Catalog:
        """Raises CatalogError, with a suggestion, when there is no such catalog."""
        if name not in self._catalogs:
            raise missing("catalog", name, self._catalogs)
        return self._catalogs[name]

    def create_catalog(self, name: str, options: Mapping[str, str], comment: str | None = None) -> None:
        if name in self._catalogs:
            raise CatalogError(f"Catalog '{name}' already exists.", hint="Choose another name, or IF NOT EXISTS.")
        self._catalogs[name] = _made(name, options)
        self.catalog_options[name] = dict(options)
        if comment is not None:
            self.catalog_comments[name] = comment

    def alter_catalog(
        self, name: str, set_options: Mapping[str, str], reset_keys: Sequence[str], comment: str | None
    ) -> None:
        """Make the catalog anew with changed options; what it holds outside this process stays."""
        self.catalog(name)
        if comment is not None:
            self.catalog_comments[name] = comment
            return
        old = self.catalog_options[name]
        if old["type"] == IN_MEMORY or "type" in {*set_options, *reset_keys}:
            raise CatalogError(
                f"Catalog '{name}' cannot be altered: its type, and options of a {IN_MEMORY} catalog, are fixed.",
                hint="Drop the catalog and create it again.",
            )
        options = {key: value for key, value in {**old, **set_options}.items() if key not in reset_keys}
        self._catalogs[name] = _made(name, options)
        self.catalog_options[name] = options

    def drop_catalog(self, name: str) -> None:
        self.catalog(name)
        if name == self.current_catalog:
            raise CatalogError(f"Catalog '{name}' is in use.", hint="USE CATALOG another one first.")
        del self._catalogs[name], self.catalog_options[name]
        self.catalog_comments.pop(name, None)

    def use_catalog(self, name: str) -> None:
        self.current_database = self.catalog(name).default_database
        self.current_catalog = name

    def use_database(self, path: Path) -> None:
        catalog, database = self.database_path(path)
        self.existing_database(catalog, database)
        self.current_catalog, self.current_database = catalog, database

    def database_path(self, path: Path) -> tuple[str, str]:
        """(catalog, database) of a name of at most two parts; an empty one is the current database."""
        if len(path) > 2:
            raise CatalogError(f"'{'.'.join(path)}' is not the name of a database.", hint="Write [catalog.]database.")
        here = (self.current_catalog, self.current_database)
        catalog, database = (*here[: 2 - len(path)], *path)
        return catalog, database

    def existing_database(self, catalog: str, database: str) -> Catalog:
        """The catalog, if it has that database; CatalogError otherwise."""
        found = self.catalog(catalog)
        if database not in found.databases():
            raise missing("database", database, found.databases())
        return found

    # -- tables and views --

    def qualify(self, path: Path) -> Identifier:
        here = (self.current_catalog, self.current_database)
        catalog, database, name = (*here[: 3 - len(path)], *path)
        return catalog, database, name

    def relation(self, path: Path) -> ResolvedRelation | None:
        """The table or view called ``path``, or None."""
        identifier = self.qualify(path)
        relation = self.temporary_relations.get(identifier) or self.permanent_relation(identifier)
        return None if relation is None else ResolvedRelation(identifier, relation)

    def permanent_relation(self, identifier: Identifier) -> Relation | None:
        catalog, database, name = identifier
        if catalog not in self._catalogs or database not in self._catalogs[catalog].databases():
            return None
        return self._catalogs[catalog].relation(database, name)

    def relation_names(self) -> list[str]:
        """Names in the current database, sorted; what a bare name may mean."""
        return self.relations_of(self.current_catalog, self.current_database)

    def relations_of(self, catalog: str, database: str) -> list[str]:
        permanent = self.existing_database(catalog, database).relations(database)
        temporary = {i[2] for i in self.temporary_relations if i[:2] == (catalog, database)}
        return sorted({*permanent, *temporary})

    def put_relation(self, path: Path, relation: Relation, *, temporary: bool, replace: bool) -> None:
        catalog, database, name = identifier = self.qualify(path)
        if not temporary:
            self.existing_database(catalog, database).put_relation(database, name, relation, replace)
        elif identifier in self.temporary_relations and not replace:
            raise CatalogError(f"Temporary {describe(relation)} '{dotted(identifier)}' already exists.")
        else:
            self.temporary_relations[identifier] = relation

    def replace_relation(self, path: Path, relation: Relation) -> None:
        """Change an existing relation where it is, temporary or not."""
        self.put_relation(path, relation, temporary=self.qualify(path) in self.temporary_relations, replace=True)

    def drop_relation(self, path: Path) -> None:
        identifier = self.qualify(path)
        if self.temporary_relations.pop(identifier, None) is None:
            catalog, database, name = identifier
            self.catalog(catalog).drop_relation(database, name)

    def rename_relation(self, path: Path, new_path: Path) -> None:
        """``new_path`` of one part stays in the old one's database."""
        source = self.qualify(path)
        target = (*source[:2], *new_path) if len(new_path) == 1 else self.qualify(new_path)
        if self.relation(target) is not None:
            raise CatalogError(f"'{dotted(target)}' already exists.")
        resolved = self.relation(source)
        if resolved is None:
            raise self.missing_relation("table", path)
        temporary = source in self.temporary_relations
        self.put_relation(target, resolved.relation, temporary=temporary, replace=False)
        self.drop_relation(source)

    def missing_relation(self, kind: str, path: Path) -> CatalogError:
        return missing(kind, ".".join(path), self.relation_names())

    # -- functions and models --

    def functions_of(self, catalog: str, database: str) -> dict[str, CatalogFunction]:
        permanent = self.existing_database(catalog, database).functions(database)
        temporary = {i[2]: f for i, f in self.temporary_functions.items() if i[:2] == (catalog, database)}
        return {**permanent, **temporary, **self.system_functions}

    def has_function(self, path: Path) -> bool:
        """Whether a user's function is called ``path``, in any case."""
        catalog, database, name = self.qualify(path)
        if catalog not in self._catalogs or database not in self._catalogs[catalog].databases():
            return False
        return name.lower() in (known.lower() for known in self.functions_of(catalog, database))

    def models_of(self, catalog: str, database: str) -> dict[str, CatalogModel]:
        permanent = self.existing_database(catalog, database).models(database)
        temporary = {i[2]: m for i, m in self.temporary_models.items() if i[:2] == (catalog, database)}
        return {**permanent, **temporary}


def _made(name: str, options: Mapping[str, str]) -> Catalog:
    kind = options.get("type")
    if kind is None:
        raise CatalogError(f"Catalog '{name}' has no 'type'.", hint=f"Add WITH ('type' = '{IN_MEMORY}').")
    factory: CatalogFactory = load_plugin("catalogs", kind)
    return factory.create(name, {key: value for key, value in options.items() if key != "type"})


def dotted(path: Path) -> str:
    return ".".join(path)


def describe(relation: Relation) -> str:
    """``table`` or ``view``."""
    return "view" if isinstance(relation, CatalogView) else "table"


def missing(kind: str, name: str, known: Mapping[str, object] | list[str]) -> CatalogError:
    """The error for a name that does not exist, with the nearest one that does."""
    close = difflib.get_close_matches(name, list(known), n=1)
    hint = f"Did you mean '{close[0]}'?" if close else None
    return CatalogError(f"{kind.capitalize()} '{name}' does not exist.", hint=hint)
