"""ORDER BY puts bounded input in order, however it was cut."""

from __future__ import annotations

import math
import random
from operator import itemgetter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from operator_driver import opened, rows, rows_batch, schema

from sqlstream.errors import PlanError
from sqlstream.plan.physical import Sort, SortKey
from sqlstream.types.logical import DOUBLE, INT, STRING, ArrayType

COLUMNS = schema(("a", INT), ("b", STRING), ("position", INT))
ROW = st.tuples(st.one_of(st.none(), st.integers(-2, 2)), st.one_of(st.none(), st.sampled_from(["", "a", "ä", "b"])))
KEY = st.builds(SortKey, st.integers(0, 1), st.booleans(), st.booleans())


def in_order(table: list[tuple[Any, ...]], keys: list[SortKey]) -> list[tuple[Any, ...]]:
    """Python's own stable sort, last key first."""
    for key in reversed(keys):
        present = [row for row in table if row[key.column] is not None]
        nulls = [row for row in table if row[key.column] is None]
        present.sort(key=itemgetter(key.column), reverse=key.descending)
        table = present + nulls if key.nulls_last else nulls + present
    return table


@settings(max_examples=80, deadline=None)
@given(
    st.lists(ROW, max_size=25),
    st.lists(KEY, min_size=1, max_size=2),
    st.integers(0, 3),
    st.one_of(st.none(), st.integers(0, 10)),
    st.randoms(use_true_random=False),
)
def test_rows_come_in_order_and_equal_ones_as_they_came(
    pairs: list[tuple[Any, ...]], keys: list[SortKey], offset: int, fetch: int | None, rng: random.Random
) -> None:
    table = [(*pair, position) for position, pair in enumerate(pairs)]
    node = Sort(tuple(keys), COLUMNS, offset, fetch)
    operator = opened(node, options={"execution.batch-size": "7"})
    rest = table
    while rest:
        size = rng.randint(1, len(rest))
        assert rows(operator.on_batch(rows_batch(COLUMNS, rest[:size]))) == []
        rest = rest[size:]
        if rng.random() < 0.3:
            snapshot = operator.snapshot()
            operator = opened(node, options={"execution.batch-size": "7"})
            operator.restore([snapshot])
    expected = in_order(table, keys)[offset:]
    assert rows(operator.finish()) == (expected if fetch is None else expected[:fetch])


def test_nan_is_greater_than_every_number() -> None:
    numbers = schema(("x", DOUBLE))
    operator = opened(Sort((SortKey(0, descending=True, nulls_last=True),), numbers))
    list(operator.on_batch(rows_batch(numbers, [(1.0,), (math.nan,), (None,), (math.inf,)])))
    assert [str(row[0]) for row in rows(operator.finish())] == ["nan", "inf", "1.0", "None"]


def test_a_limited_sort_does_not_hold_rows_that_cannot_make_it() -> None:
    numbers = schema(("n", INT))
    operator = opened(Sort((SortKey(0),), numbers, offset=1, fetch=2))
    for start in range(400_000, 0, -40_000):
        list(operator.on_batch(rows_batch(numbers, [(n,) for n in range(start, start - 40_000, -1)])))
    assert sum(chunk.data.num_rows for chunk in operator.snapshot().keyed) <= 110_000
    assert rows(operator.finish()) == [(2,), (3,)]


def test_no_order_is_known_for_arrays() -> None:
    with pytest.raises(PlanError, match="Cannot order by 'x' of type ARRAY<INT>"):
        opened(Sort((SortKey(0),), schema(("x", ArrayType(element=INT)))))
