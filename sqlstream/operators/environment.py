"""What an operator's expressions may know of the outside: options, time zone, and the time that is handed in."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlstream.config.options import RUNTIME_MODE, RuntimeMode
from sqlstream.config.time_zone import local_time_zone
from sqlstream.operators.base import OperatorContext
from sqlstream.plan.evaluation_environment import EvaluationEnvironment

Clock = Callable[[], int]
"""Processing time in ms since the epoch."""


def system_clock() -> int:
    return time.time_ns() // 1_000_000


def clock_of(context: OperatorContext) -> Clock:
    """The clock the runtime lends as service ``clock``, or the system's."""
    clock: Clock = context.services.get("clock", system_clock)
    return clock


def environment_of(context: OperatorContext) -> Callable[[], EvaluationEnvironment]:
    """A function giving the environment for the next batch. In batch mode time stands still, as in Flink."""
    configuration = context.configuration
    time_zone = local_time_zone(configuration)
    clock = clock_of(context)
    if configuration.option(RUNTIME_MODE) is RuntimeMode.BATCH:
        frozen = EvaluationEnvironment(configuration, time_zone, clock())
        return lambda: frozen
    return lambda: EvaluationEnvironment(configuration, time_zone, clock())
