"""Every golden query case gives what Apache Flink gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

import sqlstream
from sqlstream.session.session import Session
from sqlstream.session.tableau import text_rows
from sqlstream.session.text_result import ShownResult
from tests.golden.query_cases import QueryCase, cases, recordings, set_up

RECORDINGS = recordings()
CASES = list(cases())


@pytest.fixture(scope="module")
def sessions() -> Iterator[dict[str, Session]]:
    opened = {
        mode: sqlstream.connect({"execution.runtime-mode": mode, "table.local-time-zone": "UTC"})
        for mode in ("streaming", "batch")
    }
    for session in opened.values():
        for statement in set_up():
            session.sql(statement)
    yield opened
    for session in opened.values():
        session.close()


def final_rows(rows: list[list[str]], cell: Callable[[str], str] = str) -> Counter[tuple[str, ...]]:
    """The rows that remain once every change of a changelog (op first) is applied."""
    final: Counter[tuple[str, ...]] = Counter()
    for op, *cells in rows:
        final[tuple(map(cell, cells))] += 1 if op in ("+I", "+U") else -1
    return +final


def twelve_digits(cell: str) -> str:
    try:
        return f"{float(cell):.12g}"
    except ValueError:
        return cell


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_same_rows_as_flink(case: QueryCase, sessions: dict[str, Session]) -> None:
    expected = RECORDINGS[case.name, case.mode].rows
    result = sessions[case.mode].sql(case.sql)
    actual = [["+I", *row] if not result.changelog else row for row in text_rows(ShownResult(result, "UTC"))]
    if case.mode == "batch":
        expected = [["+I", *row] for row in expected]
    if case.comparison == "changelog" and case.mode == "streaming":
        assert actual == expected
    elif case.name.startswith("order_by"):
        assert [row[1:] for row in actual] == [row[1:] for row in expected]
    elif case.comparison == "close":
        assert final_rows(actual, twelve_digits) == final_rows(expected, twelve_digits)
    else:
        assert final_rows(actual) == final_rows(expected)


def test_every_case_was_recorded() -> None:
    assert {(case.name, case.mode) for case in CASES} == set(RECORDINGS)
