"""What operators of sessions have in common: when sessions are over."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence

from sqlstream.columnar.elements import MAX_TIMESTAMP, MIN_TIMESTAMP, Output, Watermark
from sqlstream.config.time_zone import local_time_zone
from sqlstream.operators.base import Operator, OperatorContext
from sqlstream.operators.environment import clock_of
from sqlstream.operators.session_index import SessionIndex
from sqlstream.plan.physical import SessionWindowAggregate, SessionWindowTableFunction
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.types.arrow import to_arrow
from sqlstream.types.logical import LocalZonedTimestampType

WATERMARK = "watermark"


class SessionOperator(Operator):
    """Has the open sessions of each key, which end by the watermark or, on processing time, by the clock."""

    def __init__(self, node: SessionWindowAggregate | SessionWindowTableFunction) -> None:
        self._keys = node.keys
        self._proctime = node.proctime
        self._gap = node.window.size
        self._key_types = [to_arrow(node.input[key].type) for key in node.keys]
        self._schema = node.schema.to_arrow()
        self._is_instant = isinstance(node.input[node.time_column].type, LocalZonedTimestampType)

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._sessions = SessionIndex(self._key_types, self._gap)
        self._time_zone = local_time_zone(context.configuration)
        self._late = context.metrics.counter("numLateRecordsDropped")
        self._clock = clock_of(context)
        self._watermark = MIN_TIMESTAMP

    @abstractmethod
    def _fire(self, until: int) -> Iterator[Output]:
        """What sessions that end by ``until`` (ms) give."""

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        if not self._proctime:
            self._watermark = max(self._watermark, timestamp)
            yield from self._fire(timestamp)
        yield Watermark(timestamp)

    def next_timer(self) -> int | None:
        due = self._sessions.next_due
        return due + 1 if self._proctime and due != MAX_TIMESTAMP else None

    def on_timer(self, now: int) -> Iterable[Output]:
        return self._fire(now - 1)

    def finish(self) -> Iterable[Output]:
        return self._fire(MAX_TIMESTAMP)

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._watermark = min((snapshot.values[WATERMARK] for snapshot in snapshots), default=MIN_TIMESTAMP)
        for snapshot in snapshots:
            self._sessions.restore(snapshot.keyed, self.context.key_groups)
