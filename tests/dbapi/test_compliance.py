"""The generic DB-API compliance suite (PyPI: dbapi-compliance), against a gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dbapi20
import pytest

import sqlstream.dbapi
from sqlstream.gateway.server import SqlGateway


class TestCompliance(dbapi20.DatabaseAPI20Test):  # type: ignore[misc]
    driver = sqlstream.dbapi
    lower_func = None  # there are no stored procedures, and no callproc()

    @pytest.fixture(autouse=True)
    def _gateway(self, gateway: SqlGateway, tmp_path: Path) -> None:
        self.connect_kw_args = {"url": gateway.url}
        self._folder = tmp_path

    def executeDDL1(self, cursor: Any) -> None:  # noqa: N802
        cursor.execute(self._stored(self.ddl1))

    def executeDDL2(self, cursor: Any) -> None:  # noqa: N802
        cursor.execute(self._stored(self.ddl2))

    def _stored(self, ddl: str) -> str:
        """A table needs a place for its rows."""
        path = self._folder / ddl.split()[2]
        path.mkdir(exist_ok=True)
        return f"{ddl} WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = 'json')"

    def test_non_idempotent_close(self) -> None:
        """The suite itself doubts that closing twice should fail: here it does nothing."""
        connection = self._connect()
        connection.close()
        connection.close()

    def test_nextset(self) -> None:
        """Optional, and left out: a statement has one result."""
        assert not hasattr(sqlstream.dbapi.Cursor, "nextset")

    def test_setoutputsize(self) -> None:
        """Values are never cut, whatever is asked for."""
        cursor = self._connect().cursor()
        cursor.setoutputsize(1)
        assert cursor.execute("SELECT 'long enough'").fetchone() == ("long enough",)
