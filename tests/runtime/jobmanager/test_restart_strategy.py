"""When a failed job may start again, by the definitions of Flink's strategies."""

from __future__ import annotations

from random import Random

import pytest
from control_plane_jobs import three_step_job

from sqlstream.errors import ConfigError
from sqlstream.plan.jobgraph import JobGraph, JobMode
from sqlstream.runtime.jobmanager.restart_strategy import (
    ExponentialDelay,
    FailureRate,
    FixedDelay,
    NoRestart,
    RestartStrategy,
    restart_strategy,
)


def graph(mode: JobMode, options: dict[str, str]) -> JobGraph:
    configuration = {key.replace("__", ".").replace("_", "-"): value for key, value in options.items()}
    job = three_step_job()
    return JobGraph(job.job_id, job.name, mode, job.vertices, job.edges, configuration)


def strategy(**options: str) -> RestartStrategy:
    return restart_strategy(graph(JobMode.STREAMING, options), Random(1))


def exponential(attempts: int | None = None, jitter: float = 0.0, seed: int = 1) -> ExponentialDelay:
    return ExponentialDelay(1_000, 5_000, 2.0, 60_000, jitter, attempts, Random(seed))


def test_fixed_delay_restarts_so_many_times_and_no_more() -> None:
    fixed = FixedDelay(attempts=2, delay=500)
    assert [fixed.on_failure(now) for now in (0, 10**6, 10**9)] == [500, 500, None]


def test_failure_rate_survives_its_maximum_in_any_interval() -> None:
    rate = FailureRate(max_failures=2, interval=1_000, delay=7)
    assert [rate.on_failure(now) for now in (0, 600, 1_001)] == [7, 7, 7]
    assert rate.on_failure(1_200) is None


def test_failure_rate_forgets_failures_older_than_its_interval() -> None:
    rate = FailureRate(max_failures=1, interval=1_000, delay=7)
    assert [rate.on_failure(now) for now in (0, 1_001, 2_002)] == [7, 7, 7]


def test_exponential_delay_grows_up_to_its_maximum() -> None:
    backoff = exponential()
    now, delays = 0, []
    for _ in range(5):
        delay = backoff.on_failure(now)
        assert delay is not None
        delays.append(delay)
        now += delay + 1
    assert delays == [1_000, 2_000, 4_000, 5_000, 5_000]


def test_exponential_delay_takes_failures_during_a_wait_for_one() -> None:
    backoff = exponential(attempts=1)
    assert [backoff.on_failure(now) for now in (0, 300, 1_000)] == [1_000, 700, 0]
    assert backoff.on_failure(1_001) is None


def test_exponential_delay_begins_anew_after_a_quiet_time() -> None:
    backoff = exponential(attempts=2)
    assert backoff.on_failure(0) == 1_000
    assert backoff.on_failure(2_000) == 2_000
    assert backoff.on_failure(4_000 + 60_000) == 1_000


def test_the_jitter_stays_within_its_share_and_comes_from_the_seed() -> None:
    delays = {exponential(jitter=0.1, seed=seed).on_failure(0) for seed in range(50)}
    assert len(delays) > 10
    assert all(delay is not None and 900 <= delay <= 1_100 for delay in delays)
    assert exponential(jitter=0.1, seed=3).on_failure(0) == exponential(jitter=0.1, seed=3).on_failure(0)


def test_the_default_restarts_jobs_with_checkpoints_and_no_others() -> None:
    assert isinstance(strategy(), NoRestart)
    assert isinstance(strategy(execution__checkpointing__interval="1s"), ExponentialDelay)
    batch = graph(JobMode.BATCH, {"execution.checkpointing.interval": "1s"})
    assert isinstance(restart_strategy(batch, Random(1)), NoRestart)
    assert strategy(execution__checkpointing__interval="1s", restart_strategy__type="none").on_failure(0) is None


def test_the_options_are_flinks() -> None:
    fixed = strategy(
        restart_strategy__type="fixed-delay",
        restart_strategy__fixed_delay__attempts="1",
        restart_strategy__fixed_delay__delay="3 s",
    )
    assert [fixed.on_failure(0), fixed.on_failure(0)] == [3_000, None]
    rate = strategy(
        restart_strategy__type="failure-rate",
        restart_strategy__failure_rate__max_failures_per_interval="1",
        restart_strategy__failure_rate__failure_rate_interval="1 min",
        restart_strategy__failure_rate__delay="2 s",
    )
    assert [rate.on_failure(0), rate.on_failure(59_000)] == [2_000, None]


@pytest.mark.parametrize(
    ("kind", "option", "value"),
    [
        ("fixed-delay", "restart_strategy__fixed_delay__attempts", "-1"),
        ("failure-rate", "restart_strategy__failure_rate__max_failures_per_interval", "0"),
        ("exponential-delay", "restart_strategy__exponential_delay__backoff_multiplier", "1"),
        ("exponential-delay", "restart_strategy__exponential_delay__jitter_factor", "1.5"),
        ("exponential-delay", "restart_strategy__exponential_delay__max_backoff", "1 ms"),
        ("exponential-delay", "restart_strategy__exponential_delay__attempts_before_reset_backoff", "0"),
    ],
)
def test_values_out_of_range_are_refused_by_name(kind: str, option: str, value: str) -> None:
    with pytest.raises(ConfigError, match=option.rpartition("__")[2].replace("_", "-")):
        strategy(restart_strategy__type=kind, **{option: value})
