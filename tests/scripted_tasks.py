"""Subtasks whose operators do what a test tells them, and a cluster of executors in one process to run them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.elements import Output, Watermark, WatermarkStatus
from sqlstream.config.configuration import Configuration
from sqlstream.operators.base import Operator, OperatorContext, SourceOperator, implements
from sqlstream.plan.jobgraph import Edge, Forward, JobGraph, JobMode, OperatorNode, Partitioning, Vertex
from sqlstream.runtime.deployment import ExecutionId, ExecutionState, TaskReport, TaskRestore, TaskStateChanged
from sqlstream.runtime.jobmanager.messages import Slot
from sqlstream.runtime.jobmanager.task_deployments import all_executions, task_deployments, without_state
from sqlstream.runtime.task.executor import TaskExecutor
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.types.logical import BIGINT
from sqlstream.types.schema import Field, Schema

SCHEMA = Schema((Field("a", BIGINT),))
JOB = "0" * 32
PATIENCE = 20.0
"""Seconds until a test gives up waiting for something promised."""


def batch(*values: int, kinds: Sequence[RowKind] | None = None) -> Batch:
    data = pa.RecordBatch.from_arrays([pa.array(values, pa.int64())], schema=SCHEMA.to_arrow())
    return Batch(data, None if kinds is None else np.array(kinds, np.int8))


def values_of(batches: Iterable[Batch]) -> list[int]:
    return [value for item in batches for value in item.column(0).to_pylist()]


@dataclass(eq=False)
class Script:
    """A source: emits ``outputs(subtask)`` one a poll; then ends, or (``endless``) has nothing more."""

    outputs: Callable[[int], Iterable[Output]]
    endless: bool = False
    polls: int = 0


@implements(Script)
class ScriptedSource(SourceOperator):
    def __init__(self, node: Script) -> None:
        self.node = node

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self.outputs = iter(self.node.outputs(context.subtask))

    def poll(self, timeout: float) -> Iterable[Output] | None:
        self.node.polls += 1
        output = next(self.outputs, None)
        if output is not None:
            return (output,)
        if self.node.endless:
            threading.Event().wait(timeout)
            return ()
        return None


@dataclass(eq=False)
class Recording:
    """A sink, or with ``passes`` a step in between, that notes everything that happens to it, by subtask.

    ``hold`` makes it stop in front of each batch; ``timers`` are the processing times it asks for.
    """

    passes: bool = False
    hold: threading.Event | None = None
    reached: threading.Event = field(default_factory=threading.Event)
    """A batch has come."""
    ticked: threading.Event = field(default_factory=threading.Event)
    """A timer has fired."""
    last_words: tuple[Output, ...] = ()
    timers: list[int] = field(default_factory=list)
    fails_on: str | None = None
    error: Exception = field(default_factory=lambda: ValueError("told to"))
    events: list[tuple[int, str, Any]] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    contexts: list[OperatorContext] = field(default_factory=list)

    def of(self, subtask: int, *names: str) -> list[tuple[str, Any]]:
        return [(name, detail) for at, name, detail in self.events if at == subtask and (not names or name in names)]


@implements(Recording)
class RecordingOperator(Operator):
    def __init__(self, node: Recording) -> None:
        self.node = node

    def note(self, name: str, detail: Any = None) -> None:
        self.node.events.append((self.context.subtask, name, detail))
        if self.node.fails_on == name:
            raise self.node.error

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self.node.contexts.append(context)
        self.note("open")

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        self.node.reached.set()
        if self.node.hold is not None:
            assert self.node.hold.wait(PATIENCE)
        self.node.batches.append(batch)
        self.context.metrics.counter("seen").inc(batch.num_rows)
        self.note("batch", (input, values_of([batch])))
        return (batch,) if self.node.passes else ()

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        self.note("watermark", timestamp)
        return (Watermark(timestamp),) if self.node.passes else ()

    def next_timer(self) -> int | None:
        return min(self.node.timers, default=None)

    def on_timer(self, now: int) -> Iterable[Output]:
        self.node.timers = [timer for timer in self.node.timers if timer > now]
        self.note("timer")
        self.node.ticked.set()
        return ()

    def on_input_end(self, input: int) -> Iterable[Output]:
        self.note("input end", input)
        return ()

    def finish(self) -> Iterable[Output]:
        self.note("finish")
        return self.node.last_words

    def snapshot(self) -> OperatorSnapshot:
        self.note("snapshot")
        return OperatorSnapshot()

    def close(self) -> None:
        self.note("close")


def wait_for(condition: Callable[[], bool]) -> None:
    """For what no report tells of."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.005)):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError("it never came to that")


