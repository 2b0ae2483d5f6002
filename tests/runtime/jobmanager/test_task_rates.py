"""Rates from the counters in heartbeats."""

from __future__ import annotations

import pytest

from sqlstream.runtime.deployment import TaskMetrics
from sqlstream.runtime.jobmanager.task_rates import RateMeter, TaskRates


def measured(*samples: tuple[int, int]) -> RateMeter:
    """With so many records at such times (ms)."""
    meter = RateMeter()
    for now, records in samples:
        meter.add(TaskMetrics(records_out=records, busy_ms=now // 2), now)
    return meter


@pytest.mark.parametrize("samples", [(), ((0, 5),), ((7, 1), (7, 5))])
def test_there_is_no_rate_without_two_times(samples: tuple[tuple[int, int], ...]) -> None:
    assert measured(*samples).rates() == TaskRates()


def test_a_rate_is_per_second() -> None:
    rates = measured((0, 0), (2_000, 100)).rates()
    assert (rates.records_out, rates.busy_ms, rates.records_in) == (50, 500, 0)


def test_a_rate_forgets_what_was_long_ago() -> None:
    steady = [(1_000 * second, 10 * second) for second in range(60)]
    assert measured(*steady).rates().records_out == 10
    assert measured(*steady, (60_000, 590), (70_000, 590), (71_000, 590)).rates().records_out == 0


def test_heartbeats_in_quick_succession_do_not_make_a_rate_jump() -> None:
    assert measured((0, 0), (1_000, 100), (1_001, 100), (1_002, 100)).rates().records_out == pytest.approx(
        99.8, abs=0.1
    )
