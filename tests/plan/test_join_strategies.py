"""How bounded queries run their joins, and how they are told to."""

from __future__ import annotations

import pytest

from sqlstream.errors import PlanError, SqlError
from tests.plan.planning import Workbench

DISABLED = "table.exec.disabled-operators"


@pytest.fixture
def batch() -> Workbench:
    return Workbench({"execution.runtime-mode": "batch", "parallelism.default": "2"})


def join_line(bench: Workbench, query: str) -> str:
    return next(line.strip(" :+-") for line in bench.plan(query).splitlines() if "Join(" in line)


def query(hint: str = "", kind: str = "JOIN", on: str = "a.k = b.k") -> str:
    return f"SELECT {f'/*+ {hint} */' if hint else ''} a.v FROM finite AS a {kind} finite AS b ON {on}"


@pytest.mark.parametrize(
    ("hint", "kind", "start", "build"),
    [
        ("", "JOIN", "HashJoin(joinType=[InnerJoin]", "build=[right]"),
        ("", "RIGHT JOIN", "HashJoin(joinType=[RightOuterJoin]", "build=[left]"),
        ("", "FULL JOIN", "HashJoin(joinType=[FullOuterJoin]", "build=[right]"),
        ("BROADCAST(a)", "JOIN", "HashJoin(joinType=[InnerJoin]", "isBroadcast=[true], build=[left]"),
        ("BROADCAST(b)", "LEFT JOIN", "HashJoin(joinType=[LeftOuterJoin]", "isBroadcast=[true], build=[right]"),
        ("BROADCAST(b)", "FULL JOIN", "HashJoin(joinType=[FullOuterJoin]", "], build=[right]"),
        ("SHUFFLE_HASH(a)", "JOIN", "HashJoin(joinType=[InnerJoin]", "build=[left]"),
        ("SHUFFLE_MERGE(a, b)", "LEFT JOIN", "SortMergeJoin(joinType=[LeftOuterJoin]", ""),
        ("NEST_LOOP(b)", "JOIN", "NestedLoopJoin(joinType=[InnerJoin], where=[k = k0]", "build=[right]"),
    ],
)
def test_hints_choose(batch: Workbench, hint: str, kind: str, start: str, build: str) -> None:
    line = join_line(batch, query(hint, kind))
    assert line.startswith(start)
    assert line.endswith(f"{build})")
    assert ("isBroadcast" in line) == ("isBroadcast" in build)


@pytest.mark.parametrize(
    ("disabled", "operator"),
    [
        ("HashJoin", "SortMergeJoin("),
        ("BroadcastHashJoin", "HashJoin("),
        ("HashJoin, SortMergeJoin", "NestedLoopJoin("),
    ],
)
def test_operators_can_be_disabled(batch: Workbench, disabled: str, operator: str) -> None:
    batch.options[DISABLED] = disabled
    assert join_line(batch, query()).startswith(operator)


def test_something_must_be_left(batch: Workbench) -> None:
    batch.options[DISABLED] = "HashJoin,SortMergeJoin,NestedLoopJoin"
    with pytest.raises(PlanError, match="disabled by"):
        batch.plan(query())


def test_without_keys_rows_are_compared_in_nested_loops(batch: Workbench) -> None:
    plan = batch.plan(query(on="a.v > b.v"))
    assert "NestedLoopJoin(joinType=[InnerJoin], where=[v > v0]" in plan
    assert plan.count("Exchange(distribution=[broadcast])") == 1
    single = batch.plan(query(kind="FULL JOIN", on="a.v > b.v"))
    assert single.count("Exchange(distribution=[single])") >= 2


def test_a_hint_names_tables_of_the_query(batch: Workbench) -> None:
    with pytest.raises(SqlError) as caught:
        batch.plan(query("BROADCAST(c)"))
    assert "cannot match the name of input tables or views: c in BROADCAST" in caught.value.message
    assert caught.value.position is not None


def test_a_stream_takes_no_notice_of_join_hints(streaming: Workbench) -> None:
    assert join_line(streaming, query("BROADCAST(a)")).startswith("Join(")
