"""PEP 249 driver for SQL gateways that speak Flink's REST protocol: sqlstream's, and Flink's own.

import sqlstream.dbapi

with sqlstream.dbapi.connect("localhost", 8083) as connection, connection.cursor() as cursor:
    cursor.execute("SELECT name FROM users WHERE id = ?", [42])
    print(cursor.fetchall())
"""

from sqlstream.dbapi.connection import SESSION_DEFAULTS, Connection, connect
from sqlstream.dbapi.cursor import Cursor
from sqlstream.dbapi.exceptions import (
    ConnectionLostError,
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    Warning,
)
from sqlstream.dbapi.literals import Null
from sqlstream.dbapi.rows import ChangelogRow
from sqlstream.dbapi.type_objects import (
    BINARY,
    DATETIME,
    NUMBER,
    ROWID,
    STRING,
    Binary,
    Date,
    DateFromTicks,
    Time,
    TimeFromTicks,
    Timestamp,
    TimestampFromTicks,
)

apilevel = "2.0"
threadsafety = 2
paramstyle = "qmark"

__all__ = [
    "BINARY",
    "DATETIME",
    "NUMBER",
    "ROWID",
    "SESSION_DEFAULTS",
    "STRING",
    "Binary",
    "ChangelogRow",
    "Connection",
    "ConnectionLostError",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Date",
    "DateFromTicks",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "Null",
    "OperationalError",
    "ProgrammingError",
    "Time",
    "TimeFromTicks",
    "Timestamp",
    "TimestampFromTicks",
    "Warning",
    "apilevel",
    "connect",
    "paramstyle",
    "threadsafety",
]
