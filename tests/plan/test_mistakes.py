"""A newcomer's mistakes: each is answered with what is wrong, where, and what to write instead."""

from __future__ import annotations

import re

import pytest

from sqlstream.errors import PlanError, SqlError
from tests.plan.planning import Workbench

_INTERNAL = re.compile(r"exp\.|pyarrow|<ANY>|UNARY_MINUS|IS_TRUE|IS_NULL|\bITEM\b|\bDOT\b|Anonymous|None")

TYPES = [
    ("SELECT * FROM finite WHERE k = 1", "k = 1", "Cannot compare STRING with INT.",
     "Write CAST(k AS INT), or CAST(1 AS STRING)."),
    ("SELECT k IN (1, 2) FROM finite", None, "Cannot compare STRING with INT.",
     "Write CAST(k AS INT), or CAST(1 AS STRING)."),
    ("SELECT v BETWEEN 'a' AND 'c' FROM finite", None, "Cannot compare INT with CHAR(1).",
     "Write CAST(v AS STRING), or CAST('a' AS INT)."),
    ("SELECT CASE k WHEN 1 THEN 2 END FROM finite", "1", "Cannot compare STRING with INT.",
     "Write CAST(k AS INT), or CAST(1 AS STRING)."),
    ("SELECT f.k = c.id FROM finite f, customers c", "f.k = c.id", "Cannot compare STRING with BIGINT.",
     "Write CAST(f.k AS BIGINT), or CAST(c.id AS STRING)."),
    ("SELECT ts > 5 FROM orders", "ts > 5", "Cannot compare TIMESTAMP(3) with INT.",
     "Compare each with a value of its own type."),
    ("SELECT ARRAY[1] < ARRAY[2]", None, "Values of type ARRAY<INT NOT NULL> have no order.",
     "Compare them with = or <>, or compare their parts."),
    ("SELECT k + 1 FROM finite", "k + 1", "Operator + does not take STRING and INT.",
     "Write CAST(k AS INT); texts are joined with ||."),
    ("SELECT k * k FROM finite", "k * k", "Operator * does not take STRING and STRING.",
     "Write CAST(k AS DOUBLE), CAST(k AS DOUBLE)."),
    ("SELECT ts - 5 FROM orders", "ts - 5", "Operator - does not take TIMESTAMP(3) and INT.",
     "Write an interval: ts - INTERVAL '1' DAY."),
    ("SELECT TRUE + 1", None, "Operator + does not take BOOLEAN and INT.",
     "It takes numbers, and dates and times with intervals."),
    ("SELECT v || k FROM finite", "v || k", "|| takes texts, not values of type INT.", "Write CAST(v AS STRING)."),
    ("SELECT v LIKE 'a%' FROM finite", None, "LIKE takes texts, not values of type INT.", "Write CAST(v AS STRING)."),
    ("SELECT v AND TRUE FROM finite", None, "AND takes conditions, not values of type INT.", "Write v <> 0."),
    ("SELECT k IS TRUE FROM finite", None, "IS TRUE takes conditions, not values of type STRING.",
     "Compare it with something."),
    ("SELECT -k FROM finite", "k", "Cannot negate a value of type STRING.", "Write -CAST(k AS DOUBLE)."),
    ("SELECT ARRAY[1]['a']", None, "An element of an array is named by its number, from 1, not by CHAR(1).",
     "Write ARRAY[1][1]."),
    ("SELECT MAP['a', 1][1]", None, "The keys of MAP['a', 1] are of type CHAR(1), not INT.",
     "Write MAP['a', 1][CAST(1 AS STRING)]."),
    ("SELECT address[1] FROM orders", None,
     "A value of type ROW<`city` STRING, `zip` INT> has no elements.", "Write address.city."),
    ("SELECT id[1] FROM orders", None, "A value of type BIGINT has no elements.",
     "Only arrays and maps have elements."),
    ("SELECT COALESCE(k, 1) FROM finite", "COALESCE", "The arguments of COALESCE have no common type: STRING, INT.",
     "CAST them to one type."),
    ("SELECT CASE WHEN v > 1 THEN 'a' ELSE 2 END FROM finite", "CASE",
     "The branches of a CASE have no common type: CHAR(1), INT.", "CAST them to one type."),
    ("SELECT UPPER(v) FROM finite", "UPPER", "Invalid arguments for UPPER: (INT).", "Expected UPPER(<CHARACTER>)."),
    ("SELECT SUM(k) FROM finite", "SUM", "Invalid arguments for SUM: (STRING).", "Expected SUM(<NUMERIC>)."),
]  # fmt: skip

