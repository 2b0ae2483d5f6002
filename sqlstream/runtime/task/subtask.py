"""One attempt of one subtask: a thread that reads, runs its chain, and tells what becomes of it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlstream.columnar.elements import MIN_TIMESTAMP, Element
from sqlstream.config.configuration import Configuration
from sqlstream.errors import ClusterError
from sqlstream.operators.base import OperatorContext, SourceOperator, build_operator
from sqlstream.runtime.deployment import ExecutionState, TaskDeployment, TaskMetrics, TaskStateChanged
from sqlstream.runtime.exchange.activity import Activity, ActivityClock
from sqlstream.runtime.exchange.cancellation import Cancellation, TaskCanceledError
from sqlstream.runtime.exchange.input_gate import InputGate
from sqlstream.runtime.exchange.output_gate import OutputGate
from sqlstream.runtime.task.input_processor import InputProcessor
from sqlstream.runtime.task.operator_chain import OperatorChain
from sqlstream.runtime.task.result_queue import ResultQueue, ResultWriter
from sqlstream.runtime.task.state_report import cause_of, failure_report, task_name
from sqlstream.state.snapshot import KeyGroupRange

SOURCE_POLL_SECONDS = 0.1
"""The longest a source may wait for rows in one call, and so the longest a cancel waits for a source."""


def wall_clock() -> int:
    """Processing time: ms since the epoch."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class SubtaskWiring:
    """The ends of the channels a subtask was deployed with, made by its executor before its thread starts."""

    cancellation: Cancellation
    activity: ActivityClock
    inputs: InputGate
    outputs: OutputGate
    results: ResultQueue | None
    """Of a chain that ends in a collect sink."""


@dataclass(frozen=True, slots=True)
class SubtaskListener:
    """``on_state`` hears every change of state; ``on_end`` is called once, just before the last of them."""

    on_state: Callable[[TaskStateChanged], None]
    on_end: Callable[[Subtask], None]


