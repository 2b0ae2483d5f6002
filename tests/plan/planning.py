"""A catalog in memory and a planner over it: what the planner's tests say SQL to."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlstream.config.configuration import Configuration
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.plan.planner import Planner, ResolvedRelation
from sqlstream.spi.catalog import CatalogTable, CatalogView, Relation
from sqlstream.sql.script import parse_query, parse_script
from sqlstream.sql.statements import CreateTable, CreateView, ExplainDetail, Insert, Query, StatementSet
from sqlstream.types.schema import Schema

HOME = ("default_catalog", "default_database")

TABLES = """
CREATE TABLE orders (
  id BIGINT, customer STRING, amount DECIMAL(10, 2), address ROW<city STRING, zip INT>, ts TIMESTAMP(3),
  doubled AS amount * 2,
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'datagen');
CREATE TABLE customers (id BIGINT, name STRING, city STRING) WITH ('connector' = 'datagen');
CREATE TABLE finite (k STRING, v INT) WITH ('connector' = 'datagen', 'number-of-rows' = '10');
CREATE TABLE anything (k STRING, n BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE files (k STRING, n BIGINT) WITH ('connector' = 'filesystem', 'path' = '/tmp/none', 'format' = 'csv');
"""


@dataclass
class Catalog:
    """One database."""

    relations: dict[tuple[str, ...], Relation] = field(default_factory=dict)

    def relation(self, path: tuple[str, ...]) -> ResolvedRelation | None:
        catalog, database, name = (*HOME[: 3 - len(path)], *path)
        relation = self.relations.get((catalog, database, name))
        return None if relation is None else ResolvedRelation((catalog, database, name), relation)

    def relation_names(self) -> list[str]:
        return [identifier[-1] for identifier in self.relations]

    def has_function(self, path: tuple[str, ...]) -> bool:
        return path[-1].lower() == "my_own"

    def create(self, script: str) -> None:
        for parsed in parse_script(script):
            statement = parsed.statement
            if isinstance(statement, CreateTable):
                self.relations[(*HOME, *statement.path)] = CatalogTable(
                    statement.columns, statement.options, statement.watermark, statement.primary_key,
                    statement.partition_keys,
                )  # fmt: skip
            else:
                assert isinstance(statement, CreateView)
                self.relations[(*HOME, *statement.path)] = CatalogView(
                    statement.query_text, *HOME, statement.column_names
                )


@dataclass
class Workbench:
    """A planner over :data:`TABLES`, and whatever a test adds to them."""

    options: dict[str, str] = field(default_factory=dict)
    catalog: Catalog = field(default_factory=Catalog)

    def __post_init__(self) -> None:
        self.catalog.create(TABLES)

    @property
    def planner(self) -> Planner:
        return Planner(self.catalog, Configuration({"table.local-time-zone": "UTC", **self.options}))

    def create(self, script: str) -> Workbench:
        self.catalog.create(script)
        return self

    def schema(self, query: str) -> Schema:
        return self.planner.query_schema(parse_query(query))

    def columns(self, query: str) -> list[str]:
        return [str(column) for column in self.schema(query)]

    def graph(self, sql: str) -> JobGraph:
        statement = parse_script(sql)[0].statement
        if isinstance(statement, Query):
            return self.planner.compile_query(statement.expression, name="test").graph
        inserts = statement.inserts if isinstance(statement, StatementSet) else (statement,)
        assert all(isinstance(insert, Insert) for insert in inserts)
        return self.planner.compile_inserts(inserts, name="test").graph

    def explain(self, sql: str, *details: ExplainDetail) -> str:
        statement = parse_script(sql)[0].statement
        assert isinstance(statement, Query | Insert | StatementSet)
        return self.planner.explain(statement, details)

    def section(self, title: str, sql: str, *details: ExplainDetail) -> str:
        """One section of EXPLAIN."""
        return self.explain(sql, *details).split(f"== {title} ==\n")[1].split("\n\n== ")[0].strip()

    def plan(self, sql: str, *details: ExplainDetail) -> str:
        """The physical plan, in text."""
        return self.section("Optimized Physical Plan", sql, *details)
