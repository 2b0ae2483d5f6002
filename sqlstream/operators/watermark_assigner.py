"""Watermarks from event time."""

from __future__ import annotations

from collections.abc import Iterable

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import MAX_TIMESTAMP, MIN_TIMESTAMP, Output, Watermark, WatermarkStatus
from sqlstream.columnar.event_time import event_times
from sqlstream.config.options import IDLE_TIMEOUT
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.environment import clock_of, environment_of
from sqlstream.plan.evaluate import compile_expression
from sqlstream.plan.physical import WatermarkAssigner


@implements(WatermarkAssigner)
class WatermarkAssignerOperator(Operator):
    """Emits, after each batch that raised it, the highest value of the watermark expression so far.

    Flink emits on a 200 ms timer; here it is after every batch. Either way the watermark never overtakes
    a row within the bound the user declared, so only rows later than that bound can tell the difference. Watermarks
    from upstream are swallowed, except the last one. NULL watermark values are ignored.
    """

    def __init__(self, node: WatermarkAssigner) -> None:
        self._node = node
        self._highest = MIN_TIMESTAMP
        self._idle = False
        self._idle_at: int | None = None

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._watermark_of = compile_expression(self._node.expression)
        self._environment = environment_of(context)
        self._idle_timeout = context.configuration.option(IDLE_TIMEOUT)
        self._clock = clock_of(context)
        self._postpone_idleness()

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        event_times(batch.column(self._node.rowtime))
        if self._idle:
            self._idle = False
            yield WatermarkStatus(idle=False)
        self._postpone_idleness()
        yield batch
        candidates = self._watermark_of(batch.data, self._environment()).drop_null()
        if len(candidates):
            yield from self._advance(int(event_times(candidates).max()))

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        if timestamp == MAX_TIMESTAMP:
            self._idle_at = None
            yield from self._advance(timestamp)

    def next_timer(self) -> int | None:
        return self._idle_at

    def on_timer(self, now: int) -> Iterable[Output]:
        if self._idle_at is not None and now >= self._idle_at:
            self._idle, self._idle_at = True, None
            yield WatermarkStatus(idle=True)

    def _advance(self, timestamp: int) -> Iterable[Output]:
        if timestamp > self._highest:
            self._highest = timestamp
            yield Watermark(timestamp)

    def _postpone_idleness(self) -> None:
        if self._idle_timeout:
            self._idle_at = self._clock() + self._idle_timeout
