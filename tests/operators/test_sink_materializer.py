"""The latest row left of each primary key reaches a sink, whatever the order of its changes."""

from __future__ import annotations

import random
from typing import Any

import pytest
from harness import Row, batch_of, open_operator, rows_of, run_randomly, upserted

from sqlstream.columnar.batch import RowKind
from sqlstream.plan.physical import SinkMaterializer
from sqlstream.types.logical import INT, STRING
from sqlstream.types.schema import Field, Schema

ADD, UB, UA, D = RowKind
ROW = Schema((Field("k", STRING), Field("v", INT)))
NODE = SinkMaterializer((0,), ROW)
Change = tuple[RowKind, Row]


def emitted(*batches: list[Change]) -> list[tuple[str, Row]]:
    operator = open_operator(NODE)
    changes: list[tuple[str, Row]] = []
    for batch in batches:
        changes += rows_of(
            operator.on_batch(batch_of(ROW.to_arrow(), [row for _, row in batch], [kind for kind, _ in batch]))
        )
    operator.close()
    return changes


def test_a_deletion_that_comes_late_deletes_nothing_newer() -> None:
    late = emitted([(ADD, ("a", 1))], [(ADD, ("a", 2))], [(D, ("a", 1))])
    assert late == [("+I", ("a", 1)), ("+U", ("a", 2))]


def test_what_was_before_comes_back_when_the_latest_is_taken_back() -> None:
    assert emitted([(ADD, ("a", 1))], [(UA, ("a", 2))], [(D, ("a", 2))], [(D, ("a", 1))]) == [
        ("+I", ("a", 1)),
        ("+U", ("a", 2)),
        ("+U", ("a", 1)),
        ("-D", ("a", 1)),
    ]


def test_a_batch_tells_only_what_is_different_after_it() -> None:
    assert emitted([(ADD, ("a", 1)), (UB, ("a", 1)), (UA, ("a", 2)), (ADD, (None, 3)), (D, (None, 3))]) == [
        ("+I", ("a", 2))
    ]
    assert emitted([(ADD, (None, 3))], [(D, (None, 3)), (ADD, ("b", 1))]) == [
        ("+I", (None, 3)),
        ("-D", (None, 3)),
        ("+I", ("b", 1)),
    ]


def test_a_row_that_was_never_there_cannot_be_taken_back() -> None:
    assert emitted([(D, ("a", 1))], [(ADD, ("a", 2))]) == [("+I", ("a", 2))]


@pytest.mark.parametrize("seed", range(6))
def test_the_latest_row_of_each_key_is_left(seed: int) -> None:
    random_ = random.Random(seed)
    kept: dict[Any, list[Row]] = {}
    rows: list[Row] = []
    kinds: list[RowKind] = []
    for _ in range(300):
        key = random_.choice([None, "", "a", "b"])
        of_key = kept.setdefault(key, [])
        if of_key and random_.random() < 0.45:
            row = random_.choice(of_key)
            of_key.remove(row)
            kinds.append(random_.choice([UB, D]))
        else:
            row = (key, random_.choice([None, *range(5)]))
            of_key.append(row)
            kinds.append(random_.choice([ADD, UA]))
        rows.append(row)
    changes = run_randomly(NODE, [(batch_of(ROW.to_arrow(), rows, kinds), (0,))], seed)
    assert all(kind != "-U" for kind, _ in changes)
    assert upserted(changes, 1) == {(key,): of_key[-1] for key, of_key in kept.items() if of_key}
