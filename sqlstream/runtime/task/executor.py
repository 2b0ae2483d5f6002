"""The heart of a TaskManager: runs subtasks in threads of this process and keeps their channels and results."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import (
    BATCH_SIZE,
    BUFFER_TIMEOUT,
    CHANNEL_CAPACITY,
    CHANNEL_MEMORY,
    CHECKPOINTING_MODE,
    MANAGED_MEMORY,
    RESULT_BUFFER_SIZE,
    STATE_BACKEND,
    WORKING_DIRECTORY,
    CheckpointingMode,
    StateBackendType,
)
from sqlstream.config.working_directory import working_directory
from sqlstream.errors import ClusterError, ConfigError
from sqlstream.plan.jobgraph import Vertex
from sqlstream.plan.physical import CollectSink
from sqlstream.runtime.deployment import (
    ChannelId,
    ExecutionId,
    OutputEdge,
    TaskDeployment,
    TaskMetrics,
    TaskReport,
)
from sqlstream.runtime.exchange.activity import ActivityClock
from sqlstream.runtime.exchange.cancellation import Cancellation
from sqlstream.runtime.exchange.channel import ChannelCapacity
from sqlstream.runtime.exchange.channel_registry import ChannelRegistry
from sqlstream.runtime.exchange.gathering import BatchGatherer
from sqlstream.runtime.exchange.input_gate import InputGate
from sqlstream.runtime.exchange.output_gate import ChannelWriter, LocalWriter, OutputEdgeWriter, OutputGate
from sqlstream.runtime.exchange.partitioner import EdgeShape, partitioner, splits_batches
from sqlstream.runtime.protocol import CheckpointNotice, CheckpointTrigger
from sqlstream.runtime.task.mailbox import CheckpointAborted, CheckpointCompleted, Mailbox
from sqlstream.runtime.task.result_queue import ResultQueue
from sqlstream.runtime.task.snapshot_uploader import SnapshotUploader
from sqlstream.runtime.task.state_report import failure_report
from sqlstream.runtime.task.subtask import Subtask, SubtaskListener
from sqlstream.runtime.task.subtask_wiring import SubtaskWiring
from sqlstream.state.checkpoint_locations import checkpoint_directory, shared_directory
from sqlstream.state.disk import ManagedState

if TYPE_CHECKING:
    from sqlstream.runtime.network.connections import Connections

CLOSE_SECONDS = 5.0
"""How long ``close`` waits for a thread that an operator or a storage keeps busy."""


class TaskExecutor:
    """Thread-safe. ``deploy``, ``cancel`` and ``release`` may be repeated without harm."""

    def __init__(
        self,
        configuration: Configuration,
        on_report: Callable[[TaskReport], None],
        address: str | None,
        channels: ChannelRegistry | None = None,
    ) -> None:
        """``on_report`` is called from the subtasks' threads and those that store their state. ``address`` (host:port)
        is where a DataServer serves this executor; None where every peer is in this process. Executors that share a
        process without a network share ``channels`` (see :func:`new_channels`). Raises ConfigError.
        """
        self.address = address
        self.channels = channels or new_channels(configuration)
        self.configuration = configuration
        self._capacity = _capacity(configuration)
        self._result_capacity = configuration.option(RESULT_BUFFER_SIZE)
        self._on_report = on_report
        self._uploader = SnapshotUploader(on_report)
        self._managed_state: ManagedState | None = None
        self._lock = threading.Lock()
        self._subtasks: dict[ExecutionId, Subtask] = {}
        self._deployed: set[ExecutionId] = set()
        self._results: dict[str, ResultQueue] = {}
        self._connections: Connections | None = None

    def deploy(self, deployment: TaskDeployment) -> None:
        """Opens the subtask's channels to producers and starts its thread; everything else, failures to start
        included, is told through ``on_report``."""
        execution = deployment.execution
        with self._lock:
            if execution in self._deployed:
                return
            self._deployed.add(execution)
        try:
            subtask = self._subtask(deployment)
        except Exception as error:  # whatever it is, it is the subtask that fails and not its TaskManager
            self._forget_channels(deployment)
            self._on_report(failure_report(deployment, error))
            return
        with self._lock:
            self._subtasks[execution] = subtask
        subtask.start()

    def cancel(self, execution: ExecutionId) -> None:
        """The subtask ends as CANCELED, unless it has ended already."""
        subtask = self._running(execution)
        if subtask is not None:
            subtask.cancel()

    def trigger_checkpoint(self, trigger: CheckpointTrigger) -> None:
        """To a subtask without inputs, which reports the outcome. ClusterError when it does not run here."""
        subtask = self._running(trigger.execution)
        if subtask is None or subtask.deployment.inputs:
            id_ = trigger.execution
            raise ClusterError(f"No source {id_.vertex_id}, subtask {id_.subtask}, attempt {id_.attempt} runs here.")
        subtask.send(trigger)

    def checkpoint_complete(self, notice: CheckpointNotice) -> None:
        """The subtask commits what the checkpoint covers; one that has ended has nothing to commit."""
        subtask = self._running(notice.execution)
        if subtask is not None:
            subtask.send(CheckpointCompleted(notice.checkpoint_id))

    def checkpoint_aborted(self, notice: CheckpointNotice) -> None:
        """The subtask no longer waits for the checkpoint's barriers."""
        subtask = self._running(notice.execution)
        if subtask is not None:
            subtask.send(CheckpointAborted(notice.checkpoint_id))

    def metrics(self) -> dict[ExecutionId, TaskMetrics]:
        """Of the subtasks running now; the last figures of the others came with their last report."""
        with self._lock:
            subtasks = list(self._subtasks.items())
        return {execution: subtask.metrics() for execution, subtask in subtasks}

    def thread_ids(self) -> dict[ExecutionId, int]:
        """Of the subtasks running now."""
        with self._lock:
            subtasks = list(self._subtasks.items())
        return {id_: subtask.thread_id for id_, subtask in subtasks if subtask.thread_id is not None}

    def results(self, job_id: str) -> ResultQueue:
        """The result of ``job_id``'s collect sink, also before that is deployed, until the job is released."""
        with self._lock:
            return self._results.setdefault(job_id, ResultQueue(self._result_capacity))

    def discard_unused_result(self, job_id: str) -> None:
        """Forget a result that was asked for but that no collect sink has begun."""
        with self._lock:
            queue = self._results.get(job_id)
            if queue is not None and not queue.begun:
                del self._results[job_id]

    def release(self, job_id: str) -> None:
        """Forget a job that has ended: its channels and its result."""
        with self._lock:
            running = [subtask for execution, subtask in self._subtasks.items() if execution.job_id == job_id]
            queue = self._results.pop(job_id, None)
            self._deployed = {execution for execution in self._deployed if execution.job_id != job_id}
        for subtask in running:
            subtask.cancel()
        if queue is not None:
            queue.fail("The job's result was released.")
        self.channels.release(job_id)

    def close(self) -> None:
        """Cancels what runs, waits for it, and gives everything back."""
        with self._lock:
            subtasks = list(self._subtasks.values())
            jobs = {execution.job_id for execution in self._deployed} | set(self._results)
        for subtask in subtasks:
            subtask.cancel()
        for subtask in subtasks:
            subtask.join(CLOSE_SECONDS)
        for job_id in jobs:
            self.release(job_id)
        self._uploader.close(CLOSE_SECONDS)
        if self._connections is not None:
            self._connections.close()

    def _running(self, execution: ExecutionId) -> Subtask | None:
        with self._lock:
            return self._subtasks.get(execution)

    def _shared_disk(self) -> ManagedState:
        with self._lock:
            if self._managed_state is None:
                directory = working_directory(self.configuration)
                try:
                    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                except OSError as error:
                    raise ConfigError(
                        f"The working directory '{directory}' cannot be made: {error.strerror}.",
                        hint=f"Set '{WORKING_DIRECTORY.key}' to a directory that this process may write to.",
                    ) from None
                self._managed_state = ManagedState(str(directory), self.configuration.option(MANAGED_MEMORY))
            return self._managed_state

    def _subtask(self, deployment: TaskDeployment) -> Subtask:
        cancellation, activity = Cancellation(), ActivityClock()
        configuration = self.configuration.with_(deployment.configuration)
        channels = [
            self.channels.register_consumer(channel.channel, deployment.input_schemas[channel.input])
            for channel in deployment.inputs
        ]
        results = None
        collect = _collect_sink(deployment.vertex)
        if collect is not None:
            results = self._begin_result(deployment.execution.job_id, collect)
        outputs = OutputGate(
            [self._edge(edge, deployment, configuration, cancellation, activity) for edge in deployment.outputs]
        )
        exactly_once = configuration.option(CHECKPOINTING_MODE) is CheckpointingMode.EXACTLY_ONCE
        gate = InputGate(channels, cancellation, exactly_once)
        uploads = self._uploader.of_subtask(
            deployment.execution,
            lambda: shared_directory(checkpoint_directory(configuration, deployment.execution.job_id)),
            deployment.restore,
        )
        on_disk = configuration.option(STATE_BACKEND) is StateBackendType.DISK
        wiring = SubtaskWiring(
            cancellation,
            activity,
            gate,
            outputs,
            Mailbox(gate.interrupt),
            uploads,
            results,
            self._shared_disk() if on_disk else None,
        )
        return Subtask(deployment, configuration, wiring, SubtaskListener(self._on_report, self._on_end))

    def _begin_result(self, job_id: str, collect: CollectSink) -> ResultQueue:
        with self._lock:
            queue = self._results.setdefault(job_id, ResultQueue(self._result_capacity))
            queue.begin(collect.schema)
            return queue

    def _edge(
        self,
        edge: OutputEdge,
        deployment: TaskDeployment,
        configuration: Configuration,
        cancellation: Cancellation,
        activity: ActivityClock,
    ) -> OutputEdgeWriter:
        consumers = tuple(channel.consumer for channel in edge.channels)
        shape = EdgeShape(deployment.execution.subtask, consumers, deployment.vertex.max_parallelism)
        gatherers = [
            BatchGatherer(configuration.option(BATCH_SIZE), configuration.option(BUFFER_TIMEOUT))
            for _ in consumers
            if splits_batches(edge.partitioning, shape)
        ]
        writers = [
            self._writer(channel, address, edge, cancellation, activity)
            for channel, address in zip(edge.channels, edge.addresses, strict=True)
        ]
        return OutputEdgeWriter(partitioner(edge.partitioning, shape), writers, gatherers)

    def _writer(
        self, channel: ChannelId, address: str, edge: OutputEdge, cancellation: Cancellation, activity: ActivityClock
    ) -> ChannelWriter:
        if self.address is None or address == self.address:
            forget = partial(self.channels.abandon, channel)
            return LocalWriter(self.channels.obtain(channel), cancellation, activity, forget)
        from sqlstream.runtime.network.connections import Connections  # loads Flight, which embedded jobs do not need

        with self._lock:
            if self._connections is None:
                self._connections = Connections(self.address, self._capacity)
            connections = self._connections
        return connections.writer(address, channel, edge.schema, cancellation, activity)

    def _on_end(self, subtask: Subtask) -> None:
        with self._lock:
            self._subtasks.pop(subtask.deployment.execution, None)
        self._forget_channels(subtask.deployment)

    def _forget_channels(self, consumer: TaskDeployment) -> None:
        for channel in consumer.inputs:
            self.channels.discard(channel.channel)


def _capacity(configuration: Configuration) -> ChannelCapacity:
    return ChannelCapacity(configuration.option(CHANNEL_CAPACITY), configuration.option(CHANNEL_MEMORY))


def new_channels(configuration: Configuration) -> ChannelRegistry:
    """An empty registry whose channels are bounded as configured. Raises ConfigError."""
    return ChannelRegistry(_capacity(configuration))


def _collect_sink(vertex: Vertex) -> CollectSink | None:
    last = vertex.chain[-1].operator
    return last if isinstance(last, CollectSink) else None
