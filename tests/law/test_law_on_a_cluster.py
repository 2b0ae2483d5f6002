"""The law on processes: two TaskManagers give DuckDB's answer too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import duckdb
import pytest
from cluster_machine import Machine, free_port

from tests.law.inputs import Cut
from tests.law.shapes import SHAPES, Shape
from tests.law.test_law import EVENTS, Engine, comparable, reference

__all__ = ["reference"]

ON_CLUSTER = ("group", "retraction", "join_two_retracting", "hop", "window_join", "union", "order_by_limit")


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    machine = Machine(tmp_path_factory.mktemp("cluster"), free_port(), free_port())
    started = machine.sqlstream("cluster", "start", "--taskmanagers", "2", *machine.options)
    assert started.returncode == 0, started.stderr
    target = {"execution.target": "remote", "rest.port": str(machine.rest_port)}
    engine = Engine(tmp_path_factory.mktemp("law"), target)
    yield engine
    engine.close()
    machine.sqlstream("cluster", "stop")


@pytest.mark.parametrize("shape", [s for s in SHAPES if s.name in ON_CLUSTER], ids=lambda shape: shape.name)
def test_a_cluster_gives_the_batch_answer(shape: Shape, remote: Engine, reference: duckdb.DuckDBPyConnection) -> None:
    expected = Counter(map(comparable, reference.sql(shape.duckdb or shape.sql).fetchall()))
    cut = Cut(files=(150, 50, 200), batch_size=64, parallelism=2, mini_batch=False)
    for mode in shape.modes:
        assert Counter(map(comparable, remote.run(shape, mode, cut))) == expected
    assert sum(cut.files) == len(EVENTS)
