"""Restart strategies: whether a job may start again after a failure, and when. They are Flink's, with its options.

Pure: the time (ms) is handed in, and so is the source of the jitter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from random import Random
from typing import Protocol, TypeVar

from sqlstream.config.configuration import Configuration
from sqlstream.config.option import ConfigOption
from sqlstream.config.options import (
    CHECKPOINTING_INTERVAL,
    EXPONENTIAL_ATTEMPTS,
    EXPONENTIAL_INITIAL_BACKOFF,
    EXPONENTIAL_JITTER,
    EXPONENTIAL_MAX_BACKOFF,
    EXPONENTIAL_MULTIPLIER,
    EXPONENTIAL_RESET_THRESHOLD,
    FAILURE_RATE_DELAY,
    FAILURE_RATE_INTERVAL,
    FAILURE_RATE_MAX_FAILURES,
    FIXED_DELAY,
    FIXED_DELAY_ATTEMPTS,
    RESTART_STRATEGY,
    RestartStrategyType,
)
from sqlstream.errors import ConfigError
from sqlstream.plan.jobgraph import JobGraph, JobMode

T = TypeVar("T")


class RestartStrategy(Protocol):
    """One job's; it remembers the failures it was told of."""

    def on_failure(self, now: int) -> int | None:
        """How long to wait (ms) before the job starts again; None: it has failed for good."""


class NoRestart:
    def on_failure(self, now: int) -> int | None:
        return None


class FixedDelay:
    """``attempts`` restarts in the job's life."""

    def __init__(self, attempts: int, delay: int) -> None:
        self._left = attempts
        self._delay = delay

    def on_failure(self, now: int) -> int | None:
        self._left -= 1
        return self._delay if self._left >= 0 else None


class FailureRate:
    """Up to ``max_failures`` in any ``interval`` ms."""

    def __init__(self, max_failures: int, interval: int, delay: int) -> None:
        self._failures: deque[int] = deque(maxlen=max_failures + 1)
        self._interval = interval
        self._delay = delay

    def on_failure(self, now: int) -> int | None:
        self._failures.append(now)
        too_many = len(self._failures) == self._failures.maxlen
        return None if too_many and now - self._failures[0] <= self._interval else self._delay


class ExponentialDelay:
    """Each wait is ``multiplier`` times the one before, up to ``max_backoff`` ms, and begins at ``initial_backoff``
    again after ``reset_threshold`` ms without a failure. Failures during a wait belong to the one it began with.

    ``attempts`` restarts may follow each other before such a pause; None is any number.
    """

    def __init__(
        self,
        initial_backoff: int,
        max_backoff: int,
        multiplier: float,
        reset_threshold: int,
        jitter: float,
        attempts: int | None,
        random: Random,
    ) -> None:
        self._initial = initial_backoff
        self._max = max_backoff
        self._multiplier = multiplier
        self._reset_threshold = reset_threshold
        self._jitter = jitter
        self._attempts = attempts
        self._random = random
        self._backoff: float = initial_backoff
        self._restarts = 0
        self._next_restart: int | None = None

    def on_failure(self, now: int) -> int | None:
        if self._next_restart is None or now - self._next_restart >= self._reset_threshold:
            self._backoff = self._initial
            self._restarts = 0
        elif now <= self._next_restart:
            return self._next_restart - now
        else:
            self._backoff = min(self._backoff * self._multiplier, self._max)
        self._restarts += 1
        if self._attempts is not None and self._restarts > self._attempts:
            return None
        spread = self._backoff * self._jitter
        delay = min(round(self._backoff + self._random.uniform(-spread, spread)), self._max)
        self._next_restart = now + delay
        return delay


def restart_strategy(graph: JobGraph, random: Random) -> RestartStrategy:
    """The one that ``graph``'s configuration asks for. ConfigError when a value is out of range."""
    configuration = Configuration(graph.configuration)
    return _STRATEGIES[restart_strategy_type(graph)](configuration, random)


def restart_strategy_type(graph: JobGraph) -> RestartStrategyType:
    """What ``graph`` asks for, or what suits it."""
    configuration = Configuration(graph.configuration)
    chosen = configuration.optional(RESTART_STRATEGY)
    if chosen is not None:
        return chosen
    checkpoints = graph.mode is JobMode.STREAMING and configuration.optional(CHECKPOINTING_INTERVAL) is not None
    return RestartStrategyType.EXPONENTIAL_DELAY if checkpoints else RestartStrategyType.NONE


def _fixed_delay(configuration: Configuration, random: Random) -> RestartStrategy:
    return FixedDelay(
        _checked(configuration, FIXED_DELAY_ATTEMPTS, lambda attempts: attempts >= 0, "at least 0"),
        _checked(configuration, FIXED_DELAY, lambda delay: delay >= 0, "at least 0"),
    )


def _failure_rate(configuration: Configuration, random: Random) -> RestartStrategy:
    return FailureRate(
        _checked(configuration, FAILURE_RATE_MAX_FAILURES, lambda failures: failures > 0, "at least 1"),
        _checked(configuration, FAILURE_RATE_INTERVAL, lambda interval: interval > 0, "longer than 0"),
        _checked(configuration, FAILURE_RATE_DELAY, lambda delay: delay >= 0, "at least 0"),
    )


def _exponential_delay(configuration: Configuration, random: Random) -> RestartStrategy:
    initial = _checked(configuration, EXPONENTIAL_INITIAL_BACKOFF, lambda backoff: backoff > 0, "longer than 0")
    attempts = configuration.optional(EXPONENTIAL_ATTEMPTS)
    if attempts is not None:
        _checked(configuration, EXPONENTIAL_ATTEMPTS, lambda value: value > 0, "at least 1")
    return ExponentialDelay(
        initial,
        _checked(configuration, EXPONENTIAL_MAX_BACKOFF, lambda most: most >= initial, "no less than initial-backoff"),
        _checked(configuration, EXPONENTIAL_MULTIPLIER, lambda multiplier: multiplier > 1, "greater than 1"),
        _checked(configuration, EXPONENTIAL_RESET_THRESHOLD, lambda threshold: threshold > 0, "longer than 0"),
        _checked(configuration, EXPONENTIAL_JITTER, lambda jitter: 0 <= jitter <= 1, "from 0 to 1"),
        attempts,
        random,
    )


def _checked(configuration: Configuration, option: ConfigOption[T], fits: Callable[[T], bool], range_: str) -> T:
    value = configuration.option(option)
    if not fits(value):
        raise ConfigError(f"Option '{option.key}' is {value}.", hint=f"It must be {range_}.")
    return value


_STRATEGIES: Mapping[RestartStrategyType, Callable[[Configuration, Random], RestartStrategy]] = {
    RestartStrategyType.NONE: lambda configuration, random: NoRestart(),
    RestartStrategyType.FIXED_DELAY: _fixed_delay,
    RestartStrategyType.FAILURE_RATE: _failure_rate,
    RestartStrategyType.EXPONENTIAL_DELAY: _exponential_delay,
}
