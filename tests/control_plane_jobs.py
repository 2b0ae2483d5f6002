"""Small JobGraphs and a hand-driven TaskExecutor, for tests of the control plane."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.plan.expressions import Literal
from sqlstream.plan.jobgraph import (
    Edge,
    Forward,
    Hash,
    JobGraph,
    JobMode,
    OperatorNode,
    Partitioning,
    Rebalance,
    Vertex,
)
from sqlstream.plan.physical import (
    Calc,
    CollectSink,
    PhysicalOperator,
    TableDescriptor,
    TableSink,
    TableSourceScan,
    Values,
)
from sqlstream.runtime.deployment import (
    ExecutionId,
    ExecutionState,
    TaskDeployment,
    TaskMetrics,
    TaskReport,
    TaskStateChanged,
)
from sqlstream.runtime.protocol import CheckpointNotice, CheckpointTrigger
from sqlstream.types.logical import INT
from sqlstream.types.schema import Field, Schema

SCHEMA = Schema((Field("a", INT),))


def job_id(number: int = 1) -> str:
    return f"{number:032x}"


def vertex(name: str, parallelism: int, *operators: PhysicalOperator) -> Vertex:
    chain = tuple(OperatorNode(f"{name}-{i}", name, operator) for i, operator in enumerate(operators))
    return Vertex(name, name, parallelism, 128, chain)


def edge(source: str, target: str, partitioning: Partitioning, input: int = 0) -> Edge:
    return Edge(f"{source}->{target}", source, target, input, partitioning, SCHEMA)


def values(count: int = 3) -> Values:
    return Values(tuple((Literal(i, INT),) for i in range(count)), SCHEMA)


def passes() -> Calc:
    return Calc((), None, SCHEMA)


def select_job(number: int = 1, rows: int = 3) -> JobGraph:
    """Values to Collect, on one channel: what a SELECT of literals becomes."""
    return JobGraph(
        job_id(number),
        "select",
        JobMode.STREAMING,
        (vertex("values", 1, values(rows)), vertex("collect", 1, CollectSink(SCHEMA))),
        (edge("values", "collect", Forward()),),
    )


def three_step_job(number: int = 1, parallelism: int = 2) -> JobGraph:
    """One source, wider in the middle and at its end; nobody collects its rows."""
    return JobGraph(
        job_id(number),
        f"job-{number}",
        JobMode.STREAMING,
        (
            vertex("source", 1, values()),
            vertex("middle", parallelism, passes()),
            vertex("end", parallelism, passes()),
        ),
        (edge("source", "middle", Rebalance()), edge("middle", "end", Hash((0,)))),
    )


def endless_job(number: int = 1, parallelism: int = 2) -> JobGraph:
    """Generated rows, exchanged between all subtasks and thrown away, until somebody stops it."""
    source = TableDescriptor(("numbers",), {"connector": "datagen", "rows-per-second": "1000"}, SCHEMA)
    sink = TableDescriptor(("nowhere",), {"connector": "blackhole"}, SCHEMA)
    return JobGraph(
        job_id(number),
        "endless",
        JobMode.STREAMING,
        (
            vertex("source", parallelism, TableSourceScan(source, (0,), SCHEMA)),
            vertex("sink", parallelism, TableSink(sink, SCHEMA)),
        ),
        (edge("source", "sink", Rebalance()),),
    )


class ScriptedExecutor:
    """Runs nothing: reports what the test tells it to. With ``finish`` tasks end as soon as they start;
    ``all_deployed`` is set once there are ``expected`` of them."""

    def __init__(
        self,
        configuration: Configuration,
        on_report: Callable[[TaskReport], None],
        address: str | None,
        *,
        finish: bool = False,
        expected: int = 0,
    ) -> None:
        self.on_report = on_report
        self.finish = finish
        self.expected = expected
        self.all_deployed = threading.Event()
        self.deployed: dict[ExecutionId, TaskDeployment] = {}
        self.released: list[str] = []
        self.triggers: list[CheckpointTrigger] = []
        self.triggered = threading.Event()
        self.completed: list[CheckpointNotice] = []
        self.aborted: list[CheckpointNotice] = []
        self.release_called = threading.Event()
        self.closed = False

    def deploy(self, deployment: TaskDeployment) -> None:
        self.deployed[deployment.execution] = deployment
        for state in (ExecutionState.INITIALIZING, ExecutionState.RUNNING):
            self.on_report(TaskStateChanged(deployment.execution, state))
        if len(self.deployed) == self.expected:
            self.all_deployed.set()
        if self.finish:
            self.end(deployment.execution, ExecutionState.FINISHED)

    def end(
        self, execution: ExecutionId, state: ExecutionState, error: str | None = None, trace: str | None = None
    ) -> None:
        self.on_report(TaskStateChanged(execution, state, error, trace, TaskMetrics(records_in=7)))

    def cancel(self, execution: ExecutionId) -> None:
        self.end(execution, ExecutionState.CANCELED)

    def trigger_checkpoint(self, trigger: CheckpointTrigger) -> None:
        self.triggers.append(trigger)
        self.triggered.set()

    def checkpoint_complete(self, notice: CheckpointNotice) -> None:
        self.completed.append(notice)

    def checkpoint_aborted(self, notice: CheckpointNotice) -> None:
        self.aborted.append(notice)

    def metrics(self) -> dict[ExecutionId, TaskMetrics]:
        return {id_: TaskMetrics(records_out=5) for id_ in self.deployed}

    def results(self, job_id: str) -> Iterator[Batch]:
        return iter(())

    def release(self, job_id: str) -> None:
        self.released.append(job_id)
        self.release_called.set()

    def close(self) -> None:
        self.closed = True


def scripted(**options: Any) -> tuple[list[ScriptedExecutor], Callable[..., ScriptedExecutor]]:
    """A factory of ScriptedExecutors, and the list of those it made."""
    made: list[ScriptedExecutor] = []

    def factory(*args: Any) -> ScriptedExecutor:
        made.append(ScriptedExecutor(*args, **options))
        return made[-1]

    return made, factory
