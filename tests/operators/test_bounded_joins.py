"""Every way to run a join of bounded inputs gives what a database gives."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import duckdb
import pytest
from operator_driver import opened, rows, rows_batch, schema

from sqlstream.operators.base import Operator
from sqlstream.plan.expressions import Call, InputRef
from sqlstream.plan.join_row import joined_row, output_row
from sqlstream.plan.physical import HashJoin, JoinKind, NestedLoopJoin, SortMergeJoin
from sqlstream.types.logical import BOOLEAN, INT, STRING

LEFT = schema(("k", INT), ("s", STRING), ("v", INT))
RIGHT = schema(("w", INT), ("j", INT), ("t", STRING))
V_BELOW_W = Call("<", (InputRef(2, INT), InputRef(3, INT)), BOOLEAN)
KEYS = Call("=", (InputRef(0, INT), InputRef(4, INT)), BOOLEAN)
RESULTS = {
    **{kind: f"SELECT * FROM l {kind.value} JOIN r ON {{}}" for kind in JoinKind if not kind.left_only},
    JoinKind.SEMI: "SELECT * FROM l WHERE EXISTS (SELECT * FROM r WHERE {})",
    JoinKind.ANTI: "SELECT * FROM l WHERE NOT EXISTS (SELECT * FROM r WHERE {})",
}
Row = tuple[Any, ...]


def nodes(kind: JoinKind, build_left: bool) -> list[tuple[Any, str]]:
    """Joins, and what rows match in each."""
    out = output_row(joined_row(LEFT, RIGHT), len(LEFT), kind)
    one, two = ((0,), (1,)), ((0, 1), (1, 2))
    return [
        (HashJoin(*one, None, LEFT, RIGHT, out, kind, (), build_left), "k = j"),
        (HashJoin(*two, V_BELOW_W, LEFT, RIGHT, out, kind, (1,), build_left),
         "k = j AND s IS NOT DISTINCT FROM t AND v < w"),
        (SortMergeJoin(*one, None, LEFT, RIGHT, out, kind), "k = j"),
        (SortMergeJoin(*two, V_BELOW_W, LEFT, RIGHT, out, kind, (1,)), "k = j AND s IS NOT DISTINCT FROM t AND v < w"),
        (NestedLoopJoin(KEYS, LEFT, RIGHT, out, kind, build_left), "k = j"),
        (NestedLoopJoin(None, LEFT, RIGHT, out, kind, build_left), "TRUE"),
    ]  # fmt: skip


def run(join: Operator, sides: list[list[Row]], rng: random.Random) -> Counter[Row]:
    """All that it emits for ``sides``, cut and interleaved at random."""
    found: Counter[Row] = Counter()
    rest = [list(side) for side in sides]
    open_inputs = [0, 1]
    while open_inputs:
        input = rng.choice(open_inputs)
        size = rng.randint(1, 5)
        some, rest[input] = rest[input][:size], rest[input][size:]
        if some:
            found.update(rows(join.on_batch(rows_batch((LEFT, RIGHT)[input], some), input)))
        if not rest[input]:
            open_inputs.remove(input)
            found.update(rows(join.on_input_end(input)))
    found.update(rows(join.finish()))
    return found


def some_rows(rng: random.Random, of: str) -> list[Row]:
    key = lambda: rng.choice([None, 1, 2, 3, 4])  # noqa: E731
    text = lambda: rng.choice([None, "", "a", "ż"])  # noqa: E731
    count = rng.choice([0, 1, 12, 25])
    if of == "left":
        return [(key(), text(), rng.randint(0, 3)) for _ in range(count)]
    return [(rng.randint(0, 3), key(), text()) for _ in range(count)]


@pytest.mark.parametrize("build_left", [False, True], ids=["build right", "build left"])
@pytest.mark.parametrize("kind", JoinKind)
def test_as_a_database(kind: JoinKind, build_left: bool) -> None:
    for seed in range(8):
        rng = random.Random(f"{kind.value} {build_left} {seed}")
        sides = [some_rows(rng, "left"), some_rows(rng, "right")]
        with duckdb.connect() as connection:
            connection.register("l", rows_batch(LEFT, sides[0]).data)
            connection.register("r", rows_batch(RIGHT, sides[1]).data)
            for node, condition in nodes(kind, build_left):
                expected = Counter(connection.execute(RESULTS[kind].format(condition)).fetchall())
                join = opened(node, options={"execution.batch-size": "7"})
                assert run(join, sides, rng) == expected, (seed, node)


def test_rows_come_out_while_the_other_input_still_comes() -> None:
    out = joined_row(LEFT, RIGHT)
    join = opened(HashJoin((0,), (1,), None, LEFT, RIGHT, out))
    assert rows(join.on_batch(rows_batch(LEFT, [(1, "a", 1)]), 0)) == []
    assert rows(join.on_batch(rows_batch(RIGHT, [(5, 1, "x")]), 1)) == []
    assert rows(join.on_input_end(1)) == [(1, "a", 1, 5, 1, "x")]
    assert rows(join.on_batch(rows_batch(LEFT, [(1, "b", 2)]), 0)) == [(1, "b", 2, 5, 1, "x")]


def test_a_sort_merge_join_gives_rows_in_the_order_of_the_keys() -> None:
    join = opened(SortMergeJoin((0,), (1,), None, LEFT, RIGHT, joined_row(LEFT, RIGHT)))
    list(join.on_batch(rows_batch(LEFT, [(3, "a", 1), (1, "b", 1), (2, "c", 1)]), 0))
    list(join.on_batch(rows_batch(RIGHT, [(0, 2, ""), (0, 3, ""), (0, 1, "")]), 1))
    assert [row[0] for row in rows(join.finish())] == [1, 2, 3]
