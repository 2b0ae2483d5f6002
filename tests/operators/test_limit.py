"""LIMIT gives exactly as many rows as asked for, as long as there are as many."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from operator_driver import Change, changes, changes_batch, materialised, opened, rows, rows_batch, schema

from sqlstream.plan.physical import Limit
from sqlstream.types.logical import INT

NUMBERS = schema(("n", INT))


def limit(offset: int, fetch: int | None, retracting: bool = False) -> Limit:
    return Limit(offset, fetch, retracting, NUMBERS)


@pytest.mark.parametrize(
    ("offset", "fetch", "expected"),
    [(0, 3, [0, 1, 2]), (2, 3, [2, 3, 4]), (8, 5, [8, 9]), (0, 0, []), (12, 1, []), (7, None, [7, 8, 9])],
)
@pytest.mark.parametrize("size", [1, 4, 10])
def test_an_append_only_stream_is_cut_to_its_first_rows(
    offset: int, fetch: int | None, expected: list[int], size: int
) -> None:
    operator = opened(limit(offset, fetch))
    found: list[tuple[Any, ...]] = []
    for start in range(0, 10, size):
        found += rows(operator.on_batch(rows_batch(NUMBERS, [(n,) for n in range(start, min(start + size, 10))])))
    assert found == [(n,) for n in expected]


def test_rows_seen_before_a_restore_count() -> None:
    first = opened(limit(0, 3))
    list(first.on_batch(rows_batch(NUMBERS, [(1,), (2,)])))
    second = opened(limit(0, 3))
    second.restore([first.snapshot()])
    assert rows(second.on_batch(rows_batch(NUMBERS, [(3,), (4,)]))) == [(3,)]


def test_a_row_taken_back_is_replaced_by_the_one_waiting_longest() -> None:
    operator = opened(limit(0, 2, retracting=True))
    assert changes(operator.on_batch(rows_batch(NUMBERS, [(1,), (2,), (3,), (4,)]))) == [("+I", (1,)), ("+I", (2,))]
    assert changes(operator.on_batch(changes_batch(NUMBERS, [("-D", (1,))]))) == [("-D", (1,)), ("+I", (3,))]
    assert changes(operator.on_batch(changes_batch(NUMBERS, [("-D", (4,))]))) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 3), max_size=30),
    st.integers(0, 3),
    st.one_of(st.none(), st.integers(0, 4)),
    st.randoms(use_true_random=False),
)
def test_the_result_is_the_oldest_live_rows_for_any_cut_and_restore(
    numbers: list[int], offset: int, fetch: int | None, rng: random.Random
) -> None:
    live: list[int] = []
    log: list[Change] = []
    for number in numbers:
        if number in live and rng.random() < 0.5:
            live.remove(number)
            log.append(("-D", (number,)))
        else:
            live.append(number)
            log.append(("+I", (number,)))
    node = limit(offset, fetch, retracting=True)
    operator = opened(node)
    found: list[Change] = []
    while log:
        size = rng.randint(1, len(log))
        found += changes(operator.on_batch(changes_batch(NUMBERS, log[:size])))
        log = log[size:]
        if rng.random() < 0.3:
            snapshot = operator.snapshot()
            operator = opened(node)
            operator.restore([snapshot])
    expected = live[offset : None if fetch is None else offset + fetch]
    assert sorted(materialised(found).elements()) == sorted((n,) for n in expected)
