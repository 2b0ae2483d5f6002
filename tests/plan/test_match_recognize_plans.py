"""How MATCH_RECOGNIZE is planned, and what is wrong with it. Its rows are golden cases."""

from __future__ import annotations

import pytest
from planning import Workbench

from sqlstream.errors import SqlStreamError

NUMBERS = "MEASURES A.n AS a PATTERN (A B) DEFINE B AS B.n > 1"
PATTERN = "MEASURES A.id AS a PATTERN (A B) DEFINE B AS B.id > A.id"


def matched(clauses: str) -> str:
    return f"SELECT * FROM orders MATCH_RECOGNIZE ({clauses}) AS m"


def test_the_line_of_a_plan(streaming: Workbench) -> None:
    plan = streaming.explain(
        matched(
            "PARTITION BY id ORDER BY ts MEASURES LAST(A.id, 1) AS a, COUNT(*) AS n AFTER MATCH SKIP TO LAST B "
            "PATTERN (A+ B{2,3}? C) WITHIN INTERVAL '1' MINUTE DEFINE A AS A.id > 2, B AS FIRST(B.id) < 9"
        )
    )
    assert (
        "Match(partitionBy=[id], orderBy=[ts ASC], measures=[LAST(A.id, 1) AS a, COUNT(*) AS n], "
        "rowsPerMatch=[ONE ROW PER MATCH], after=[SKIP TO LAST B], pattern=[(A+ B{2,3}? C)], within=[60000 ms], "
        "define=[{A=A.id > 2, B=FIRST(B.id) < 9}])"
    ) in plan
    assert "at the latest 1 min of event time later" in plan
    assert "WARNING" not in plan


def test_without_an_end_state_is_warned_of(streaming: Workbench) -> None:
    plan = streaming.explain(matched(f"ORDER BY ts {PATTERN}"))
    assert "when no partial match has the row any more" in plan
    assert "WARNING" in plan


def test_columns_that_are_not_needed_are_not_read(streaming: Workbench) -> None:
    plan = streaming.explain(matched("ORDER BY ts MEASURES MATCH_ROWTIME() AS t PATTERN (A B) DEFINE A AS TRUE"))
    assert "project=[ts]" in plan


@pytest.mark.parametrize(
    ("clauses", "message"),
    [
        (PATTERN, "either rowtime or proctime"),
        (f"ORDER BY id {PATTERN}", "either rowtime or proctime"),
        (f"ORDER BY ts DESC {PATTERN}", "must be ascending on time"),
        (f"PARTITION BY nope ORDER BY ts {PATTERN}", "Column 'nope' not found"),
        (f"ORDER BY ts ALL ROWS PER MATCH {PATTERN.replace('MEASURES A.id AS a ', '')}", "ALL ROWS PER MATCH"),
        ("ORDER BY ts PATTERN (A B A) DEFINE A AS TRUE", "Pattern variables must be unique."),
        ("ORDER BY ts PATTERN (A | B) DEFINE A AS TRUE", "Alternation"),
        ("ORDER BY ts PATTERN ((A B)+ C) DEFINE A AS TRUE", "A group in parentheses"),
        ("ORDER BY ts PATTERN (A ^ B) DEFINE A AS TRUE", "The anchor ^"),
        ("ORDER BY ts PATTERN (A {- B -}) DEFINE A AS TRUE", "expected a number"),
        ("ORDER BY ts PATTERN (A B??) DEFINE A AS TRUE", "A reluctant optional variable"),
        ("ORDER BY ts PATTERN (A B+) DEFINE A AS TRUE", "Greedy quantifiers are not allowed as the last element"),
        ("ORDER BY ts PATTERN (A{3,2} B) DEFINE A AS TRUE", "allows no number of rows"),
        ("ORDER BY ts PATTERN (A* B?) DEFINE A AS TRUE", "that no row can match"),
        ("ORDER BY ts PATTERN (A B) DEFINE X AS TRUE", "Pattern variable 'X' is not in PATTERN."),
        ("ORDER BY ts PATTERN (A B) DEFINE A AS TRUE, A AS FALSE", "Pattern variable 'A' is defined twice."),
        ("ORDER BY ts PATTERN (A B) DEFINE A AS A.id", "DEFINE must be a condition"),
        ("ORDER BY ts PATTERN (A B) DEFINE A AS A.nope > 1", "Column 'nope' not found in table 'A'."),
        (
            "PARTITION BY id ORDER BY ts AFTER MATCH SKIP TO FIRST X PATTERN (A B) DEFINE A AS TRUE",
            "'X' is not in PATTERN.",
        ),
        ("ORDER BY ts MEASURES A.id PATTERN (A B) DEFINE A AS TRUE", "expected AS and the name of the measure"),
        ("ORDER BY ts MEASURES PREV(A.id) AS x PATTERN (A B) DEFINE A AS TRUE", "PREV is not supported"),
        ("ORDER BY ts MEASURES CLASSIFIER() AS x PATTERN (A B) DEFINE A AS TRUE", "CLASSIFIER is not supported"),
        ("ORDER BY ts MEASURES SUM(A.id + B.id) AS x PATTERN (A B) DEFINE A AS TRUE", "a single pattern variable"),
        ("ORDER BY ts MEASURES LAST(A.id + B.id) AS x PATTERN (A B) DEFINE A AS TRUE", "a single pattern variable"),
        ("ORDER BY ts MEASURES SUM(DISTINCT A.id) AS x PATTERN (A B) DEFINE A AS TRUE", "DISTINCT is not supported"),
        ("ORDER BY ts MEASURES LAST(A.id, B.id) AS x PATTERN (A B) DEFINE A AS TRUE", "must be a whole number"),
        ("ORDER BY ts PATTERN (A B) WITHIN INTERVAL '1' MONTH DEFINE A AS TRUE", "WITHIN takes a positive interval"),
        ("ORDER BY ts PATTERN (A B)", "expected DEFINE"),
        ("ORDER BY ts PATTERN (A B) DEFINE A AS TRUE", "has no columns"),
    ],
)
def test_mistakes_are_pointed_at(streaming: Workbench, clauses: str, message: str) -> None:
    with pytest.raises(SqlStreamError) as caught:
        streaming.explain(matched(clauses))
    assert message in str(caught.value)
    assert caught.value.position is not None


def test_rows_that_change_are_refused(streaming: Workbench) -> None:
    counts = "(SELECT k, COUNT(*) AS n, PROCTIME() AS p FROM finite GROUP BY k)"
    with pytest.raises(SqlStreamError, match="doesn't support consuming update and delete changes"):
        streaming.explain(f"SELECT * FROM {counts} MATCH_RECOGNIZE (ORDER BY p {NUMBERS}) AS m")
