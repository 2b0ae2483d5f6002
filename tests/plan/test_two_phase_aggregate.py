"""When rows are aggregated before they travel."""

from __future__ import annotations

import pytest
from planning import Workbench

QUERY = "SELECT k, COUNT(*), MAX(v) FROM finite GROUP BY k"
STRATEGY = "table.optimizer.agg-phase-strategy"
MINI_BATCH = {"table.exec.mini-batch.enabled": "true"}
WIDE = {"parallelism.default": "2"}
BATCH = {"execution.runtime-mode": "batch"}


@pytest.mark.parametrize(
    ("options", "two"),
    [
        ({**WIDE}, False),
        ({**MINI_BATCH}, False),
        ({**WIDE, **MINI_BATCH}, True),
        ({**WIDE, **BATCH}, True),
        ({**BATCH}, False),
        ({**WIDE, **MINI_BATCH, STRATEGY: "ONE_PHASE"}, False),
        ({**MINI_BATCH, STRATEGY: "TWO_PHASE"}, True),
        ({**BATCH, STRATEGY: "TWO_PHASE"}, True),
    ],
    ids=str,
)
def test_two_phases_where_rows_travel_and_updates_are_gathered(options: dict[str, str], two: bool) -> None:
    plan = Workbench(options).explain(QUERY)
    assert ("Local" in plan) is two


def test_names_of_the_phases() -> None:
    plan = Workbench({**WIDE, **MINI_BATCH}).explain(QUERY)
    assert "LocalGroupAggregate(groupBy=[k], select=[k, Partial_COUNT(*) AS EXPR$1, Partial_MAX(v) AS EXPR$2])" in plan
    assert "GlobalGroupAggregate(groupBy=[k], select=[k, Final_COUNT(*) AS EXPR$1, Final_MAX(v) AS EXPR$2])" in plan
    assert "for each group COUNT(*), MAX(v); keyed by k" in plan
    plan = Workbench({**WIDE, **BATCH}).explain(QUERY)
    assert "LocalHashAggregate(groupBy=[k]" in plan
    assert "HashAggregate(isMerge=[true], groupBy=[k]" in plan


def test_rows_that_are_taken_back_are_aggregated_in_one_place() -> None:
    plan = Workbench({**WIDE, **MINI_BATCH}).explain(f"SELECT COUNT(*) FROM ({QUERY})")
    assert plan.count("LocalGroupAggregate(groupBy=[k]") == plan.count("LocalGroupAggregate(")


WINDOWED = (
    "SELECT window_start, id, COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR)) "
    "GROUP BY window_start, window_end, id"
)


@pytest.mark.parametrize("query", [QUERY, WINDOWED])
def test_state_is_found_again_at_a_parallelism_that_has_other_phases(query: str) -> None:
    graphs = (Workbench({**MINI_BATCH, **options}).graph(query) for options in ({}, WIDE))
    nodes = [[node for vertex in graph.vertices for node in vertex.chain] for graph in graphs]
    alone, two = ({n.name.split("(")[0]: n.id for n in chain if "Aggregate" in n.name} for chain in nodes)
    assert len(alone) == 1
    assert {name.removesuffix("GroupAggregate").removesuffix("WindowAggregate") for name in two} == {"Local", "Global"}
    assert [id_ for name, id_ in two.items() if name.startswith("Global")] == list(alone.values())
