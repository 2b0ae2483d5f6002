"""A gateway for each test file, on a free port."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sqlstream.config.configuration import Configuration
from sqlstream.gateway.server import SqlGateway


@pytest.fixture(scope="module")
def gateway() -> Iterator[SqlGateway]:
    gateway = SqlGateway(Configuration({"sql-gateway.endpoint.rest.port": "0"}))
    yield gateway
    gateway.close()


@pytest.fixture
def client(gateway: SqlGateway) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway.url, timeout=30, trust_env=False) as client:
        yield client
