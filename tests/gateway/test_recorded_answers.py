"""What the gateway answers is what Flink's gateway answered to the same."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.gateway.record_answers import PROPERTIES
from tests.gateway.recorded_answers import (
    STATEMENTS,
    VALUES,
    Asker,
    RecordedStatement,
    RecordedValue,
    lines_of,
    recorded,
)

VALUE_CASES: list[RecordedValue] = recorded(VALUES, RecordedValue)
STATEMENT_CASES: list[RecordedStatement] = recorded(STATEMENTS, RecordedStatement)


def decoded(text: str) -> Any:
    """Numbers as they are written, everything else by its meaning."""
    return json.loads(text, parse_float=lambda number: f"number {number}", parse_int=lambda number: f"number {number}")


def test_every_case_has_been_recorded() -> None:
    assert [case.expression for case in VALUE_CASES] == lines_of("values.sql")
    assert [case.statement for case in STATEMENT_CASES] == lines_of("statements.sql")


@pytest.fixture
def session(client: httpx.Client) -> Asker:
    return Asker(client, PROPERTIES)


def test_values_and_types(session: Asker) -> None:
    different = []
    for case in VALUE_CASES:
        got = session.value(case.expression)
        same = (got.logical_type, decoded(got.json), got.plain) == (
            case.logical_type,
            decoded(case.json),
            case.plain,
        )
        if not same:
            different.append((case, got))
    assert not different


def test_statements(session: Asker) -> None:
    different = []
    for case in STATEMENT_CASES:
        got = session.statement(case.statement)
        got.rows.sort(key=str)
        case.rows.sort(key=str)
        if got != case:
            different.append((case, got))
    assert not different
