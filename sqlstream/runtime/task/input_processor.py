"""Turns what the input gate hands out, channel by channel, into what a chain understands, input by input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Element, EndOfInput, Watermark, WatermarkStatus
from sqlstream.runtime.exchange.watermark_valve import WatermarkValve
from sqlstream.runtime.task.operator_chain import OperatorChain


class InputProcessor:
    """Combines watermarks, counts channels that are still open, and ends the chain when none is."""

    def __init__(self, inputs: Sequence[int], chain: OperatorChain) -> None:
        """``inputs[i]`` is the input that channel ``i`` belongs to."""
        self._inputs = tuple(inputs)
        self._open = Counter(self._inputs)
        self._valve = WatermarkValve(len(self._inputs))
        self._chain = chain
        self.drained = False
        """Whether any channel ended because the job is being stopped with a savepoint."""

    @property
    def ended(self) -> bool:
        """Whether every channel has ended."""
        return not self._open

    def process(self, channel: int, element: Element) -> None:
        """The next element of channel ``channel``, unless it is a barrier."""
        if isinstance(element, Batch):
            self._chain.on_input(element, self._inputs[channel])
        elif isinstance(element, Watermark):
            self._forward(self._valve.on_watermark(channel, element.timestamp))
        elif isinstance(element, WatermarkStatus):
            self._forward(self._valve.on_status(channel, element.idle))
        elif isinstance(element, EndOfInput):
            self._on_end(channel, element.drained)

    def _on_end(self, channel: int, drained: bool) -> None:
        self.drained |= drained
        self._forward(self._valve.on_end(channel))
        input = self._inputs[channel]
        self._open[input] -= 1
        if self._open[input]:
            return
        del self._open[input]
        if self._open:
            self._chain.on_input_end(input)
        else:
            self._chain.end((input,), self.drained)

    def _forward(self, outputs: Sequence[Watermark | WatermarkStatus]) -> None:
        for output in outputs:
            self._chain.on_input(output, 0)
