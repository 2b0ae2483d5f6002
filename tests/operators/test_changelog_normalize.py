"""Upserts and repeated changes become a whole changelog, however they are cut, spread and restored."""

from __future__ import annotations

import random
from typing import Any

import pytest
from harness import Row, batch_of, materialised, open_operator, rows_of, run_randomly

from sqlstream.columnar.batch import RowKind
from sqlstream.plan.physical import ChangelogNormalize
from sqlstream.types.logical import INT, STRING
from sqlstream.types.schema import Field, Schema

ADD, UB, UA, D = RowKind
ROW = Schema((Field("k", STRING), Field("v", INT), Field("w", STRING)))
NODE = ChangelogNormalize((0,), True, ROW)
Change = tuple[RowKind, Row]


def emitted(node: Any, *batches: list[Change]) -> list[tuple[str, Row]]:
    operator = open_operator(node)
    changes: list[tuple[str, Row]] = []
    for batch in batches:
        changes += rows_of(
            operator.on_batch(batch_of(ROW.to_arrow(), [row for _, row in batch], [kind for kind, _ in batch]))
        )
    operator.close()
    return changes


CHANGES: list[Change] = [
    (ADD, ("a", 1, "x")),
    (ADD, (None, 7, None)),
    (UA, ("a", 1, "x")),
    (UA, ("a", 2, None)),
    (UB, ("a", 9, None)),
    (D, ("b", None, None)),
    (D, (None, None, None)),
    (D, (None, None, None)),
    (UA, ("b", 5, "y")),
    (D, ("a", None, None)),
    (ADD, ("a", 3, "z")),
]
WHOLE = [
    ("+I", ("a", 1, "x")),
    ("+I", (None, 7, None)),
    ("-U", ("a", 1, "x")),
    ("+U", ("a", 2, None)),
    ("-D", (None, 7, None)),
    ("+I", ("b", 5, "y")),
    ("-D", ("a", 2, None)),
    ("+I", ("a", 3, "z")),
]


@pytest.mark.parametrize("size", [1, 2, 3, len(CHANGES)])
def test_what_a_row_was_is_added_and_what_says_nothing_new_dropped(size: int) -> None:
    batches = [CHANGES[i : i + size] for i in range(0, len(CHANGES), size)]
    assert emitted(NODE, *batches) == WHOLE


def test_what_was_before_is_left_out_where_nobody_wants_it() -> None:
    node = ChangelogNormalize((0,), False, ROW)
    assert emitted(node, CHANGES) == [change for change in WHOLE if change[0] != "-U"]


@pytest.mark.parametrize("seed", range(6))
def test_the_rows_that_are_left_are_the_last_of_each_key(seed: int) -> None:
    random_ = random.Random(seed)
    rows: list[Row] = []
    kinds: list[RowKind] = []
    expected: dict[Any, Row] = {}
    for _ in range(300):
        key = random_.choice([None, "", "a", "b", "ż"])
        row = (key, random_.choice([None, 1, 2]), random_.choice([None, "x", "long text " * 3]))
        kind = random_.choice([ADD, UA, UA, D])
        rows.append(row)
        kinds.append(kind)
        if kind is D:
            expected.pop(key, None)
        else:
            expected[key] = row
    changes = run_randomly(NODE, [(batch_of(ROW.to_arrow(), rows, kinds), (0,))], seed)
    assert sorted(map(str, materialised(changes))) == sorted(map(str, expected.values()))
