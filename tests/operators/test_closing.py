"""Operators with state on disk leave their memory to others, and can be closed however far they came."""

from __future__ import annotations

from pathlib import Path

import pytest

from sqlstream.config.configuration import Configuration
from sqlstream.operators.base import OperatorContext, build_operator
from sqlstream.plan.expressions import AggregateCall
from sqlstream.plan.physical import GroupAggregate, Join, PhysicalOperator, WindowAggregate, WindowKind, WindowSpec
from sqlstream.state.disk import ManagedState
from sqlstream.types.logical import BIGINT, TimestampType
from sqlstream.types.schema import Field, Schema

PAIRS = Schema((Field("k", BIGINT), Field("t", TimestampType(precision=3))))
COUNTS = Schema((Field("k", BIGINT), Field("c", BIGINT)))
COUNT = AggregateCall("COUNT", (), BIGINT, "c")
NODES = [
    GroupAggregate((0,), (COUNT,), False, False, False, COUNTS, PAIRS),
    WindowAggregate(WindowSpec(WindowKind.TUMBLE, 10), 1, (0,), (COUNT,), (), False, COUNTS, PAIRS),
    Join((0,), (0,), None, PAIRS, PAIRS, Schema((*PAIRS.fields, *PAIRS.fields))),
]


@pytest.mark.parametrize("node", NODES, ids=lambda node: type(node).__name__)
def test_a_closed_operator_leaves_its_memory_to_the_others(node: PhysicalOperator, tmp_path: Path) -> None:
    build_operator(node).close()
    managed = ManagedState(str(tmp_path), 1000)
    operator = build_operator(node)
    operator.open(OperatorContext(Configuration({}), managed_state=managed))
    other = managed.open()
    assert other.memory < 1000
    operator.close()
    assert other.memory == 1000
