"""EXPLAIN of every query names the operators that are expected for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sqlstream
from benchmarks.nexmark.workload import SETTINGS, Workload, query_names
from tests.nexmark.plans import PLANS

_OPERATOR = re.compile(r"^[ :+-]*([A-Za-z]+)\(")


def test_every_query_has_a_plan() -> None:
    assert PLANS.keys() == set(query_names())


@pytest.mark.parametrize("query", sorted(PLANS))
def test_the_plan_has_the_expected_operators(query: str, tmp_path: Path) -> None:
    with sqlstream.connect({"parallelism.default": "2", **SETTINGS}) as session:
        *setup, insert = Workload(events=1_000).script(query, tmp_path)
        for statement in setup:
            session.sql(statement)
        (text,) = session.sql(f"EXPLAIN {insert}").to_arrow().column(0).to_pylist()
    plan = text.split("== Optimized Physical Plan ==")[1].split("== Optimized Execution Plan ==")[0]
    operators = tuple(found[1] for line in plan.splitlines() if (found := _OPERATOR.match(line)))
    assert operators == PLANS[query], plan
