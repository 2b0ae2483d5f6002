"""A log of parts holds no more than twice what is needed, and is never written anew as a whole."""

from __future__ import annotations

from sqlstream.state.log_cleaning import PartUse, parts_to_give_up


def test_what_is_used_well_stays() -> None:
    parts = [PartUse(100_000, 60_000, 0), PartUse(50_000, 50_000, 0)]
    assert list(parts_to_give_up(parts, 10_000, 120_000)) == []


def test_the_part_of_which_the_least_is_needed_goes_first_and_no_more_than_must() -> None:
    parts = [PartUse(100_000, 40_000, 0), PartUse(100_000, 10_000, 0), PartUse(50_000, 50_000, 0)]
    assert list(parts_to_give_up(parts, 10_000, 110_000)) == [1]


def test_what_was_removed_is_needed_only_while_there_are_older_parts() -> None:
    parts = [PartUse(100_000, 40_000, 0), PartUse(100_000, 0, 100_000)]
    assert list(parts_to_give_up(parts, 0, 40_000)) == [0, 1]


def test_it_ends_when_nothing_lives() -> None:
    parts = [PartUse(0, 0, 0), PartUse(10_000, 0, 10_000), PartUse(10_000, 0, 10_000)]
    assert list(parts_to_give_up(parts, 5_000, 0)) == [1, 2]
