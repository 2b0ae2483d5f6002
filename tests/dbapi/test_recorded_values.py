"""The JSON that Flink's gateway sent is read as the values that Arrow pages bring: one result, whichever the format."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import sqlstream.dbapi
from sqlstream.dbapi import Cursor
from sqlstream.dbapi.json_rows import JsonRows
from sqlstream.dbapi.logical_types import logical_type
from sqlstream.dbapi.python_values import python_rows
from sqlstream.gateway.server import SqlGateway
from sqlstream.types.schema import Field, Schema
from tests.gateway.record_answers import PROPERTIES
from tests.gateway.recorded_answers import VALUES, RecordedValue, recorded

CASES: list[RecordedValue] = recorded(VALUES, RecordedValue)
ZONE = ZoneInfo(PROPERTIES["table.local-time-zone"])


@pytest.fixture(scope="module")
def cursor(gateway: SqlGateway) -> Cursor:
    return sqlstream.dbapi.connect(url=gateway.url, properties=PROPERTIES).cursor()


def flinks_value(case: RecordedValue) -> Any:
    schema = Schema((Field("v", logical_type(case.logical_type)),))
    page = f'[{{"kind":"INSERT","fields":[{case.json}]}}]'.encode()
    return python_rows(JsonRows(schema, ZONE).decode(page).data)[0][0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.expression)
def test_a_value_is_the_same_in_json_and_in_arrow(cursor: Cursor, case: RecordedValue) -> None:
    (row,) = cursor.execute(f"SELECT {case.expression} AS v").fetchall()
    assert repr(row[0]) == repr(flinks_value(case))
    assert cursor.schema is not None
    assert cursor.schema.types == [logical_type(case.logical_type)]


def test_nanoseconds_are_cut_for_python_and_kept_for_arrow(cursor: Cursor) -> None:
    cursor.execute("SELECT TIMESTAMP '2024-01-01 00:00:00.123456789' AS v")
    assert cursor.fetch_arrow_table()["v"].cast("int64").to_pylist() == [1704067200123456789]
    schema = Schema((Field("v", logical_type({"type": "TIMESTAMP_WITHOUT_TIME_ZONE", "precision": 9})),))
    batch = JsonRows(schema, dt.UTC).decode(b'[{"kind":"INSERT","fields":["2024-01-01T00:00:00.123456789"]}]')
    assert batch.data.column(0).cast("int64").to_pylist() == [1704067200123456789]
    assert python_rows(batch.data) == [(dt.datetime(2024, 1, 1, 0, 0, 0, 123456),)]
