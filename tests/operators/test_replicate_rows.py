"""Rows come as often as their count says, and go as the count falls."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from operator_driver import Change, changes, changes_batch, materialised, opened, rows, rows_batch, schema

from sqlstream.plan.physical import ReplicateRows
from sqlstream.types.logical import BIGINT, STRING

ROWS = schema(("k", STRING))
COUNTED = schema(("k", STRING), ("n", BIGINT))
NODE = ReplicateRows(ROWS)


def test_rows_of_a_batch_database_come_as_often_as_they_count() -> None:
    counted = [("a", 2), ("b", 0), (None, 1), ("c", -3), ("ż", 3), ("d", None)]
    assert rows(opened(NODE).on_batch(rows_batch(COUNTED, counted))) == [
        ("a",), ("a",), (None,), ("ż",), ("ż",), ("ż",),
    ]  # fmt: skip


def test_many_copies_come_in_batches_of_the_usual_size() -> None:
    operator = opened(NODE, options={"execution.batch-size": "4"})
    batches = list(operator.on_batch(rows_batch(COUNTED, [("a", 3), ("b", 0), ("c", 6)])))
    assert [batch.num_rows for batch in batches] == [4, 4, 1]
    assert rows(batches) == [("a",)] * 3 + [("c",)] * 6


def test_an_update_moves_only_the_difference() -> None:
    operator = opened(NODE)
    updates: list[Change] = [("-U", ("a", 1000)), ("+U", ("a", 1002)), ("-U", ("b", 5)), ("+U", ("b", 3))]
    assert changes(operator.on_batch(changes_batch(COUNTED, updates))) == [
        ("+I", ("a",)), ("+I", ("a",)), ("-D", ("b",)), ("-D", ("b",)),
    ]  # fmt: skip


def test_a_count_that_stays_below_one_moves_nothing() -> None:
    updates: list[Change] = [("-U", ("a", -2)), ("+U", ("a", -1)), ("-D", ("b", -1)), ("+I", ("c", 0))]
    assert changes(opened(NODE).on_batch(changes_batch(COUNTED, updates))) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from((1, -1))), max_size=30), st.integers(1, 7))
def test_the_result_is_what_the_last_counts_say_however_updates_are_cut(
    steps: list[tuple[str, int]], size: int
) -> None:
    counts: Counter[str] = Counter()
    updates: list[Change] = []
    for key, step in steps:
        if key in counts:
            updates.append(("-U", (key, counts[key])))
        updates.append(("+U" if key in counts else "+I", (key, counts[key] + step)))
        counts[key] += step
    operator = opened(NODE)
    found: list[Change] = []
    for start in range(0, len(updates), size):
        found += changes(operator.on_batch(changes_batch(COUNTED, updates[start : start + size])))
    expected: Counter[tuple[Any, ...]] = +Counter({(key,): count for key, count in counts.items()})
    assert materialised(found) == expected
