"""When a job's checkpoints are taken and how long they are kept, read from its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlstream.config.configuration import Configuration
from sqlstream.config.option import ConfigOption
from sqlstream.config.options import (
    CHECKPOINT_RETENTION,
    CHECKPOINTING_INTERVAL,
    CHECKPOINTING_MAX_CONCURRENT,
    CHECKPOINTING_MIN_PAUSE,
    CHECKPOINTING_TIMEOUT,
    CHECKPOINTING_TOLERABLE_FAILURES,
    CHECKPOINTS_RETAINED,
    CheckpointRetention,
)
from sqlstream.errors import ConfigError
from sqlstream.plan.jobgraph import JobGraph, JobMode

_SHORTEST = 10
"""ms; Flink takes no shorter interval or timeout."""


@dataclass(frozen=True)
class CheckpointSettings:
    """``interval``, ``timeout`` and ``min_pause`` are in ms; without an interval only users trigger snapshots."""

    interval: int | None = None
    timeout: int = 600_000
    min_pause: int = 0
    max_concurrent: int = 1
    tolerable_failures: int = 0
    retention: CheckpointRetention = CheckpointRetention.NO_EXTERNALIZED_CHECKPOINTS
    num_retained: int = 1

    @staticmethod
    def of(graph: JobGraph) -> CheckpointSettings:
        """Those of ``graph``'s configuration; a batch job has no interval. ConfigError when a value is out of range."""
        options = graph.configuration
        interval = Configuration(options).optional(CHECKPOINTING_INTERVAL)
        if interval is not None:
            _at_least(CHECKPOINTING_INTERVAL, interval, _SHORTEST, " ms")
        min_pause = _number(options, CHECKPOINTING_MIN_PAUSE, 0, " ms")
        max_concurrent = _number(options, CHECKPOINTING_MAX_CONCURRENT, 1)
        return CheckpointSettings(
            interval=interval if graph.mode is JobMode.STREAMING else None,
            timeout=_number(options, CHECKPOINTING_TIMEOUT, _SHORTEST, " ms"),
            min_pause=min_pause,
            max_concurrent=1 if min_pause else max_concurrent,
            tolerable_failures=_number(options, CHECKPOINTING_TOLERABLE_FAILURES, 0),
            retention=Configuration(options).option(CHECKPOINT_RETENTION),
            num_retained=_number(options, CHECKPOINTS_RETAINED, 1),
        )


def _number(options: Mapping[str, str], option: ConfigOption[int], least: int, unit: str = "") -> int:
    value = Configuration(options).option(option)
    _at_least(option, value, least, unit)
    return value


def _at_least(option: ConfigOption[int], value: int, least: int, unit: str) -> None:
    if value < least:
        raise ConfigError(f"Option '{option.key}' is {value}{unit}.", hint=f"It must be at least {least}{unit}.")