NAMES = [
    ("SELECT NVL(k, 'x') FROM finite", "NVL", "Unknown function 'NVL'.", "Write COALESCE(x, y)."),
    ("SELECT ISNULL(k) FROM finite", "ISNULL", "Unknown function 'ISNULL'.", "Write x IS NULL."),
    ("SELECT UPER(k) FROM finite", "UPER", "Unknown function 'UPER'.", "Did you mean 'UPPER'?"),
    ("SELECT CUMULATE(ts, INTERVAL '1' HOUR) FROM orders", "CUMULATE", "Unknown function 'CUMULATE'.",
     "CUMULATE stands in FROM: FROM TABLE(CUMULATE(...)) GROUP BY window_start, window_end."),
    ("SELECT k, v AS x FROM finite WHERE x > 1", "x", "Column 'x' not found in any table.",
     "WHERE takes no alias of the select list: repeat v."),
    ("SELECT k, COUNT(*) AS n FROM finite GROUP BY k HAVING n > 1", "n", "Column 'n' not found in any table.",
     "HAVING takes no alias of the select list: repeat COUNT(*)."),
    ("SELECT f.k FROM finite f JOIN customers f ON f.k = f.name", None, "Table name 'f' is used twice in FROM.",
     "Give each its own alias: f AS a, f AS b."),
    ("SELECT v, COUNT(*) FROM finite GROUP BY 1", "v", "Expression 'v' is not being grouped.",
     "GROUP BY takes no column numbers: write GROUP BY v."),
    ("SELECT * FROM finite GROUP BY k", "*", "Expression 'v' is not being grouped.",
     "Add it to GROUP BY, or aggregate it: MAX(v)."),
    ("SELECT COUNT() FROM finite", "COUNT", "COUNT() has no column to look at.",
     "Write COUNT(x), or COUNT(*) for the number of rows."),
    ("SELECT COUNT(DISTINCT *) FROM finite", "COUNT", "COUNT(DISTINCT *) has no column to look at.",
     "Write COUNT(DISTINCT x), or COUNT(*) for the number of rows."),
    ("SELECT MAX(*) FROM finite", "MAX", "MAX(*) has no column to look at.",
     "Write MAX(x), or COUNT(*) for the number of rows."),
    ("SELECT UPPER(*) FROM finite", "*", "'*' is allowed in the SELECT list and in COUNT(*) only.",
     "Name the columns."),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "at", "message", "hint"), TYPES + NAMES, ids=[row[0] for row in TYPES + NAMES])
def test_a_mistake_is_answered_in_two_lines(
    streaming: Workbench, sql: str, at: str | None, message: str, hint: str
) -> None:
    with pytest.raises(SqlError) as caught:
        streaming.explain(sql)
    error = caught.value
    assert (error.message, error.hint) == (message, hint)
    assert not _INTERNAL.search(f"{message} {hint}")
    assert error.position is not None
    start = error.position.column - 1
    if at is not None:
        assert sql[start : start + error.position.length] == at


@pytest.mark.parametrize(
    ("sql", "name"),
    [("SELECT my_own(id) FROM customers", "my_own"), ("SELECT c.d.MY_OWN(1)", "c.d.MY_OWN")],
)
def test_a_users_function_is_known_and_cannot_be_called_yet(streaming: Workbench, sql: str, name: str) -> None:
    with pytest.raises(PlanError) as caught:
        streaming.explain(sql)
    assert caught.value.message == f"User-defined functions cannot be called yet: '{name}'."
    assert caught.value.hint is not None
    assert caught.value.position is not None and caught.value.position.column == 8


def test_distinct_on_is_refused(streaming: Workbench) -> None:
    with pytest.raises(PlanError, match="DISTINCT ON is not supported"):
        streaming.explain("SELECT DISTINCT ON (k) k FROM finite")


def test_operators_cannot_be_called_by_the_names_the_planner_gives_them(streaming: Workbench) -> None:
    with pytest.raises(SqlError, match="Unknown function 'IS_NULL'"):
        streaming.explain("SELECT IS_NULL(k) FROM finite")
