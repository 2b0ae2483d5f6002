"""One attempt of one subtask: a thread that reads, runs its chain, and tells what becomes of it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlstream.columnar.elements import MIN_TIMESTAMP, Element
from sqlstream.config.configuration import Configuration
from sqlstream.config.options import CHECKPOINTING_INTERVAL
from sqlstream.errors import ClusterError
from sqlstream.operators.base import OperatorContext, SourceOperator, build_operator
from sqlstream.plan.jobgraph import JobMode
from sqlstream.runtime.deployment import (
    ExecutionState,
    InputEnded,
    TaskDeployment,
    TaskMetrics,
    TaskReport,
    TaskStateChanged,
)
from sqlstream.runtime.exchange.cancellation import TaskCanceledError
from sqlstream.runtime.task.chain_checkpoints import ChainCheckpoints
from sqlstream.runtime.task.mailbox import Mail, Wakeup
from sqlstream.runtime.task.operator_chain import OperatorChain
from sqlstream.runtime.task.result_queue import ResultWriter
from sqlstream.runtime.task.state_report import cause_of, failure_report, task_name
from sqlstream.runtime.task.state_restore import restore_chain
from sqlstream.runtime.task.subtask_wiring import SubtaskWiring
from sqlstream.runtime.task.task_loop import LoopEnd, TaskLoop
from sqlstream.state.snapshot import KeyGroupRange


def wall_clock() -> int:
    """Processing time: ms since the epoch."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class SubtaskListener:
    """``on_report`` hears every change of state; ``on_end`` is called once, just before the last of them."""

    on_report: Callable[[TaskReport], None]
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
        interval = configuration.optional(CHECKPOINTING_INTERVAL)
        self._checkpointing = deployment.mode is JobMode.STREAMING and interval is not None
        self.name = task_name(deployment)
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    @property
    def thread_id(self) -> int | None:
        """None before the start."""
        return self._thread.ident

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        """Asks the thread to stop at once, wherever it is blocked; its report follows."""
        self._wiring.cancellation.cancel()

    def send(self, mail: Mail) -> None:
        """For the thread to see to, between two batches."""
        self._wiring.mailbox.put(mail)

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
            input_watermark=chain.watermark_in if self.deployment.inputs else None,
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
            end = self._loop(chain).run(self._restore(chain))
        except BaseException:
            self._close_quietly(chain)
            raise
        chain.close()
        if end is LoopEnd.INPUT_ENDED:
            self._wiring.outputs.finish()
        else:
            self._wiring.outputs.abort()  # all is committed: whether a peer still hears of it does not matter

    def _restore(self, chain: OperatorChain) -> bool:
        """Whether what was restored had ended. The task is RUNNING afterwards."""
        restore = self.deployment.restore
        if restore is not None:
            check = self._wiring.cancellation.check
            restore_chain(chain, self.deployment.vertex.chain, restore, self._checkpointing, check)
        self._report(ExecutionState.RUNNING)
        return restore is not None and restore.ended

    def _loop(self, chain: OperatorChain) -> TaskLoop:
        inputs = [channel.input for channel in self.deployment.inputs]
        if not inputs and not isinstance(chain.head, SourceOperator):
            raise ClusterError(f"{self.name} has neither a source nor an input.")
        return TaskLoop(
            chain,
            self._wiring,
            inputs,
            ChainCheckpoints(self.deployment.vertex.chain, chain, self._wiring.uploads),
            self._checkpointing,
            lambda: self._listener.on_report(InputEnded(self.deployment.execution)),
            self._clock,
        )

    def _context(self, operator_id: str) -> OperatorContext:
        vertex, execution = self.deployment.vertex, self.deployment.execution
        subtask = execution.subtask
        services: dict[str, object] = {
            "clock": self._clock,
            "wake": lambda: self._wiring.mailbox.put(Wakeup()),
        }
        if self._wiring.results is not None:
            services["results"] = ResultWriter(self._wiring.results, self._wiring.cancellation, self._wiring.activity)
        return OperatorContext(
            configuration=self._configuration,
            subtask=subtask,
            parallelism=vertex.parallelism,
            max_parallelism=vertex.max_parallelism,
            key_groups=KeyGroupRange.of_subtask(subtask, vertex.parallelism, vertex.max_parallelism),
            services=services,
            checkpointing=self._checkpointing,
            managed_state=self._wiring.managed_state,
            job_id=execution.job_id,
            operator_id=operator_id,
            epoch=execution.epoch,
            attempt=execution.attempt,
        )

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
        self._wiring.uploads.close()
        self._listener.on_end(self)
        self._listener.on_report(last_report)
        if last_report.state is not ExecutionState.FINISHED:
            self._wiring.outputs.abort()
        self._chain = None

    def _report(self, state: ExecutionState) -> None:
        self._listener.on_report(TaskStateChanged(self.deployment.execution, state))
