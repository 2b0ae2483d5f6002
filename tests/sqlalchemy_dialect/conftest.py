"""A gateway for each test file, and engines and tables for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from sqlstream.config.configuration import Configuration
from sqlstream.gateway.server import SqlGateway


@pytest.fixture(scope="module")
def gateway() -> Iterator[SqlGateway]:
    gateway = SqlGateway(Configuration({"sql-gateway.endpoint.rest.port": "0"}))
    yield gateway
    gateway.close()


@pytest.fixture
def engine(gateway: SqlGateway) -> Iterator[sa.Engine]:
    engine = sa.create_engine(f"sqlstream://localhost:{gateway.port}/default_catalog/default_database")
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def stored(tmp_path: Path) -> dict[str, str]:
    """The options of a table that keeps its rows in files."""
    path = tmp_path / "rows"
    path.mkdir()
    return {"connector": "filesystem", "path": str(path), "format": "json"}
