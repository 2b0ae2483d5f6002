"""The operators of one subtask, each fed with what the one before it emits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import (
    MAX_TIMESTAMP,
    MIN_TIMESTAMP,
    Barrier,
    Element,
    EndOfInput,
    Output,
    Watermark,
)
from sqlstream.operators.base import Operator, OperatorContext
from sqlstream.state.snapshot import OperatorSnapshot


class OperatorChain:
    """Routes elements down the chain and what leaves it to ``emit``. Driven by one thread.

    The final watermark (MAX_TIMESTAMP) never travels: the end of input stands for it, and every operator is given
    it just before it finishes. So rows that an operator keeps until its end are never late for the next one.
    """

    def __init__(self, operators: Sequence[Operator], emit: Callable[[Element], None]) -> None:
        self._operators = tuple(operators)
        self._emit = emit
        self._opened = 0
        self._watermarks = [MIN_TIMESTAMP] * (len(self._operators) + 1)
        self._last = len(self._operators) - 1
        self.rows_in = 0
        """Rows the first operator was given; for a source, rows that it emitted."""
        self.rows_into_last = 0
        """Rows the last operator was given: what a sink has written."""
        self.rows_out = 0
        """Rows that left the chain."""

    @property
    def head(self) -> Operator:
        return self._operators[0]

    @property
    def watermark_out(self) -> int:
        """The watermark that left the chain; MIN_TIMESTAMP before the first, MAX_TIMESTAMP after the end."""
        return self._watermarks[-1]

    @property
    def watermark_in(self) -> int:
        """The watermark that reached the first operator; of a source there is none."""
        return self._watermarks[0]

    @property
    def watermark_into_last(self) -> int:
        """The watermark that reached the last operator, which passes none on if it is a sink."""
        return self._watermarks[-2]

    def open(self, contexts: Sequence[OperatorContext]) -> None:
        """Opens the operators in order; whatever happens, :meth:`close` must follow."""
        for operator, context in zip(self._operators, contexts, strict=True):
            self._opened += 1
            operator.open(context)

    def restore(self, index: int, snapshots: Sequence[OperatorSnapshot]) -> None:
        """The state that operator ``index`` begins with; after :meth:`open`, before any input."""
        self._operators[index].restore(snapshots)

    def on_source_output(self, output: Output) -> None:
        """What the head, a source, has produced."""
        if isinstance(output, Batch):
            self.rows_in += output.num_rows
        self._route(1, output)

    def on_input(self, output: Output, input: int) -> None:
        """A batch of input ``input``, or the combined watermark or status of all inputs."""
        if not isinstance(output, Batch):
            self._route(0, output)
        elif output.num_rows:
            self.rows_in += output.num_rows
            if self._last == 0:
                self.rows_into_last += output.num_rows
            self._route_all(1, self.head.on_batch(output, input))

    def on_input_end(self, input: int) -> None:
        """Input ``input`` of the head has ended, another has not."""
        self._route_all(1, self.head.on_input_end(input))

    def end(self, open_inputs: Collection[int], drained: bool = False) -> None:
        """Every input has ended; ``open_inputs`` are those of the head whose end was not told before. A source has
        none. ``drained``: see :class:`~sqlstream.columnar.elements.EndOfInput`."""
        for index, operator in enumerate(self._operators):
            inputs = open_inputs if index == 0 else (0,)
            if inputs:
                self._route_all(index + 1, operator.on_watermark(MAX_TIMESTAMP))
            for input in inputs:
                self._route_all(index + 1, operator.on_input_end(input))
            self._route_all(index + 1, operator.finish())
        self._emit_end(drained)

    def resume_ended(self) -> None:
        """Instead of any input: an earlier attempt, whose state was restored, had reached the end."""
        self._emit_end(drained=False)

    def send_barrier(self, barrier: Barrier) -> None:
        """What operators held back for their batches to grow goes before ``barrier``. :meth:`snapshot` must follow."""
        for index, operator in enumerate(self._operators):
            self._route_all(index + 1, operator.prepare_snapshot(barrier.checkpoint_id))
        self._emit(barrier)

    def snapshot(self) -> list[OperatorSnapshot]:
        """The state of each operator, in order."""
        return [operator.snapshot() for operator in self._operators]

    def on_checkpoint_complete(self, checkpoint_id: int) -> None:
        for operator in self._operators:
            operator.on_checkpoint_complete(checkpoint_id)

    def on_checkpoint_aborted(self, checkpoint_id: int) -> None:
        for operator in self._operators:
            operator.on_checkpoint_aborted(checkpoint_id)

    @property
    def next_timer(self) -> int | None:
        """The earliest processing time (ms) any operator waits for."""
        return min(
            (timer for operator in self._operators if (timer := operator.next_timer()) is not None), default=None
        )

    def on_time(self, now: int) -> None:
        """Processing time is ``now`` (ms): fire the timers that are due."""
        for index, operator in enumerate(self._operators):
            timer = operator.next_timer()
            if timer is not None and timer <= now:
                self._route_all(index + 1, operator.on_timer(now))

    def close(self) -> None:
        """Closes every operator whose ``open`` was called; raises the first error after all have been closed."""
        errors: list[Exception] = []
        while self._opened:
            self._opened -= 1
            try:
                self._operators[self._opened].close()
            except Exception as error:  # the others must be closed all the same
                errors.append(error)
        if errors:
            raise errors[0]

    def _emit_end(self, drained: bool) -> None:
        self._watermarks = [MAX_TIMESTAMP] * len(self._watermarks)
        self._emit(EndOfInput(drained))

    def _route_all(self, index: int, outputs: Iterable[Output]) -> None:
        for output in outputs:
            self._route(index, output)

    def _route(self, index: int, output: Output) -> None:
        """``output`` goes into operator ``index``, or out of the chain."""
        if isinstance(output, Watermark):
            if output.timestamp == MAX_TIMESTAMP or output.timestamp <= self._watermarks[index]:
                return
            self._watermarks[index] = output.timestamp
            if index <= self._last:
                self._route_all(index + 1, self._operators[index].on_watermark(output.timestamp))
                return
        elif isinstance(output, Batch):
            if not output.num_rows:
                return
            if index == self._last:
                self.rows_into_last += output.num_rows
            if index <= self._last:
                self._route_all(index + 1, self._operators[index].on_batch(output, 0))
                return
            self.rows_out += output.num_rows
        elif index <= self._last:
            self._route(index + 1, output)
            return
        self._emit(output)
