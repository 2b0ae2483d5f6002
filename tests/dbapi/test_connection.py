"""Connections: sessions of their own, properties, threads, and gateways that are not there or are gone."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

import sqlstream.dbapi
from sqlstream.dbapi import Connection, InterfaceError, NotSupportedError, OperationalError, ProgrammingError
from sqlstream.dbapi import gateway_client as client_module
from sqlstream.dbapi.exceptions import ConnectionLostError
from sqlstream.dbapi.gateway_client import GatewayClient, next_token
from sqlstream.dbapi.heartbeat import Heartbeat
from sqlstream.gateway.server import SqlGateway


def test_a_connection_is_a_session_with_defaults_of_a_database_client(connection: Connection) -> None:
    properties = connection.properties()
    assert properties["execution.runtime-mode"] == "batch"
    assert properties["table.dml-sync"] == "true"
    assert properties["table.local-time-zone"] == "UTC"


def test_properties_catalog_and_database_are_the_sessions(gateway: SqlGateway, connection: Connection) -> None:
    connection.cursor().execute("CREATE DATABASE `odd ``name`")
    with sqlstream.dbapi.connect(
        url=gateway.url,
        catalog="default_catalog",
        database="default_database",
        properties={"table.local-time-zone": "Asia/Tokyo"},
    ) as other:
        assert other.cursor().execute("SHOW CURRENT DATABASE").fetchone() == ("default_database",)
        assert other.properties()["table.local-time-zone"] == "Asia/Tokyo"
    connection.use(database="odd `name")
    assert connection.cursor().execute("SHOW CURRENT DATABASE").fetchone() == ("odd `name",)


def test_a_catalog_that_does_not_exist_is_told_when_connecting(gateway: SqlGateway) -> None:
    sessions = len(gateway.sessions)
    with pytest.raises(ProgrammingError, match="nowhere"):
        sqlstream.dbapi.connect(url=gateway.url, catalog="nowhere")
    assert len(gateway.sessions) == sessions


def test_a_session_begins_with_statements(gateway: SqlGateway, tmp_path: Path) -> None:
    init = [f"CREATE CATALOG files WITH ('type' = 'file', 'path' = '{tmp_path}')", "CREATE DATABASE files.sales"]
    with sqlstream.dbapi.connect(url=gateway.url, init=init, catalog="files", database="sales") as connection:
        cursor = connection.cursor()
        assert cursor.execute("SHOW CURRENT CATALOG").fetchone() == ("files",)
        assert cursor.execute("SHOW CURRENT DATABASE").fetchone() == ("sales",)
    sessions = len(gateway.sessions)
    with pytest.raises(ProgrammingError, match="nonsense"):
        sqlstream.dbapi.connect(url=gateway.url, init=["nonsense"])
    assert len(gateway.sessions) == sessions


def test_nobody_at_the_address_is_an_operational_error() -> None:
    with pytest.raises(OperationalError, match=r"http://localhost:1 cannot be reached.*\nStart one with"):
        sqlstream.dbapi.connect(port=1)


def test_host_and_url_exclude_each_other() -> None:
    with pytest.raises(InterfaceError, match="either host and port, or url"):
        sqlstream.dbapi.connect("localhost", url="http://localhost:8083")


def test_there_are_no_transactions(connection: Connection) -> None:
    assert connection.autocommit
    connection.commit()
    with pytest.raises(NotSupportedError, match="no transactions"):
        connection.rollback()


def test_a_closed_connection_and_its_cursors_refuse(gateway: SqlGateway) -> None:
    connection = sqlstream.dbapi.connect(url=gateway.url)
    cursor = connection.cursor()
    connection.close()
    assert connection.closed
    for use in (connection.cursor, connection.commit, connection.ping, lambda: cursor.execute("SELECT 1")):
        with pytest.raises(InterfaceError, match="connection is closed"):
            use()
    cursor.close()


def test_closing_ends_the_session_and_forgetting_a_connection_does_too(gateway: SqlGateway) -> None:
    before = len(gateway.sessions)
    with sqlstream.dbapi.connect(url=gateway.url):
        assert len(gateway.sessions) == before + 1
    assert len(gateway.sessions) == before
    forgotten = sqlstream.dbapi.connect(url=gateway.url)
    assert len(gateway.sessions) == before + 1
    del forgotten
    gc.collect()
    assert len(gateway.sessions) == before


def test_a_session_that_the_gateway_has_dropped(gateway: SqlGateway, connection: Connection) -> None:
    connection.ping()
    gateway.sessions.close_session(connection.session_handle)
    with pytest.raises(ConnectionLostError, match="does not exist"):
        connection.ping()
    with pytest.raises(ConnectionLostError, match="Connect again"):
        connection.cursor().execute("SELECT 1")


def test_threads_share_a_connection(connection: Connection) -> None:
    def ask(n: int) -> list[tuple[object, ...]]:
        return connection.cursor().execute("SELECT ?", [n]).fetchall()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(24))) == [[(n,)] for n in range(24)]


def test_a_heartbeat_keeps_the_session_wanted_until_it_is_stopped() -> None:
    beaten = Event()

    class Client:
        def heartbeat(self, session: str) -> None:
            assert session == "the session"
            beaten.set()
            raise OperationalError("not now")

    heartbeat = Heartbeat(Client(), "the session", 0.001)  # type: ignore[arg-type]
    assert beaten.wait(30)
    beaten.clear()
    assert beaten.wait(30), "an error ended it"
    heartbeat.stop()


@pytest.mark.parametrize("version", ["V1", "V2", "V3", "V4"])
def test_every_version_of_the_protocol_gives_the_same(
    gateway: SqlGateway, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "VERSIONS", (version,))
    with sqlstream.dbapi.connect(url=gateway.url) as connection:
        cursor = connection.cursor(changelog=True)
        cursor.execute("SELECT a, b FROM (VALUES (1, 'x'), (2, CAST(NULL AS STRING))) AS t(a, b) ORDER BY a")
        assert cursor.fetchall() == [(1, "x"), (2, None)]
        cursor.execute("SET 'execution.runtime-mode' = 'streaming'")
        cursor.execute("SELECT COUNT(*) FROM (VALUES (1), (2)) AS t(n)")
        assert [repr(row) for row in cursor][-1] == "+U(2,)"


def test_json_and_arrow_agree_on_instants_in_any_zone(gateway: SqlGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = []
    for versions in (("V4",), ("V1",)):
        monkeypatch.setattr(client_module, "VERSIONS", versions)
        with sqlstream.dbapi.connect(url=gateway.url, properties={"table.local-time-zone": "Asia/Tokyo"}) as connection:
            rows.append(connection.cursor().execute("SELECT TO_TIMESTAMP_LTZ(1704067200123, 3)").fetchone())
    assert rows[0] is not None
    assert rows[0][0].isoformat() == "2024-01-01T00:00:00.123000+00:00"
    assert rows[0] == rows[1]


def test_a_gateway_that_speaks_other_versions_only(gateway: SqlGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "VERSIONS", ("V9",))
    with pytest.raises(NotSupportedError, match="speaks V1, V2, V3, V4 of the protocol only"):
        GatewayClient(gateway.url, 10)


def test_the_newest_common_version_is_spoken(gateway: SqlGateway) -> None:
    assert GatewayClient(gateway.url, 10).version == "V4"


def test_an_address_of_a_page_is_only_a_token() -> None:
    assert next_token("/v4/sessions/a/operations/b/result/17?rowFormat=JSON") == 17
    assert next_token("http://elsewhere/v1/sessions/a/operations/b/result/3") == 3
    assert next_token(None) is None
    with pytest.raises(sqlstream.dbapi.InternalError):
        next_token("/v4/elsewhere")
