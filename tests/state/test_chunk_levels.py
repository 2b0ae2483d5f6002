"""Parts of a log stay few, and little is written twice."""

from __future__ import annotations

import math
import random

import pytest

from sqlstream.state.chunk_levels import FANOUT, levels_by_size, mostly_outdated, place_of_next


@pytest.mark.parametrize("seed", range(20))
def test_parts_are_few_and_each_row_is_written_about_once_a_level(seed: int) -> None:
    random_ = random.Random(seed)
    parts: list[tuple[int, int]] = []
    added = written = 0
    for _ in range(2000):
        new = random_.choice((1, 10, 100, random_.randint(1, 100_000)))
        rows = [*(rows for rows, _ in parts), new]
        rows_from = [sum(rows[i:]) for i in range(len(rows))]
        levels = [level for _, level in parts]
        assert levels == sorted(levels, reverse=True)
        first, level = place_of_next(levels, rows_from)
        parts[first:] = [(rows_from[first], level)]
        added, written = added + new, written + rows_from[first]
        assert len(parts) <= FANOUT * (2 + math.log(added, FANOUT))
    assert written <= added * (2 + math.log(added, FANOUT))


def test_what_is_mostly_outdated_is_worth_writing_anew_but_for_a_little() -> None:
    assert mostly_outdated(210_000, 100_000)
    assert not mostly_outdated(190_000, 100_000)
    assert not mostly_outdated(4000, 0)


def test_parts_of_the_top_level_are_not_merged() -> None:
    assert place_of_next([2] * 10, [1000] * 11, top=3) == (0, 3)
    assert place_of_next([2] * 10, [100 * (11 - i) for i in range(11)], top=2) == (10, 2)


def test_many_restored_parts_of_a_level_are_merged_at_once() -> None:
    levels = levels_by_size([1] * 30)
    assert place_of_next(levels, list(range(31, 0, -1))) == (0, 1)


def test_levels_never_rise_from_old_to_new() -> None:
    assert levels_by_size([10, 100_000, 1, 500, 0]) == [5, 5, 2, 2, 0]
