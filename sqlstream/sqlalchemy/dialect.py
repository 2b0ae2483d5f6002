"""The dialect: ``sqlstream://host:8083/catalog/database?execution.runtime-mode=streaming``."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from sqlalchemy import URL, exc, pool
from sqlalchemy import types as sa
from sqlalchemy.engine import BindTyping, ConnectArgsType
from sqlalchemy.schema import Table

from sqlstream.dbapi.connection import DEFAULT_PORT
from sqlstream.dbapi.exceptions import ConnectionLostError
from sqlstream.dbapi.literals import Null
from sqlstream.sqlalchemy import types as own
from sqlstream.sqlalchemy.compiler import SqlstreamCompiler
from sqlstream.sqlalchemy.ddl_compiler import SqlstreamDDLCompiler
from sqlstream.sqlalchemy.identifiers import SqlstreamIdentifierPreparer
from sqlstream.sqlalchemy.reflection import SqlstreamReflection
from sqlstream.sqlalchemy.type_compiler import SqlstreamTypeCompiler

_ARGUMENTS: dict[str, Callable[[str], Any]] = {
    "timeout": float,
    "statement_timeout": float,
    "heartbeat_interval": float,
    "session_name": str,
}
"""What the URL's query may say about the connection; anything else in it is an option of the session."""

_TLS = "tls"
_INIT = "init"


class SqlstreamDialect(SqlstreamReflection):
    """No transactions: every statement stands for itself, and a rollback does nothing."""

    name = "sqlstream"
    driver = "dbapi"
    default_paramstyle = "qmark"
    statement_compiler = SqlstreamCompiler
    ddl_compiler = SqlstreamDDLCompiler
    type_compiler_cls = SqlstreamTypeCompiler
    preparer = SqlstreamIdentifierPreparer
    construct_arguments = [(Table, {"with": None, "partitioned_by": None})]  # noqa: RUF012 (SQLAlchemy's own type)
    colspecs = {sa.Interval: own.INTERVAL, sa.SmallInteger: own.SMALLINT, sa.Float: own.FLOAT}  # noqa: RUF012

    bind_typing = BindTyping.RENDER_CASTS
    supports_statement_cache = True
    supports_alter = False
    supports_comments = True
    inline_comments = True
    supports_default_values = False
    supports_empty_insert = False
    supports_multivalues_insert = True
    supports_native_boolean = True
    supports_native_decimal = True
    supports_sane_rowcount = False
    supports_sane_multi_rowcount = False
    supports_sequences = False
    postfetch_lastrowid = False
    use_insertmanyvalues = False
    insert_returning = False
    tuple_in_values = False

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        import sqlstream.dbapi

        return sqlstream.dbapi

    @classmethod
    def get_pool_class(cls, url: URL) -> type[pool.Pool]:
        return pool.QueuePool

    def create_connect_args(self, url: URL) -> ConnectArgsType:
        """The arguments of ``sqlstream.dbapi.connect``. In the query, ``tls=true`` makes it HTTPS, and
        each ``init`` is a statement to begin with; user and password are sent as HTTP basic authorisation, which a
        proxy in front of the gateway may ask for."""
        query = {key: value if isinstance(value, str) else value[-1] for key, value in url.query.items()}
        query.pop(_INIT, None)
        scheme = "https" if query.pop(_TLS, "false").lower() == "true" else "http"
        catalog, _, database = (url.database or "").partition("/")
        arguments: dict[str, Any] = {
            "url": f"{scheme}://{url.host or 'localhost'}:{url.port or DEFAULT_PORT}",
            "catalog": catalog or None,
            "database": database or None,
        }
        if statements := url.normalized_query.get(_INIT):
            arguments[_INIT] = statements
        for name, read in _ARGUMENTS.items():
            if name in query:
                arguments[name] = _read(read, name, query.pop(name))
        if url.username is not None:
            credentials = f"{url.username}:{url.password or ''}".encode()
            arguments["headers"] = {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"}
        arguments["properties"] = query
        return [], arguments

    def get_default_isolation_level(self, dbapi_conn: Any) -> Any:
        return "AUTOCOMMIT"

    def get_isolation_level(self, dbapi_connection: Any) -> Any:
        return "AUTOCOMMIT"

    def get_isolation_level_values(self, dbapi_conn: Any) -> Any:
        return ["AUTOCOMMIT"]

    def set_isolation_level(self, dbapi_connection: Any, level: Any) -> None:
        """Nothing: there is one level only."""

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Nothing: SQLAlchemy rolls back whenever a connection goes back to its pool."""

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any | None = None) -> None:
        cursor.execute(statement, with_typed_nulls([parameters], context)[0])

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any | None = None) -> None:
        cursor.executemany(statement, with_typed_nulls(parameters, context))

    def do_savepoint(self, connection: Any, name: str) -> None:
        raise exc.CompileError("There are no transactions, and so no savepoints in them.")

    def do_ping(self, dbapi_connection: Any) -> bool:
        dbapi_connection.ping()
        return True

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        return isinstance(e, ConnectionLostError)


def with_typed_nulls(rows: Sequence[Sequence[Any]], context: Any | None) -> Sequence[Sequence[Any]]:
    """``rows`` with the type of each None that SQLAlchemy knows it of: Flink wants no other in VALUES."""
    compiled = getattr(context, "compiled", None)
    names = getattr(compiled, "positiontup", None)
    if compiled is None or names is None or not any(value is None for row in rows for value in row):
        return rows
    nulls = [_null(compiled.binds.get(name)) for name in names]
    if any(len(row) != len(nulls) for row in rows):
        return rows
    return [[null if value is None else value for value, null in zip(row, nulls, strict=True)] for row in rows]


def _null(parameter: Any) -> Null | None:
    if parameter is None or isinstance(parameter.type, sa.NullType):
        return None
    return Null(str(parameter.type.compile(SqlstreamDialect())))


def _read(read: Callable[[str], Any], name: str, text: str) -> Any:
    try:
        return read(text)
    except ValueError:
        raise exc.ArgumentError(f"'{text}' is no value for {name} in the URL: a number is needed.") from None
