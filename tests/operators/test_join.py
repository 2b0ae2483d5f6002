"""A join of two changelogs is, at every moment, the join of what the changelogs amount to."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import duckdb
import msgspec
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
from sqlstream.plan.join_row import output_row
from sqlstream.plan.physical import Join, JoinKind
from sqlstream.types.logical import BIGINT, BOOLEAN, INT, STRING
from sqlstream.types.schema import Schema

pytestmark = pytest.mark.usefixtures("state_backend")

LEFT = schema(("k", INT), ("v", STRING))
RIGHT = schema(("j", INT), ("w", STRING))
JOIN = Join((0,), (0,), None, LEFT, RIGHT, Schema(LEFT.fields + RIGHT.fields))
V_BELOW_W = Call("<", (InputRef(1, STRING), InputRef(3, STRING)), BOOLEAN)
CONDITIONAL = Join((0,), (0,), V_BELOW_W, LEFT, RIGHT, JOIN.schema)
K, J = InputRef(0, INT), InputRef(2, INT)
K_MAY_BE_J = Call(
    "OR",
    (Call("OR", (Call("=", (K, J), BOOLEAN), Call("IS_NULL", (K,), BOOLEAN)), BOOLEAN), Call("IS_NULL", (J,), BOOLEAN)),
    BOOLEAN,
)


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
    join = opened(msgspec.structs.replace(JOIN, right_unique=(0,)))
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


CONDITIONS = {
    "keyed": (JOIN, "k = j"),
    "conditional": (CONDITIONAL, "k = j AND v < w"),
    "null-safe": (msgspec.structs.replace(JOIN, null_safe=(0,)), "k IS NOT DISTINCT FROM j"),
    "product": (Join((), (), None, LEFT, RIGHT, JOIN.schema), "TRUE"),
    "not in": (Join((), (), K_MAY_BE_J, LEFT, RIGHT, JOIN.schema), "k = j OR k IS NULL OR j IS NULL"),
}
RESULTS = {
    **{kind: f"SELECT * FROM l {kind.value} JOIN r ON {{}}" for kind in JoinKind if not kind.left_only},
    JoinKind.SEMI: "SELECT * FROM l WHERE EXISTS (SELECT * FROM r WHERE {})",
    JoinKind.ANTI: "SELECT * FROM l WHERE NOT EXISTS (SELECT * FROM r WHERE {})",
}


def of_kind(node: Join, kind: JoinKind) -> Join:
    schema = output_row(Schema(node.left.fields + node.right.fields), len(node.left), kind)
    return msgspec.structs.replace(node, kind=kind, schema=schema)


def database_join(left: list[Change], right: list[Change], kind: JoinKind, condition: str) -> Counter[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.register("l", table(left, LEFT))
        connection.register("r", table(right, RIGHT))
        return Counter(connection.execute(RESULTS[kind].format(condition)).fetchall())


def rescaled(join: list[Operator], node: Join, parallelism: int) -> list[Operator]:
    snapshots = [operator.snapshot() for operator in join]
    fresh = [opened(node, subtask=subtask, parallelism=parallelism) for subtask in range(parallelism)]
    for operator in fresh:
        operator.restore(snapshots)
    return fresh


@pytest.mark.parametrize("kind", JoinKind)
@settings(max_examples=12, deadline=None)
@given(changelogs(), changelogs(), st.sampled_from(list(CONDITIONS)), st.randoms(use_true_random=False))
def test_any_cut_interleaving_parallelism_and_restore_give_what_a_database_gives(
    kind: JoinKind, left: list[Change], right: list[Change], name: str, rng: random.Random
) -> None:
    node, condition = CONDITIONS[name]
    node = of_kind(node, kind)
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
        if not rest[side]:
            for operator in join:
                list(operator.on_input_end(side))
        if rng.random() < 0.3:
            join = rescaled(join, node, rng.randint(1, 3) if node.left_keys else 1)
    assert materialised(found) == database_join(left, right, kind, condition)


def test_a_padded_row_goes_when_its_first_partner_comes_and_returns_with_the_last() -> None:
    join = opened(of_kind(JOIN, JoinKind.LEFT))
    assert changes(join.on_batch(rows_batch(LEFT, [(1, "a")]), 0)) == [("+I", (1, "a", None, None))]
    assert changes(join.on_batch(rows_batch(RIGHT, [(1, "x")]), 1)) == [
        ("-D", (1, "a", None, None)),
        ("+I", (1, "a", 1, "x")),
    ]
    assert changes(join.on_batch(rows_batch(RIGHT, [(1, "y")]), 1)) == [("+I", (1, "a", 1, "y"))]
    gone = changes_batch(RIGHT, [("-D", (1, "x")), ("-D", (1, "y"))])
    assert changes(join.on_batch(gone, 1)) == [
        ("-D", (1, "a", 1, "x")),
        ("-D", (1, "a", 1, "y")),
        ("+I", (1, "a", None, None)),
    ]


def test_only_partners_that_fulfil_the_condition_count() -> None:
    join = opened(of_kind(CONDITIONAL, JoinKind.LEFT))
    list(join.on_batch(rows_batch(LEFT, [(1, "m")]), 0))
    assert changes(join.on_batch(rows_batch(RIGHT, [(1, "b")]), 1)) == []
    assert changes(join.on_batch(rows_batch(RIGHT, [(1, "x")]), 1)) == [
        ("-D", (1, "m", None, None)),
        ("+I", (1, "m", 1, "x")),
    ]
    assert changes(join.on_batch(changes_batch(RIGHT, [("-D", (1, "b"))]), 1)) == []


def test_a_left_row_comes_out_of_a_semi_join_once() -> None:
    join = opened(of_kind(JOIN, JoinKind.SEMI))
    assert changes(join.on_batch(rows_batch(LEFT, [(1, "a"), (2, "b")]), 0)) == []
    assert changes(join.on_batch(rows_batch(RIGHT, [(1, "x"), (1, "y")]), 1)) == [("+I", (1, "a"))]
    assert changes(join.on_batch(rows_batch(LEFT, [(1, "c")]), 0)) == [("+I", (1, "c"))]
    assert changes(join.on_batch(changes_batch(RIGHT, [("-D", (1, "x"))]), 1)) == []
    assert changes(join.on_batch(changes_batch(RIGHT, [("-D", (1, "y"))]), 1)) == [("-D", (1, "a")), ("-D", (1, "c"))]


def test_what_replaces_a_row_comes_after_it_is_gone() -> None:
    """Whoever keeps the result by key sees the last row of a key last."""
    join = opened(of_kind(JOIN, JoinKind.LEFT))
    list(join.on_batch(rows_batch(RIGHT, [(2, "x")]), 1))
    list(join.on_batch(rows_batch(LEFT, [(1, "a")]), 0))
    moved = changes_batch(LEFT, [("-U", (1, "a")), ("+U", (2, "a")), ("-U", (2, "a")), ("+U", (3, "a"))])
    assert changes(join.on_batch(moved, 0)) == [
        ("-D", (1, "a", None, None)),
        ("+I", (2, "a", 2, "x")),
        ("-D", (2, "a", 2, "x")),
        ("+I", (3, "a", None, None)),
    ]


def test_an_update_that_may_match_otherwise_is_taken_apart() -> None:
    """Half an update would be lost on a sink that takes +U alone."""
    join = opened(JOIN)
    list(join.on_batch(rows_batch(RIGHT, [(1, "x")]), 1))
    list(join.on_batch(rows_batch(LEFT, [(1, "a")]), 0))
    update = changes_batch(LEFT, [("-U", (1, "a")), ("+U", (2, "a"))])
    assert changes(join.on_batch(update, 0)) == [("-D", (1, "a", 1, "x"))]


def test_updates_by_key_find_the_row_that_they_replace() -> None:
    join = opened(msgspec.structs.replace(JOIN, left_unique=(0,), right_unique=(1,)))
    list(join.on_batch(rows_batch(LEFT, [(1, "a")]), 0))
    list(join.on_batch(rows_batch(RIGHT, [(1, "x"), (2, "y")]), 1))
    update = changes_batch(LEFT, [("-U", (1, "a")), ("+U", (1, "b")), ("-U", (1, "b")), ("+U", (1, "c"))])
    list(join.on_batch(update, 0))
    list(join.on_batch(changes_batch(RIGHT, [("-U", (1, "x")), ("+U", (3, "x"))]), 1))
    assert changes(join.on_batch(rows_batch(RIGHT, [(1, "z")]), 1)) == [("+I", (1, "c", 1, "z"))]
    assert changes(join.on_batch(rows_batch(LEFT, [(3, "d")]), 0)) == [("+I", (3, "d", 3, "x"))]


def test_partners_are_counted_right_after_many_rows_have_gone() -> None:
    join = opened(of_kind(CONDITIONAL, JoinKind.LEFT))
    many = [(1, "a")] * 5_000
    list(join.on_batch(rows_batch(LEFT, [*many, (2, "a"), (3, "a")]), 0))
    list(join.on_batch(rows_batch(RIGHT, [(2, "x"), (2, "y")]), 1))
    list(join.on_batch(changes_batch(LEFT, [("-D", row) for row in many]), 0))
    assert changes(join.on_batch(changes_batch(RIGHT, [("-D", (2, "x"))]), 1)) == [("-D", (2, "a", 2, "x"))]
    assert changes(join.on_batch(changes_batch(RIGHT, [("-D", (2, "y"))]), 1)) == [
        ("-D", (2, "a", 2, "y")),
        ("+I", (2, "a", None, None)),
    ]
