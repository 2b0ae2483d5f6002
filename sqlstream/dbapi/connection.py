"""PEP 249's connection: one session of a SQL gateway."""

from __future__ import annotations

import datetime as dt
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlstream.dbapi import exceptions
from sqlstream.dbapi.cursor import Cursor
from sqlstream.dbapi.exceptions import InterfaceError, NotSupportedError, OperationalError
from sqlstream.dbapi.gateway_client import GatewayClient
from sqlstream.dbapi.heartbeat import Heartbeat
from sqlstream.dbapi.operation import Operation

DEFAULT_PORT = 8083
SESSION_DEFAULTS = {
    "execution.runtime-mode": "batch",
    "table.dml-sync": "true",
    "table.local-time-zone": "UTC",
}
"""What a database client expects, unless it says otherwise: final results, INSERTs that are done when they return, and
times that do not depend on where the gateway runs."""

_TIME_ZONE = "table.local-time-zone"


def connect(
    host: str | None = None,
    port: int | None = None,
    *,
    url: str | None = None,
    catalog: str | None = None,
    database: str | None = None,
    init: Sequence[str] = (),
    properties: Mapping[str, str] | None = None,
    session_name: str | None = None,
    timeout: float | None = 60.0,
    statement_timeout: float | None = None,
    heartbeat_interval: float | None = 60.0,
    headers: Mapping[str, str] | None = None,
    changelog: bool = False,
) -> Connection:
    """Open a session of the SQL gateway at ``host`` (localhost) and ``port`` (8083), or at ``url``.

    ``init`` are statements to begin with, such as the CREATE CATALOG of ``catalog``: what a session creates in its own
    memory, no other sees. ``properties`` are options of the session, over :data:`SESSION_DEFAULTS`.

    Times are in seconds: ``timeout`` bounds each HTTP request, ``statement_timeout`` how long ``execute()`` and each
    fetch wait (None: for ever). ``headers`` go with every request, for a proxy that wants authorisation. ``changelog``
    is the cursors' default.

    OperationalError when no gateway answers, ProgrammingError for a catalog or database that does not exist.
    """
    if url is None:
        url = f"http://{host or 'localhost'}:{port or DEFAULT_PORT}"
    elif host is not None or port is not None:
        raise InterfaceError("Give either host and port, or url.")
    client = GatewayClient(url, timeout, headers)
    try:
        session = client.open_session({**SESSION_DEFAULTS, **(properties or {})}, session_name)
    except BaseException:
        client.close()
        raise
    connection = Connection(client, session, statement_timeout, heartbeat_interval, changelog)
    try:
        with connection.cursor() as cursor:
            for statement in init:
                cursor.execute(statement)
        connection.use(catalog, database)
    except BaseException:
        connection.close()
        raise
    return connection


class Connection:
    """Made by :func:`connect`. Threads may share it, each with cursors of its own; the gateway runs a session's
    statements one after the other.

    There are no transactions: every statement stands for itself.
    """

    Warning = exceptions.Warning
    Error = exceptions.Error
    InterfaceError = exceptions.InterfaceError
    DatabaseError = exceptions.DatabaseError
    DataError = exceptions.DataError
    OperationalError = exceptions.OperationalError
    IntegrityError = exceptions.IntegrityError
    InternalError = exceptions.InternalError
    ProgrammingError = exceptions.ProgrammingError
    NotSupportedError = exceptions.NotSupportedError

    def __init__(
        self,
        client: GatewayClient,
        session: str,
        statement_timeout: float | None,
        heartbeat_interval: float | None,
        changelog: bool,
    ) -> None:
        self.session_handle = session
        self._client = client
        self._statement_timeout = statement_timeout
        self._changelog = changelog
        heartbeat = None if heartbeat_interval is None else Heartbeat(client, session, heartbeat_interval)
        self._release = weakref.finalize(self, _release, client, session, heartbeat)
        self._cursors: weakref.WeakSet[Cursor] = weakref.WeakSet()

    @property
    def url(self) -> str:
        """Where the gateway is."""
        return self._client.url

    @property
    def autocommit(self) -> bool:
        """True: every statement stands for itself."""
        return True

    @property
    def closed(self) -> bool:
        return not self._release.alive

    def cursor(self, changelog: bool | None = None) -> Cursor:
        """A new cursor. With ``changelog`` it gives the rows that change a streaming query's result too."""
        self.require_open()
        cursor = Cursor(self, self._new_operation, self._changelog if changelog is None else changelog)
        self._cursors.add(cursor)
        return cursor

    def commit(self) -> None:
        """Nothing: every statement has taken effect when it has ended."""
        self.require_open()

    def rollback(self) -> None:
        """NotSupportedError: what has been written stays."""
        self.require_open()
        raise NotSupportedError("There are no transactions, and nothing can be rolled back.")

    def use(self, catalog: str | None = None, database: str | None = None) -> None:
        """Make ``catalog`` and ``database`` the current ones; None leaves one as it is."""
        with self.cursor() as cursor:
            if catalog is not None:
                cursor.execute(f"USE CATALOG {quoted(catalog)}")
            if database is not None:
                cursor.execute(f"USE {quoted(database)}")

    def properties(self) -> dict[str, str]:
        """The options of the session as they are now."""
        self.require_open()
        return self._client.session_properties(self.session_handle)

    def ping(self) -> None:
        """OperationalError when the gateway, or the session there, is gone."""
        self.require_open()
        self._client.heartbeat(self.session_handle)

    def close(self) -> None:
        """Stop the cursors' statements and end the session. Closing twice is allowed."""
        if self.closed:
            return
        for cursor in list(self._cursors):
            cursor.cancel()
        self._release()

    def require_open(self) -> None:
        """InterfaceError when the connection is closed."""
        if self.closed:
            raise InterfaceError("The connection is closed.", hint="Make another with sqlstream.dbapi.connect().")

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _new_operation(self) -> Operation:
        return Operation(self._client, self.session_handle, self._statement_timeout, self._time_zone)

    def _time_zone(self) -> dt.tzinfo:
        """That of the session's clock, which a SET may have changed."""
        name = self.properties().get(_TIME_ZONE, "UTC")
        if name == "UTC":
            return dt.UTC
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise OperationalError(
                f"The session's time zone '{name}' is not known here.",
                hint=f"SET '{_TIME_ZONE}' = 'UTC'; to fetch instants from this gateway.",
            ) from None


def quoted(name: str) -> str:
    """``name`` as a SQL identifier, whatever is in it."""
    return "`" + name.replace("`", "``") + "`"


def _release(client: GatewayClient, session: str, heartbeat: Heartbeat | None) -> None:
    """End the session on the gateway, if that still answers."""
    if heartbeat is not None:
        heartbeat.stop()
    with suppress(exceptions.Error):
        client.close_session(session)
    client.close()
