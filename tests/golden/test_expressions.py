"""Every recorded expression has the type and the value that Apache Flink gave it.

Nullability is not compared: sqlstream says NULL where a function can return NULL, Flink not always. Intervals print
without Flink's precision, and DOUBLE may differ in its last digit, for the mathematical libraries do.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sqlstream
from sqlstream.errors import SqlStreamError
from sqlstream.session.session import Session
from sqlstream.types.text import format_array

RECORDS = [json.loads(line) for line in (Path(__file__).parent / "expressions.jsonl").read_text().splitlines()]
TIME_ZONE = "Europe/Berlin"
_INTERVALS = {"INTERVAL SECOND(3)": "INTERVAL DAY TO SECOND", "INTERVAL MONTH": "INTERVAL YEAR TO MONTH"}


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with sqlstream.connect({"execution.runtime-mode": "batch", "table.local-time-zone": TIME_ZONE}) as session:
        yield session


def _same_value(text: str, recorded: str, type_: str) -> bool:
    if type_ == "DOUBLE" and recorded != "<NULL>":
        return text == recorded or math.isclose(float(text), float(recorded), rel_tol=4e-16)
    return text == recorded


@pytest.mark.parametrize("record", RECORDS, ids=[record["sql"] for record in RECORDS])
def test_expression_gives_what_flink_gives(session: Session, record: dict[str, Any]) -> None:
    statement = f"SELECT {record['sql']} AS c0"
    if "error" in record:
        with pytest.raises(SqlStreamError):
            session.sql(statement).to_arrow()
        return
    result = session.sql(statement)
    type_ = result.schema[0].type
    recorded_type = record["type"].removesuffix(" NOT NULL")
    (text,) = format_array(result.to_arrow().column(0).combine_chunks(), type_, TIME_ZONE)
    assert type_.summary == _INTERVALS.get(recorded_type, recorded_type)
    assert _same_value("<NULL>" if text is None else text, record["value"], type_.summary), text
