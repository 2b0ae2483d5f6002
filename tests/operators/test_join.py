"""An inner join of two changelogs is, at every moment, the join of what the changelogs amount to."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from operator_driver import (
    MAX_PARALLELISM,
    Change,
    changes,
    changes_batch,
    materialised,
    opened,
    rows,
    rows_batch,
    schema,
)

from sqlstream.columnar.partition import partition_by_key
from sqlstream.errors import PlanError
from sqlstream.operators.base import Operator
from sqlstream.plan.expressions import Call, InputRef
from sqlstream.plan.physical import Join
from sqlstream.types.logical import BIGINT, BOOLEAN, INT, STRING
from sqlstream.types.schema import Schema

pytestmark = pytest.mark.usefixtures("state_backend")

LEFT = schema(("k", INT), ("v", STRING))
RIGHT = schema(("j", INT), ("w", STRING))
JOIN = Join((0,), (0,), None, LEFT, RIGHT, Schema(LEFT.fields + RIGHT.fields))
V_BELOW_W = Call("<", (InputRef(1, STRING), InputRef(3, STRING)), BOOLEAN)
CONDITIONAL = Join((0,), (0,), V_BELOW_W, LEFT, RIGHT, JOIN.schema)


def test_each_row_meets_all_rows_of_the_other_side_so_far() -> None:
    join = opened(JOIN)
    assert rows(join.on_batch(rows_batch(LEFT, [(1, "a"), (2, "b")]), 0)) == []
    assert rows(join.on_batch(rows_batch(RIGHT, [(1, "x"), (3, "z"), (1, "y")]), 1)) == [
        (1, "a", 1, "x"),
        (1, "a", 1, "y"),
    ]
    assert rows(join.on_batch(rows_batch(LEFT, [(3, "c"), (1, "a")]), 0)) == [
        (3, "c", 3, "z"),
        (1, "a", 1, "x"),
        (1, "a", 1, "y"),
    ]


def test_a_joined_row_has_the_kind_of_the_row_that_made_it() -> None:
    join = opened(JOIN)
    list(join.on_batch(rows_batch(LEFT, [(1, "a")]), 0))
    found = changes(join.on_batch(changes_batch(RIGHT, [("+I", (1, "x")), ("-U", (1, "x")), ("+U", (1, "y"))]), 1))
    assert found == [("+I", (1, "a", 1, "x")), ("-U", (1, "a", 1, "x")), ("+U", (1, "a", 1, "y"))]
    assert changes(join.on_batch(changes_batch(LEFT, [("-D", (1, "a"))]), 0)) == [("-D", (1, "a", 1, "y"))]


def test_null_keys_match_nothing() -> None:
    join = opened(JOIN)
    list(join.on_batch(rows_batch(LEFT, [(None, "a")]), 0))
    assert rows(join.on_batch(rows_batch(RIGHT, [(None, "x")]), 1)) == []


def test_equal_rows_are_counted_and_taken_back_one_by_one() -> None:
    join = opened(JOIN)
    list(join.on_batch(rows_batch(LEFT, [(1, "a"), (1, "a")]), 0))
    list(join.on_batch(changes_batch(LEFT, [("-D", (1, "a"))]), 0))
    assert rows(join.on_batch(rows_batch(RIGHT, [(1, "x")]), 1)) == [(1, "a", 1, "x")]


def test_the_condition_must_be_true_as_well() -> None:
    join = opened(CONDITIONAL)
    list(join.on_batch(rows_batch(LEFT, [(1, "a"), (1, "m"), (1, None)]), 0))
    assert rows(join.on_batch(rows_batch(RIGHT, [(1, "b")]), 1)) == [(1, "a", 1, "b")]


def test_without_keys_every_row_meets_every_row() -> None:
    join = opened(Join((), (), None, LEFT, RIGHT, JOIN.schema))
    list(join.on_batch(rows_batch(LEFT, [(1, "a"), (2, "b")]), 0))
    assert rows(join.on_batch(rows_batch(RIGHT, [(9, "x")]), 1)) == [(1, "a", 9, "x"), (2, "b", 9, "x")]


def test_a_large_product_comes_in_batches_of_bounded_size() -> None:
    join = opened(JOIN, options={"execution.batch-size": "100"})
    list(join.on_batch(rows_batch(LEFT, [(1, str(n)) for n in range(50)]), 0))
    outputs = list(join.on_batch(rows_batch(RIGHT, [(1, str(n)) for n in range(50)]), 1))
    assert sum(output.num_rows for output in outputs) == 2_500
    assert max(output.num_rows for output in outputs) <= 100


def test_rows_are_kept_only_while_the_other_side_may_bring_more() -> None:
    join = opened(JOIN)
    list(join.on_batch(rows_batch(RIGHT, [(1, "x")]), 1))
    list(join.on_input_end(1))
    assert rows(join.on_batch(rows_batch(LEFT, [(1, "a")]), 0)) == [(1, "a", 1, "x")]
    assert [chunk.table for chunk in join.snapshot().keyed] == ["right"]


def test_keys_of_different_types_are_refused() -> None:
    other = schema(("j", BIGINT), ("w", STRING))
    with pytest.raises(PlanError, match="different types"):
        opened(Join((0,), (0,), None, LEFT, other, Schema(LEFT.fields + other.fields)))


ROW = st.tuples(st.one_of(st.none(), st.integers(0, 2)), st.sampled_from(["a", "b", "c"]))


@st.composite
def changelogs(draw: st.DrawFn) -> list[Change]:
    """Insertions, and retractions of rows that are there."""
    live: list[tuple[Any, ...]] = []
    log: list[Change] = []
    for row in draw(st.lists(ROW, max_size=25)):
        if live and draw(st.booleans()):
            log.append((draw(st.sampled_from(["-D", "-U"])), live.pop(draw(st.integers(0, len(live) - 1)))))
        live.append(row)
        log.append((draw(st.sampled_from(["+I", "+U"])), row))
    return log


def table(log: list[Change], of: Schema) -> pa.Table:
    return pa.Table.from_batches([rows_batch(of, list(materialised(log).elements())).data])


def database_join(left: list[Change], right: list[Change], condition: str) -> Counter[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.register("l", table(left, LEFT))
        connection.register("r", table(right, RIGHT))
        return Counter(connection.execute(f"SELECT * FROM l JOIN r ON k = j AND {condition}").fetchall())


def rescaled(join: list[Operator], node: Join, parallelism: int) -> list[Operator]:
    snapshots = [operator.snapshot() for operator in join]
    fresh = [opened(node, subtask=subtask, parallelism=parallelism) for subtask in range(parallelism)]
    for operator in fresh:
        operator.restore(snapshots)
    return fresh


@settings(max_examples=60, deadline=None)
@given(changelogs(), changelogs(), st.booleans(), st.randoms(use_true_random=False))
def test_any_cut_interleaving_parallelism_and_restore_give_what_a_database_gives(
    left: list[Change], right: list[Change], conditional: bool, rng: random.Random
) -> None:
    node = CONDITIONAL if conditional else JOIN
    join = [opened(node)]
    found: list[Change] = []
    rest = [left, right]
    while rest[0] or rest[1]:
        side = rng.choice([side for side in (0, 1) if rest[side]])
        size = rng.randint(1, len(rest[side]))
        batch = changes_batch((LEFT, RIGHT)[side], rest[side][:size])
        rest[side] = rest[side][size:]
        for operator, part in zip(join, partition_by_key(batch, [0], len(join), MAX_PARALLELISM), strict=True):
            if part is not None:
                found += changes(operator.on_batch(part, side))
        if rng.random() < 0.3:
            join = rescaled(join, node, rng.randint(1, 3))
    assert materialised(found) == database_join(left, right, "v < w" if conditional else "TRUE")
