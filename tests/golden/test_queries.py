"""Every golden query case gives what Apache Flink gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import sqlstream
from sqlstream.session.session import Session
from sqlstream.session.tableau import text_rows
from sqlstream.session.text_result import ShownResult
from tests.golden.query_cases import QueryCase, Recording, cases, in_folder, own_answers, recordings, set_up, topics

TOPICS = topics()
CASES = [case for topic in TOPICS for case in cases(topic)]
RECORDINGS = {topic: recordings(topic) for topic in TOPICS}
OWN_ANSWERS = {topic: own_answers(topic) for topic in TOPICS}


@pytest.fixture(scope="module")
def sessions() -> Iterator[Callable[[str, str], Session]]:
    """The session of a topic and a mode, its tables there."""
    opened: dict[tuple[str, str], Session] = {}

    def session(topic: str, mode: str) -> Session:
        if (topic, mode) not in opened:
            new = sqlstream.connect({"execution.runtime-mode": mode, "table.local-time-zone": "UTC"})
            opened[topic, mode] = new
            for statement in set_up(topic):
                new.sql(statement)
        return opened[topic, mode]

    yield session
    for one in opened.values():
        one.close()


def answer(session: Session, case: QueryCase, temp: str) -> list[list[str]]:
    """The changes, op first."""
    for key, value in case.options:
        session.sql(f"SET '{key}' = '{value}'")
    try:
        for statement in case.before:
            result = session.sql(in_folder(statement, temp))
            if statement.startswith("INSERT"):
                result.wait()
        result = session.sql(in_folder(case.sql, temp))
        rows = list(text_rows(ShownResult(result, "UTC")))
        return rows if result.changelog else [["+I", *row] for row in rows]
    finally:
        for key, _ in case.options:
            session.sql(f"RESET '{key}'")


def changes(recording: Recording) -> list[list[str]]:
    return recording.rows if recording.mode == "streaming" else [["+I", *row] for row in recording.rows]


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


def compared(rows: list[list[str]], case: QueryCase) -> object:
    """What two answers to ``case`` must agree in."""
    if case.comparison == "ordered" or (case.comparison == "changelog" and case.mode == "streaming"):
        return rows
    return final_rows(rows, twelve_digits if case.comparison == "close" else str)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_same_rows_as_flink(case: QueryCase, sessions: Callable[[str, str], Session], tmp_path: Path) -> None:
    expected = (OWN_ANSWERS if case.differs else RECORDINGS)[case.topic][case.name, case.mode]
    rows = answer(sessions(case.topic, case.mode), case, str(tmp_path))
    assert compared(rows, case) == compared(changes(expected), case)


@pytest.mark.parametrize("case", [case for case in CASES if case.differs], ids=lambda case: case.id)
def test_a_case_that_differs_does_differ(case: QueryCase) -> None:
    own = OWN_ANSWERS[case.topic][case.name, case.mode]
    flink = RECORDINGS[case.topic].get((case.name, case.mode))
    assert flink is None or compared(changes(own), case) != compared(changes(flink), case)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_case_was_recorded(topic: str) -> None:
    asked = list(cases(topic))
    assert {(case.name, case.mode) for case in asked if not case.differs} <= set(RECORDINGS[topic])
    assert {(case.name, case.mode) for case in asked} >= set(RECORDINGS[topic])
    assert {(case.name, case.mode) for case in asked if case.differs} == set(OWN_ANSWERS[topic])
    assert len({(case.name, case.mode) for case in asked}) == len(asked)