def script(*outputs: Output, endless: bool = False) -> Script:
    """The same ``outputs`` in every subtask."""
    return Script(lambda _: outputs, endless)


def rows_then_idle(*values: int) -> Script:
    return script(batch(*values), WatermarkStatus(idle=True), endless=True)


def vertex(name: str, *nodes: Any, parallelism: int = 1) -> Vertex:
    chain = tuple(OperatorNode(f"{name}-{i}", name, node) for i, node in enumerate(nodes))
    return Vertex(name, name, parallelism, 128, chain)


def edge(source: str, target: str, partitioning: Partitioning | None = None, input: int = 0) -> Edge:
    return Edge(f"{source}->{target}:{input}", source, target, input, partitioning or Forward(), SCHEMA)


def job(*parts: Vertex | Edge) -> JobGraph:
    return JobGraph(
        JOB,
        "test",
        JobMode.STREAMING,
        tuple(part for part in parts if isinstance(part, Vertex)),
        tuple(part for part in parts if isinstance(part, Edge)),
    )


class Reports:
    """What executors told, to be waited for."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.all: list[TaskReport] = []

    def __call__(self, report: TaskReport) -> None:
        with self._changed:
            self.all.append(report)
            self._changed.notify_all()

    def of(self, name: str, subtask: int = 0, attempt: int = 1) -> list[TaskStateChanged]:
        """The changes of state of one attempt of one subtask."""
        execution = ExecutionId(JOB, name, subtask, attempt)
        return [report for report in self.all if isinstance(report, TaskStateChanged) and report.execution == execution]

    def wait_until(self, condition: Callable[[], Any]) -> Any:
        """What ``condition``, asked again after each report, finds in the end; fails when that is nothing."""
        found: list[Any] = []

        def holds() -> bool:
            found.append(condition())
            return bool(found[-1])

        with self._changed:
            assert self._changed.wait_for(holds, PATIENCE), self.all
        return found[-1]

    def wait_ended(self, name: str, subtask: int = 0, attempt: int = 1) -> TaskStateChanged:
        """The last report, whatever it is."""
        ended: list[TaskStateChanged] = self.wait_until(
            lambda: [change for change in self.of(name, subtask, attempt) if change.state.is_terminal]
        )
        return ended[0]

    def wait(self, name: str, state: ExecutionState, subtask: int = 0, attempt: int = 1) -> TaskStateChanged:
        """The report of ``state``; fails when the subtask ends otherwise, or nothing comes."""

        def found() -> list[TaskStateChanged]:
            changes = self.of(name, subtask, attempt)
            return [change for change in changes if change.state is state or change.state.is_terminal]

        with self._changed:
            assert self._changed.wait_for(found, PATIENCE), f"{name} never became {state}: {self.of(name, subtask)}"
            change = found()[0]
        assert change.state is state, change
        return change


Restore = Callable[[Vertex, int], TaskRestore | None]


def deploy_share(
    graph: JobGraph,
    executor: TaskExecutor,
    addresses: Sequence[str],
    index: int,
    attempt: int = 1,
    restore: Restore = without_state,
) -> None:
    """What ``executor``, at ``addresses[index]``, runs of ``graph``: every ``len(addresses)``-th subtask."""
    places = [place % len(addresses) for place in range(max(vertex.parallelism for vertex in graph.vertices))]
    slots = [Slot(str(place), addresses[place], number) for number, place in enumerate(places)]
    for slot, deployment in task_deployments(graph, slots, all_executions(graph, attempt), restore):
        if slot.task_manager_id == str(index):
            executor.deploy(deployment)


class Executors:
    """``count`` executors that tell one ``reports``; subtask i runs on executor i modulo their number."""

    def __init__(self, executors: Sequence[TaskExecutor], reports: Reports) -> None:
        self.executors = tuple(executors)
        self.reports = reports

    def run(self, graph: JobGraph, attempt: int = 1, restore: Restore = without_state) -> None:
        addresses = [executor.address or "in-process" for executor in self.executors]
        for index, executor in enumerate(self.executors):
            deploy_share(graph, executor, addresses, index, attempt, restore)

    def cancel(self, name: str, subtask: int = 0, attempt: int = 1) -> None:
        for executor in self.executors:
            executor.cancel(ExecutionId(JOB, name, subtask, attempt))

    def close(self) -> None:
        for executor in self.executors:
            executor.close()


def embedded(options: dict[str, str] | None = None) -> Executors:
    """One executor without a network."""
    reports = Reports()
    return Executors([TaskExecutor(Configuration(options), reports, None)], reports)