class Subtask:
    """Reports INITIALIZING, RUNNING, then FINISHED, FAILED or CANCELED."""

    def __init__(
        self,
        deployment: TaskDeployment,
        configuration: Configuration,
        wiring: SubtaskWiring,
        listener: SubtaskListener,
        clock: Callable[[], int] = wall_clock,
    ) -> None:
        self.deployment = deployment
        self._configuration = configuration
        self._wiring = wiring
        self._listener = listener
        self._clock = clock
        self._chain: OperatorChain | None = None
        self._contexts: Sequence[OperatorContext] = ()
        self.name = task_name(deployment)
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        """Asks the thread to stop at once, wherever it is blocked; its report follows."""
        self._wiring.cancellation.cancel()

    def join(self, timeout: float) -> None:
        """Waits for the thread's end; not from within it."""
        if self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def metrics(self) -> TaskMetrics:
        """The counters now; safe from any thread."""
        chain = self._chain
        if chain is None:
            return TaskMetrics()
        counters: Counter[str] = Counter()
        for context in self._contexts:
            for name, counter in list(context.metrics.counters.items()):
                counters[name] += counter.value
        emits = bool(self.deployment.outputs)
        watermark = chain.watermark_out if emits else chain.watermark_into_last
        busy, idle, backpressured = self._wiring.activity.milliseconds()
        return TaskMetrics(
            records_in=chain.rows_in,
            records_out=chain.rows_out if emits else chain.rows_into_last,
            bytes_in=self._wiring.inputs.bytes_taken,
            bytes_out=self._wiring.outputs.bytes_put,
            watermark=None if watermark == MIN_TIMESTAMP else watermark,
            busy_ms=busy,
            idle_ms=idle,
            backpressured_ms=backpressured,
            counters=dict(counters),
        )

    def _run(self) -> None:
        error: Exception | None = None
        try:
            self._report(ExecutionState.INITIALIZING)
            self._execute()
        except Exception as raised:
            error = raised
        self._wiring.activity.stop()
        if error is None:
            self._end(self._outcome(ExecutionState.FINISHED), None)
        elif isinstance(error, TaskCanceledError) or self._wiring.cancellation.canceled:
            self._end(self._outcome(ExecutionState.CANCELED), "The job was canceled.")
        else:
            self._end(failure_report(self.deployment, error, self.metrics()), cause_of(self.deployment, error))

    def _outcome(self, state: ExecutionState) -> TaskStateChanged:
        return TaskStateChanged(self.deployment.execution, state, metrics=self.metrics())

    def _execute(self) -> None:
        self._wiring.cancellation.check()
        operators = [build_operator(node.operator) for node in self.deployment.vertex.chain]
        chain = self._chain = OperatorChain(operators, self._emit)
        self._contexts = [self._context(node.id) for node in self.deployment.vertex.chain]
        try:
            chain.open(self._contexts)
            self._report(ExecutionState.RUNNING)
            if isinstance(chain.head, SourceOperator):
                self._poll(chain, chain.head)
            else:
                self._read(chain)
        except BaseException:
            self._close_quietly(chain)
            raise
        chain.close()
        self._wiring.outputs.finish()

    def _context(self, operator_id: str) -> OperatorContext:
        vertex, execution = self.deployment.vertex, self.deployment.execution
        subtask = execution.subtask
        services: dict[str, object] = {"clock": self._clock}
        if self._wiring.results is not None:
            services["results"] = ResultWriter(self._wiring.results, self._wiring.cancellation, self._wiring.activity)
        return OperatorContext(
            configuration=self._configuration,
            subtask=subtask,
            parallelism=vertex.parallelism,
            max_parallelism=vertex.max_parallelism,
            key_groups=KeyGroupRange.of_subtask(subtask, vertex.parallelism, vertex.max_parallelism),
            services=services,
            job_id=execution.job_id,
            operator_id=operator_id,
            epoch=execution.epoch,
            attempt=execution.attempt,
        )

    def _poll(self, chain: OperatorChain, source: SourceOperator) -> None:
        while True:
            self._wiring.cancellation.check()
            wait = self._until_next_deadline(chain)
            before = time.monotonic_ns()
            outputs = source.poll(SOURCE_POLL_SECONDS if wait is None else min(wait, SOURCE_POLL_SECONDS))
            if outputs is None:
                break
            produced = False
            for output in outputs:
                produced = True
                self._wiring.cancellation.check()
                chain.on_source_output(output)
            if not produced:
                self._wiring.activity.attribute(time.monotonic_ns() - before, Activity.IDLE)
            self._on_time(chain)
        chain.end(())

    def _read(self, chain: OperatorChain) -> None:
        gate = self._wiring.inputs
        processor = InputProcessor([channel.input for channel in self.deployment.inputs], chain)
        if processor.ended:
            raise ClusterError(f"{self.name} has neither a source nor an input.")
        while not processor.ended:
            received = gate.next(0)
            if received is None:
                with self._wiring.activity.during(Activity.IDLE):
                    received = gate.next(self._until_next_deadline(chain))
            if received is not None:
                processor.process(*received)
            if not processor.ended:
                self._on_time(chain)

    def _until_next_deadline(self, chain: OperatorChain) -> float | None:
        """Seconds until a timer fires or held back rows must go; None if there is nothing to wait for."""
        deadlines = [d for d in (chain.next_timer, self._wiring.outputs.next_flush) if d is not None]
        return max(0, min(deadlines) - self._clock()) / 1000 if deadlines else None

    def _on_time(self, chain: OperatorChain) -> None:
        now = self._clock()
        chain.on_time(now)
        self._wiring.outputs.flush_due(now)

    def _emit(self, element: Element) -> None:
        self._wiring.outputs.put(element, self._clock())

    def _close_quietly(self, chain: OperatorChain) -> None:
        """After an error, which is the one worth telling."""
        try:
            chain.close()
        except Exception:
            return

    def _end(self, last_report: TaskStateChanged, message: str | None) -> None:
        """``message`` is what readers of an incomplete result get. A failure is reported before any peer can notice
        it, so that the cause is told before its effects."""
        if self._wiring.results is not None:
            self._wiring.results.finish() if message is None else self._wiring.results.fail(message)
        self._listener.on_end(self)
        self._listener.on_state(last_report)
        if last_report.state is not ExecutionState.FINISHED:
            self._wiring.outputs.abort()
        self._chain = None

    def _report(self, state: ExecutionState) -> None:
        self._listener.on_state(TaskStateChanged(self.deployment.execution, state))
