"""What a subtask's thread does while it runs: mail, input, timers, in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import Enum

from sqlstream.columnar.elements import Barrier
from sqlstream.operators.base import SourceOperator
from sqlstream.runtime.exchange.activity import Activity
from sqlstream.runtime.protocol import CheckpointTrigger
from sqlstream.runtime.task.chain_checkpoints import ChainCheckpoints
from sqlstream.runtime.task.input_processor import InputProcessor
from sqlstream.runtime.task.mailbox import CheckpointAborted, CheckpointCompleted, Mail, Wakeup
from sqlstream.runtime.task.operator_chain import OperatorChain
from sqlstream.runtime.task.subtask_wiring import SubtaskWiring

SOURCE_POLL_SECONDS = 0.1
"""The longest a source may wait for rows in one call, and so the longest a cancel or a checkpoint waits for it."""


class LoopEnd(Enum):
    """Why the loop has nothing more to do."""

    INPUT_ENDED = "INPUT_ENDED"
    """Everything has been processed, and no checkpoint is awaited."""
    STOPPED = "STOPPED"
    """The checkpoint that was to be the last is complete."""


class TaskLoop:
    """Each turn takes one element, or one poll of the source.

    Where ``checkpointing`` is on, a chain whose input has ended stays to take part in checkpoints, until one that is
    to be the last completes. It waits without timers then: nothing may leave it any more. So does a chain that has
    seen the barrier of a checkpoint that is to be the last, until that is aborted.
    """

    def __init__(
        self,
        chain: OperatorChain,
        wiring: SubtaskWiring,
        inputs: Sequence[int],
        checkpoints: ChainCheckpoints,
        checkpointing: bool,
        on_input_ended: Callable[[], None],
        clock: Callable[[], int],
    ) -> None:
        """``inputs[i]`` is the input that channel ``i`` belongs to; a source has none. ``on_input_ended`` is called
        when the input has ended and the chain stays."""
        self._chain = chain
        self._wiring = wiring
        self._gate = wiring.inputs
        self._processor = InputProcessor(inputs, chain)
        self._checkpoints = checkpoints
        self._checkpointing = checkpointing
        self._on_input_ended = on_input_ended
        self._clock = clock
        self._input_ended = False
        self._end: LoopEnd | None = None

    def run(self, resume_ended: bool) -> LoopEnd:
        """Raises TaskCanceledError, and whatever an operator raises. ``resume_ended``: the restored state is that of a
        chain whose input had ended."""
        source = self._chain.head if isinstance(self._chain.head, SourceOperator) else None
        if resume_ended:
            self._chain.resume_ended()
            self._ended(drained=False)
        while self._end is None:
            self._wiring.cancellation.check()
            mail = self._wiring.mailbox.take()
            if mail is not None:
                self._serve(mail)
            elif source is not None and self._goes_on:
                self._poll(source)
            else:
                self._read()
        return self._end

    @property
    def _goes_on(self) -> bool:
        """Whether rows may still leave the chain."""
        return not (self._input_ended or self._checkpoints.stopping)

    def _serve(self, mail: Mail) -> None:
        match mail:
            case CheckpointTrigger():
                self._begin_checkpoint(mail)
            case CheckpointCompleted(checkpoint_id):
                if self._checkpoints.complete(checkpoint_id):
                    self._end = LoopEnd.STOPPED
            case CheckpointAborted(checkpoint_id):
                self._gate.abort(checkpoint_id)
                self._checkpoints.abort(checkpoint_id)
            case Wakeup():
                pass

    def _begin_checkpoint(self, trigger: CheckpointTrigger) -> None:
        barrier = Barrier(trigger.checkpoint_id, trigger.timestamp, trigger.savepoint, trigger.stop)
        if not self._gate.begin(barrier):
            return
        if trigger.drain and not self._input_ended:
            self._chain.end((), drained=True)
            self._ended(drained=True)
        self._checkpoints.take(barrier, 0, self._input_ended)

    def _poll(self, source: SourceOperator) -> None:
        wait = self._until_next_deadline()
        before = time.monotonic_ns()
        outputs = source.poll(SOURCE_POLL_SECONDS if wait is None else min(wait, SOURCE_POLL_SECONDS))
        if outputs is None:
            self._chain.end(())
            self._ended(drained=False)
            return
        produced = False
        for output in outputs:
            produced = True
            self._wiring.cancellation.check()
            self._chain.on_source_output(output)
        if not produced:
            self._wiring.activity.attribute(time.monotonic_ns() - before, Activity.IDLE)
        self._on_time()

    def _read(self) -> None:
        received = self._gate.next(0)
        if received is None and self._wiring.mailbox.empty:
            with self._wiring.activity.during(Activity.IDLE):
                received = self._gate.next(self._until_next_deadline())
        if received is not None:
            channel, element = received
            if isinstance(element, Barrier):
                self._checkpoints.take(element, self._gate.alignment_ms, self._input_ended)
            elif not self._input_ended:
                self._processor.process(channel, element)
                if self._processor.ended:
                    self._ended(self._processor.drained)
        self._on_time()

    def _ended(self, drained: bool) -> None:
        self._input_ended = True
        if self._checkpointing or drained:
            self._on_input_ended()
        else:
            self._end = LoopEnd.INPUT_ENDED

    def _until_next_deadline(self) -> float | None:
        """Seconds until a timer fires or held back rows must go; None if there is nothing to wait for."""
        if not self._goes_on:
            return None
        deadlines = [d for d in (self._chain.next_timer, self._wiring.outputs.next_flush) if d is not None]
        return max(0, min(deadlines) - self._clock()) / 1000 if deadlines else None

    def _on_time(self) -> None:
        if self._goes_on:
            now = self._clock()
            self._chain.on_time(now)
            self._wiring.outputs.flush_due(now)
