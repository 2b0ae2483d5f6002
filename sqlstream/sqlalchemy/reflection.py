"""What SQLAlchemy's inspector asks, answered by SHOW and DESCRIBE.

Source: Flink documentation, "SHOW Statements" and "DESCRIBE Statements".
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import exc, text
from sqlalchemy.engine import Connection
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedPrimaryKeyConstraint, ReflectedTableComment
from sqlalchemy.engine.reflection import cache

from sqlstream.sqlalchemy.types import sqlalchemy_type
from sqlstream.types.logical import with_nullability
from sqlstream.types.parse import parse_type

_TIME_ATTRIBUTE = re.compile(r" \*(?:ROWTIME|PROCTIME)\*$")
_COMMENT = re.compile(r"^(?:\)\n|CREATE [^\n]*\n)COMMENT '(?P<comment>(?:[^']|'')*)'$", re.MULTILINE)
_VIEW_QUERY = re.compile(r"^AS (?P<query>.*)\Z", re.MULTILINE | re.DOTALL)


class SqlstreamReflection(DefaultDialect):
    """The inspection half of the dialect. A schema is a database, or ``catalog.database``."""

    @cache
    def get_schema_names(self, connection: Connection, **kw: Any) -> list[str]:
        return self._names(connection, "SHOW DATABASES")

    def has_schema(self, connection: Connection, schema_name: str, **kw: Any) -> bool:
        catalog, _, database = schema_name.rpartition(".")
        scope = f" FROM {self._quote(catalog)}" if catalog else ""
        return database in self._names(connection, f"SHOW DATABASES{scope}")

    @cache
    def get_table_names(self, connection: Connection, schema: str | None = None, **kw: Any) -> list[str]:
        views = set(self.get_view_names(connection, schema, **kw))
        return [name for name in self._relations(connection, "TABLES", schema) if name not in views]

    @cache
    def get_view_names(self, connection: Connection, schema: str | None = None, **kw: Any) -> list[str]:
        return self._relations(connection, "VIEWS", schema)

    @cache
    def has_table(self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any) -> bool:
        if schema is not None and not self.has_schema(connection, schema):
            return False
        return table_name in self._relations(connection, "TABLES", schema)

    @cache
    def get_columns(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[ReflectedColumn]:
        return [_column(row) for row in self._described(connection, table_name, schema)]

    @cache
    def get_pk_constraint(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> ReflectedPrimaryKeyConstraint:
        keys = [row for row in self._described(connection, table_name, schema) if row.get("key")]
        keys.sort(key=lambda row: _position_in_key(row["name"], row["key"]))
        return {"constrained_columns": [row["name"] for row in keys], "name": None}

    @cache
    def get_table_comment(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> ReflectedTableComment:
        match = _COMMENT.search(self._definition(connection, table_name, schema))
        return {"text": None if match is None else match["comment"].replace("''", "'")}

    @cache
    def get_view_definition(self, connection: Connection, view_name: str, schema: str | None = None, **kw: Any) -> str:
        match = _VIEW_QUERY.search(self._definition(connection, view_name, schema))
        if match is None:
            raise exc.NoSuchTableError(view_name)
        return match["query"].strip()

    def get_foreign_keys(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[Any]:
        return self._none_of(connection, table_name, schema)

    def get_indexes(self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any) -> list[Any]:
        return self._none_of(connection, table_name, schema)

    def get_unique_constraints(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[Any]:
        return self._none_of(connection, table_name, schema)

    def get_check_constraints(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[Any]:
        return self._none_of(connection, table_name, schema)

    def _get_default_schema_name(self, connection: Connection) -> str:
        return self._names(connection, "SHOW CURRENT DATABASE")[0]

    def _none_of(self, connection: Connection, table_name: str, schema: str | None) -> list[Any]:
        self._require(connection, table_name, schema)
        return []

    def _relations(self, connection: Connection, kind: str, schema: str | None) -> list[str]:
        scope = "" if schema is None else f" FROM {self.identifier_preparer.quote_schema(schema)}"
        return self._names(connection, f"SHOW {kind}{scope}")

    def _described(self, connection: Connection, table_name: str, schema: str | None) -> list[dict[str, Any]]:
        self._require(connection, table_name, schema)
        rows = connection.execute(text(_escaped(f"DESCRIBE {self._path(table_name, schema)}")))
        return [dict(row) for row in rows.mappings()]

    def _definition(self, connection: Connection, name: str, schema: str | None) -> str:
        self._require(connection, name, schema)
        kind = "VIEW" if name in self._relations(connection, "VIEWS", schema) else "TABLE"
        shown = connection.execute(text(_escaped(f"SHOW CREATE {kind} {self._path(name, schema)}")))
        return str(shown.scalar_one())

    def _require(self, connection: Connection, table_name: str, schema: str | None) -> None:
        if not self.has_table(connection, table_name, schema):
            raise exc.NoSuchTableError(table_name)

    def _path(self, name: str, schema: str | None) -> str:
        prefix = "" if schema is None else f"{self.identifier_preparer.quote_schema(schema)}."
        return prefix + self._quote(name)

    def _quote(self, name: str) -> str:
        return str(self.identifier_preparer.quote(name))

    @staticmethod
    def _names(connection: Connection, statement: str) -> list[str]:
        return [row[0] for row in connection.execute(text(_escaped(statement)))]


def _column(row: dict[str, Any]) -> ReflectedColumn:
    type_ = with_nullability(parse_type(_TIME_ATTRIBUTE.sub("", row["type"])), bool(row["null"]))
    column: ReflectedColumn = {
        "name": row["name"],
        "type": sqlalchemy_type(type_),
        "nullable": type_.nullable,
        "default": None,
        "comment": row.get("comment") or None,
    }
    extras = row.get("extras") or ""
    if extras.startswith("AS "):
        column["computed"] = {"sqltext": extras.removeprefix("AS ")}
    return column


def _position_in_key(name: str, key: str) -> int:
    """``key`` is ``PRI(a, b)``."""
    names = key.removeprefix("PRI(").removesuffix(")").split(", ")
    return names.index(name) if name in names else len(names)


def _escaped(statement: str) -> str:
    """``statement`` for text(), where a colon before a name would make a parameter."""
    return statement.replace(":", r"\:")
