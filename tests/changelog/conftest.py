"""A session with the tables of :mod:`tests.changing_tables`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import sqlstream
from sqlstream.plan import table_connector
from sqlstream.session.session import Session
from sqlstream.spi.plugins import load_plugin
from tests.changing_tables import ChangingTables


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> ChangingTables:
    changing = ChangingTables()

    def load(group: str, name: str) -> object:
        return changing if (group, name) == ("connectors", "changing") else load_plugin(group, name)

    monkeypatch.setattr(table_connector, "load_plugin", load)
    return changing


@pytest.fixture
def session(tables: ChangingTables) -> Iterator[Session]:
    with sqlstream.connect({"parallelism.default": "2"}) as opened:
        yield opened
