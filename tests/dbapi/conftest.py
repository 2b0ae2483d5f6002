"""A gateway for each test file, on a free port, and connections to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import sqlstream.dbapi
from sqlstream.config.configuration import Configuration
from sqlstream.dbapi import Connection, Cursor
from sqlstream.gateway.server import SqlGateway


@pytest.fixture(scope="module")
def gateway() -> Iterator[SqlGateway]:
    gateway = SqlGateway(Configuration({"sql-gateway.endpoint.rest.port": "0"}))
    yield gateway
    gateway.close()


@pytest.fixture
def connection(gateway: SqlGateway) -> Iterator[Connection]:
    with sqlstream.dbapi.connect(url=gateway.url) as connection:
        yield connection


@pytest.fixture
def streaming(gateway: SqlGateway) -> Iterator[Connection]:
    """A connection whose session runs queries as streams."""
    with sqlstream.dbapi.connect(url=gateway.url, properties={"execution.runtime-mode": "streaming"}) as connection:
        yield connection


@pytest.fixture
def cursor(connection: Connection) -> Cursor:
    return connection.cursor()
