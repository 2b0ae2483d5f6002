"""Windows in GROUP BY are emitted early or late where the session's settings ask for it."""

from __future__ import annotations

import dataclasses

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import (
    ALLOW_LATENESS,
    EARLY_FIRE,
    EARLY_FIRE_DELAY,
    LATE_FIRE,
    LATE_FIRE_DELAY,
    RUNTIME_MODE,
    RuntimeMode,
)
from sqlstream.errors import PlanError
from sqlstream.plan.logical import LogicalNode, WindowAggregate, rewrite_bottom_up
from sqlstream.plan.physical import EmitStrategy, WindowKind
from sqlstream.types.schema import TimeAttribute


def set_emit_strategies(root: LogicalNode, configuration: Configuration) -> LogicalNode:
    """``root`` with what ``table.exec.emit.*`` says; nothing is emitted early or late in batch mode. PlanError where
    that cannot be."""
    early, late = configuration.option(EARLY_FIRE), configuration.option(LATE_FIRE)
    if configuration.option(RUNTIME_MODE) is RuntimeMode.BATCH or not (early or late):
        return root

    def rule(node: LogicalNode) -> LogicalNode:
        return _with_strategy(node, configuration) if isinstance(node, WindowAggregate) else node

    return rewrite_bottom_up(root, rule)


def _with_strategy(node: WindowAggregate, configuration: Configuration) -> WindowAggregate:
    if not node.grouped:
        raise PlanError(
            f"Aggregations over window table functions are not emitted early or late, as '{EARLY_FIRE.key}' and "
            f"'{LATE_FIRE.key}' want.",
            hint=f"GROUP BY {node.window.kind.value}(ts, ...) instead, or RESET the options.",
        )
    if node.window.kind is WindowKind.SESSION:
        raise PlanError(
            "Session windows cannot be emitted early or late.",
            hint=f"RESET '{EARLY_FIRE.key}' and '{LATE_FIRE.key}', or use TUMBLE or HOP.",
        )
    strategy = _strategy(configuration, node.time.time is TimeAttribute.PROCTIME)
    return node if strategy is None else dataclasses.replace(node, emit=strategy)


def _strategy(configuration: Configuration, proctime: bool) -> EmitStrategy | None:
    """None where nothing is left to do: no row is late of processing time."""
    early = late = None
    lateness = 0
    if configuration.option(EARLY_FIRE):
        early = configuration.optional(EARLY_FIRE_DELAY)
        if early is None:
            raise PlanError(
                f"'{EARLY_FIRE.key}' needs a delay.", hint=f"SET '{EARLY_FIRE_DELAY.key}' = '1 s', or '0 s' for none."
            )
    if configuration.option(LATE_FIRE) and not proctime:
        late, lateness = configuration.optional(LATE_FIRE_DELAY), configuration.optional(ALLOW_LATENESS) or 0
        if late is None:
            raise PlanError(
                f"'{LATE_FIRE.key}' needs a delay.", hint=f"SET '{LATE_FIRE_DELAY.key}' = '1 s', or '0 s' for none."
            )
        if lateness <= 0 or late > lateness:
            raise PlanError(
                f"'{LATE_FIRE.key}' needs '{ALLOW_LATENESS.key}' to be more than 0 and no less than the delay of "
                f"{late} ms, but it is {lateness} ms.",
                hint=f"SET '{ALLOW_LATENESS.key}' = '1 min'.",
            )
    return None if early is None and late is None else EmitStrategy(early, late, lateness)
