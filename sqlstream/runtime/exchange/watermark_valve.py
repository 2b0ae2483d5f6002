"""Many channels' watermarks become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlstream.columnar.elements import MAX_TIMESTAMP, MIN_TIMESTAMP, Watermark, WatermarkStatus


@dataclass(slots=True)
class _ChannelTime:
    watermark: int = MIN_TIMESTAMP
    idle: bool = False
    ended: bool = False


class WatermarkValve:
    """The combined watermark: the lowest of all active channels, never falling.

    - An idle channel holds nothing back. When it becomes active again with a watermark behind the combined one, it
      still holds nothing back until it has caught up (as in Flink).
    - An ended channel holds nothing back either, and its end alone never moves time to the maximum: the other
      channels say how far time is. The final maximum is the business of whoever sees all inputs end.
    - When all remaining channels are idle, the highest watermark seen on them stands, and the valve is idle itself.
    """

    def __init__(self, channels: int) -> None:
        self._channels = [_ChannelTime() for _ in range(channels)]
        self._watermark = MIN_TIMESTAMP
        self._idle = False

    @property
    def watermark(self) -> int:
        """The combined watermark, MIN_TIMESTAMP before the first."""
        return self._watermark

    def on_watermark(self, channel: int, timestamp: int) -> Sequence[Watermark | WatermarkStatus]:
        """What follows from ``channel``'s watermark; the maximum stands for the channel's end."""
        time = self._channels[channel]
        if timestamp == MAX_TIMESTAMP:
            return self.on_end(channel)
        if timestamp <= time.watermark:
            return ()
        time.watermark = timestamp
        return self._combine()

    def on_status(self, channel: int, idle: bool) -> Sequence[Watermark | WatermarkStatus]:
        """What follows from ``channel`` becoming idle or active."""
        self._channels[channel].idle = idle
        return self._combine()

    def on_end(self, channel: int) -> Sequence[Watermark | WatermarkStatus]:
        """What follows from the end of ``channel``."""
        self._channels[channel].ended = True
        return self._combine()

    def _combine(self) -> Sequence[Watermark | WatermarkStatus]:
        live = [time for time in self._channels if not time.ended]
        if not live:
            return ()
        active = [time.watermark for time in live if not time.idle]
        caught_up = [watermark for watermark in active if watermark >= self._watermark]
        outputs: list[Watermark | WatermarkStatus] = []
        if active and self._idle:
            self._idle = False
            outputs.append(WatermarkStatus(idle=False))
        combined = min(caught_up, default=self._watermark) if active else max(time.watermark for time in live)
        if combined > self._watermark:
            self._watermark = combined
            outputs.append(Watermark(combined))
        if not active and not self._idle:
            self._idle = True
            outputs.append(WatermarkStatus(idle=True))
        return outputs
