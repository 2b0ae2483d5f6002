"""What every catalog promises, and what the file catalog promises besides: it is there again next time."""

from __future__ import annotations

from pathlib import Path

import pytest

from sqlstream.errors import CatalogError, ConfigError
from sqlstream.spi.catalog import (
    Catalog,
    CatalogDatabase,
    CatalogFunction,
    CatalogModel,
    CatalogTable,
    CatalogView,
    ComputedColumn,
    MetadataColumn,
    PhysicalColumn,
    WatermarkDefinition,
)
from sqlstream.spi.plugins import load_plugin
from sqlstream.types.parse import parse_type

TABLE = CatalogTable(
    columns=(
        PhysicalColumn("id", parse_type("BIGINT NOT NULL"), "the key"),
        PhysicalColumn("r", parse_type("ROW<x ARRAY<DECIMAL(10, 2)>, y MAP<STRING, TIMESTAMP(3)>>")),
        ComputedColumn("c", "id + 1"),
        MetadataColumn("m", parse_type("TIMESTAMP_LTZ(3)"), "timestamp", True),
    ),
    options={"connector": "datagen"},
    watermark=WatermarkDefinition("c", "c - INTERVAL '5' SECOND"),
    primary_key=("id",),
    partition_keys=("id",),
    comment="ä",
)
VIEW = CatalogView("SELECT 1", "cat", "db", ("a",))
FUNCTION = CatalogFunction("pkg.f")
MODEL = CatalogModel((PhysicalColumn("i", parse_type("STRING")),), (PhysicalColumn("o", parse_type("STRING")),))


@pytest.fixture(params=["generic_in_memory", "file"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Catalog:
    return _catalog(request.param, tmp_path)


def _catalog(kind: str, path: Path, **options: str) -> Catalog:
    if kind == "file":
        options |= {"path": str(path / "catalog")}
    made: Catalog = load_plugin("catalogs", kind).create("cat", {k.replace("_", "-"): v for k, v in options.items()})
    return made


def test_the_default_database_is_there(catalog: Catalog, tmp_path: Path) -> None:
    assert catalog.databases() == [catalog.default_database] == ["default"]
    assert catalog.relations("default") == []
    assert _catalog("generic_in_memory", tmp_path, default_database="mine").databases() == ["mine"]


def test_databases(catalog: Catalog) -> None:
    catalog.create_database("db", CatalogDatabase({"k": "v"}, "why"))
    with pytest.raises(CatalogError, match=r"'cat\.db' exists already"):
        catalog.create_database("db", CatalogDatabase())
    catalog.alter_database("db", CatalogDatabase({"k": "w"}))
    assert catalog.database("db").properties == {"k": "w"}
    catalog.put_relation("db", "t", TABLE, replace=False)
    with pytest.raises(CatalogError, match="not empty"):
        catalog.drop_database("db", cascade=False)
    catalog.drop_database("db", cascade=True)
    assert catalog.databases() == ["default"]
    for call in (lambda: catalog.drop_database("db", True), lambda: catalog.relations("db")):
        with pytest.raises(CatalogError, match=r"'cat\.db' does not exist"):
            call()
    with pytest.raises(CatalogError, match="cannot be dropped"):
        catalog.drop_database("default", cascade=True)


def test_a_dropped_database_comes_back_empty(catalog: Catalog) -> None:
    catalog.create_database("db", CatalogDatabase())
    catalog.put_relation("db", "t", TABLE, replace=False)
    catalog.drop_database("db", cascade=True)
    catalog.create_database("db", CatalogDatabase())
    assert catalog.relations("db") == []


@pytest.mark.parametrize("name", ["t", "T", "a b", "../../up", ".", "..", "ä/ö", "x.json", "%2E"])
def test_any_name_is_a_name(catalog: Catalog, name: str) -> None:
    catalog.create_database(name, CatalogDatabase())
    catalog.put_relation(name, name, TABLE, replace=False)
    assert catalog.databases() == sorted([name, "default"])
    assert catalog.relations(name) == [name]
    assert catalog.relation(name, name) == TABLE


def test_tables_and_views_share_their_names(catalog: Catalog) -> None:
    catalog.put_relation("default", "t", TABLE, replace=False)
    with pytest.raises(CatalogError, match=r"'cat\.default\.t' exists already"):
        catalog.put_relation("default", "t", VIEW, replace=False)
    catalog.put_relation("default", "t", VIEW, replace=True)
    assert catalog.relation("default", "t") == VIEW
    catalog.drop_relation("default", "t")
    assert catalog.relation("default", "t") is None
    with pytest.raises(CatalogError, match="does not exist"):
        catalog.drop_relation("default", "t")


def test_functions_and_models(catalog: Catalog) -> None:
    catalog.put_function("default", "f", FUNCTION, replace=False)
    catalog.put_model("default", "f", MODEL, replace=False)
    assert catalog.functions("default") == {"f": FUNCTION}
    assert catalog.models("default") == {"f": MODEL}
    catalog.drop_function("default", "f")
    catalog.drop_model("default", "f")
    assert not catalog.functions("default")
    assert not catalog.models("default")
    with pytest.raises(CatalogError, match=r"Function 'cat\.default\.f' does not exist"):
        catalog.drop_function("default", "f")


def test_the_file_catalog_is_there_again(tmp_path: Path) -> None:
    first = _catalog("file", tmp_path)
    first.create_database("db", CatalogDatabase(comment="kept"))
    first.put_relation("db", "t", TABLE, replace=False)
    first.put_relation("db", "v", VIEW, replace=False)
    again = _catalog("file", tmp_path)
    assert again.databases() == ["db", "default"]
    assert again.database("db").comment == "kept"
    assert [again.relation("db", name) for name in again.relations("db")] == [TABLE, VIEW]
    assert all(".." not in str(f.relative_to(tmp_path)) for f in tmp_path.rglob("*"))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    catalog = _catalog("file", tmp_path)
    catalog.put_relation("default", "t", TABLE, replace=False)
    file = next(tmp_path.rglob("t.json"))
    file.write_text("{")
    with pytest.raises(CatalogError, match=r"t\.json' is damaged"):
        catalog.relation("default", "t")


def test_a_directory_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "catalog").write_text("a file")
    with pytest.raises(CatalogError, match="catalog' cannot be read or written"):
        _catalog("file", tmp_path)


def test_wrong_options_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="requires the option 'path'"):
        load_plugin("catalogs", "file").create("cat", {})
    with pytest.raises(ConfigError, match="Unknown option 'pth'"):
        load_plugin("catalogs", "generic_in_memory").create("cat", {"pth": "x"})
    with pytest.raises(ConfigError, match="is empty"):
        load_plugin("catalogs", "generic_in_memory").create("cat", {"default-database": " "})
