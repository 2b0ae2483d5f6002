"""What the rules make of joins: where conditions go, and when an outer join is none."""

from __future__ import annotations

import pytest

from tests.plan.planning import Workbench


def _plan(streaming: Workbench, sql: str) -> list[str]:
    return [line.strip(" :+-") for line in streaming.plan(sql).splitlines()]


def _join(lines: list[str]) -> str:
    return next(line for line in lines if line.startswith("Join("))


@pytest.mark.parametrize(
    ("where", "joined"),
    [
        ("l.v > 1", "LeftOuterJoin"),
        ("r.v > 1", "RightOuterJoin"),
        ("l.v > r.v", "InnerJoin"),
        ("l.v > 1 AND r.k LIKE 'a%'", "InnerJoin"),
        ("l.v IS NULL", "FullOuterJoin"),
        ("l.v IS NOT NULL", "LeftOuterJoin"),
        ("COALESCE(l.v, 1) = 1", "FullOuterJoin"),
        ("l.v = 1 OR r.v = 1", "FullOuterJoin"),
        ("l.v = 1 OR l.k = 'a'", "LeftOuterJoin"),
        ("l.v IN (1, 2)", "LeftOuterJoin"),
        ("NOT (l.v = 1)", "LeftOuterJoin"),
        ("(l.v = 1) IS NOT TRUE", "FullOuterJoin"),
    ],
)
def test_conditions_that_reject_nulls_narrow_an_outer_join(streaming: Workbench, where: str, joined: str) -> None:
    lines = _plan(streaming, f"SELECT * FROM finite l FULL JOIN finite r ON l.k = r.k WHERE {where}")
    assert _join(lines).startswith(f"Join(joinType=[{joined}]")


@pytest.mark.parametrize(
    ("kind", "on", "below", "within"),
    [
        ("LEFT", "r.v > 3", ["v > 3"], None),
        ("LEFT", "l.v > 3", [], "v > 3"),
        ("RIGHT", "l.v > 3", ["v > 3"], None),
        ("RIGHT", "r.v > 3", [], "v0 > 3"),
        ("FULL", "l.v > 3", [], "v > 3"),
        ("INNER", "l.v > 3 AND r.v > 4", ["v > 3", "v > 4"], None),
    ],
)
def test_what_a_partner_must_be_like_is_tested_before_the_join_unless_the_row_comes_out_anyway(
    streaming: Workbench, kind: str, on: str, below: list[str], within: str | None
) -> None:
    lines = _plan(streaming, f"SELECT * FROM finite l {kind} JOIN finite r ON l.k = r.k AND {on}")
    assert [line.partition("where=[")[2].rstrip("])") for line in lines if line.startswith("Calc")] == below
    assert f"where=[k = k0{f' AND {within}' if within else ''}]," in _join(lines)


def test_a_condition_on_the_side_that_may_be_missing_stays_above(streaming: Workbench) -> None:
    lines = _plan(streaming, "SELECT * FROM finite l LEFT JOIN finite r ON l.k = r.k WHERE r.v IS NULL AND l.v = 1")
    assert lines[1].startswith("Calc(") and lines[1].endswith("where=[v0 IS NULL])")
    assert [line for line in lines if line.endswith("where=[v = 1])")]


def test_merged_columns_come_from_the_side_that_is_there(streaming: Workbench) -> None:
    for kind, merged in (("LEFT", "k, v, v0"), ("RIGHT", "k0 AS k, v, v0"), ("FULL", "COALESCE(k, k0) AS k, v, v0")):
        lines = _plan(streaming, f"SELECT * FROM finite {kind} JOIN finite AS r USING (k)")
        assert lines[1] == f"Calc(select=[{merged}])"


def test_columns_of_a_side_that_may_be_missing_are_nullable(streaming: Workbench) -> None:
    query = "SELECT * FROM (SELECT 1 AS a) AS l {} JOIN (SELECT 1 AS b) AS r ON a = b"
    for kind, nullable in (
        ("", [False, False]),
        ("LEFT", [False, True]),
        ("RIGHT", [True, False]),
        ("FULL", [True] * 2),
    ):
        assert [f.type.nullable for f in streaming.schema(query.format(kind))] == nullable
