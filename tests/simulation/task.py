"""A model of a subtask: rows, barriers and their alignment, snapshots, two-phase commit, and every way to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlstream.columnar.elements import Barrier, EndOfInput
from sqlstream.plan.jobgraph import JobMode
from sqlstream.runtime.deployment import (
    ExecutionState,
    InputEnded,
    TaskDeployment,
    TaskMetrics,
    TaskStateChanged,
)
from sqlstream.runtime.protocol import CheckpointTrigger
from sqlstream.state.handles import ChunkHandle, OperatorHandle
from tests.simulation.channels import Channel, Output
from tests.simulation.operators import Chunk, Element, Prepared, Sink, Source, build
from tests.simulation.storage import UnreadableError
from tests.simulation.violations import Violation

if TYPE_CHECKING:
    from tests.simulation.task_manager import ModelTaskManager


_RETRY = 50


class ModelTask:
    """Does a little whenever it is woken, as its thread would between two looks at its mailbox."""

    def __init__(self, manager: ModelTaskManager, deployment: TaskDeployment) -> None:
        self.manager = manager
        self.deployment = deployment
        self.execution = deployment.execution
        self.state = ExecutionState.CREATED
        self.over = False
        self.random = manager.timeline.random
        id_ = deployment.execution
        self.identity = f"{id_.job_id[:4]}:{id_.vertex_id}:{id_.subtask}:{id_.attempt}.{id_.epoch}"
        self.run = manager.world.runs[id_.job_id]
        self.operators = [
            build(node, self.run.query, id_.subtask, deployment.vertex.parallelism, self.identity)
            for node in deployment.vertex.chain
        ]
        head = self.operators[0]
        self.source = head if isinstance(head, Source) else None
        self.sinks = [operator for operator in self.operators if isinstance(operator, Sink)]
        self.channels = [Channel(input_channel, self) for input_channel in deployment.inputs]
        for channel in self.channels:
            if (channel.id.attempt, channel.id.epoch) != (id_.attempt, id_.epoch):
                raise Violation("no-task-twice", f"{id_} is to read {channel.id}")
        self.outputs = [Output(self, edge) for edge in deployment.outputs]
        self.checkpointing = (
            deployment.mode is JobMode.STREAMING and "execution.checkpointing.interval" in deployment.configuration
        )
        self.ended = False
        """All input has been processed, or was before the task was restored."""
        self._drained = False
        self._held = False
        """A stopping barrier has gone out: nothing may follow it."""
        self._stop: int | None = None
        self._stopping = False
        """The stopping checkpoint is complete: all that is left is to commit."""
        self._alignment: int | None = None
        self._arrived: set[Channel] = set()
        self._latest = -1
        self._aborted: set[int] = set()
        self._woken = False
        self._pausing = False
        self._stuck = False

    def start(self) -> None:
        self._enter(ExecutionState.INITIALIZING)
        self.manager.after(self.random.randint(1, 30), self._restore)

    def wake(self) -> None:
        if not self._woken and not self.over:
            self._woken = True
            self.manager.after(self.random.randint(0, 5), self._step)

    def cancel(self) -> None:
        """Takes a moment; once in a while a long one."""
        if self.state is not ExecutionState.CANCELING and not self.state.is_terminal:
            self._enter(ExecutionState.CANCELING)
            self._abandon()
            slow = self.random.random() < self.manager.world.slow_cancellations
            self.manager.after(
                self.random.randint(5_000, 30_000) if slow else self.random.randint(0, 40), self._canceled
            )

    def fail(self, error: str, unreadable_checkpoint: int | None = None) -> None:
        if not self.over:
            self._abandon()
            self._enter(ExecutionState.FAILED, error, unreadable_checkpoint)
            self.manager.ended(self)

    def peer_lost(self, error: str) -> None:
        """A task that writes finds out, or hangs."""
        if not self.over and not self._stuck:
            self._stuck = True
            if self.random.random() < 0.7:
                self.manager.after(self.random.randint(0, 200), lambda: self.fail(error))

    def trigger(self, trigger: CheckpointTrigger) -> None:
        if self.state is not ExecutionState.RUNNING or self.over or self.source is None:
            return
        if trigger.checkpoint_id <= self._latest or trigger.checkpoint_id in self._aborted or self._stopping:
            return
        if trigger.drain and not self.ended:
            self._end_input(drained=True)
        # A real task takes a later checkpoint for the end of this one as well; the model insists on being told.
        self._held |= trigger.stop and not trigger.drain
        self._snapshot(Barrier(trigger.checkpoint_id, trigger.timestamp, trigger.savepoint, trigger.stop))
        self.wake()

    def complete(self, checkpoint_id: int) -> None:
        if self.over:
            return
        if self._stop is not None and self._stop <= checkpoint_id:
            self._stopping = True
        for sink in self.sinks:
            sink.complete(checkpoint_id)
        self._commit(self._finish_if_stopping)

    def aborted(self, checkpoint_id: int) -> None:
        if self.over:
            return
        self._aborted.add(checkpoint_id)
        if self._stop == checkpoint_id and not self._stopping:
            self._stop = None
            self._held = False
        if self._alignment == checkpoint_id:
            self._alignment = None
            self._arrived.clear()
        self.wake()

    def killed(self) -> None:
        """With its process, at once; its peers find out in their time."""
        self._abandon()

    def _restore(self) -> None:
        if self.over:
            return
        for channel in self.channels:
            self.manager.channels[channel.id] = channel
        restore = self.deployment.restore
        if restore is not None:
            self.ended = restore.ended
            try:
                for operator in self.operators:
                    handles = restore.operators.get(operator.id)
                    if handles is not None:
                        self.manager.world.auditor.state_handed_out(self.deployment, operator.id, handles)
                        operator.restore(handles, self._reader(restore.chunk_directory))
            except UnreadableError as error:
                self.fail(f"state in {error} cannot be read", restore.checkpoint_id)
                return
            except LookupError as error:
                self.manager.world.auditor.chunk_missing(self.execution, str(error))
                self.fail(f"state in {error} is not there", restore.checkpoint_id)
                return
        self._commit(self._run)

    def _reader(self, directory: str) -> Callable[[ChunkHandle], Chunk]:
        def read(handle: ChunkHandle) -> Chunk:
            chunk = self.manager.world.storage.read_chunk(directory, handle)
            self.manager.stored(self.execution.job_id, directory, handle)
            return chunk  # type: ignore[no-any-return]

        return read

    def _run(self) -> None:
        if self.over or self.state is not ExecutionState.INITIALIZING:
            return
        self._enter(ExecutionState.RUNNING)
        if self.ended:
            self._announce_end(drained=False)
        self.wake()

    def _step(self) -> None:
        self._woken = False
        if self.over or self._stuck or self.state is not ExecutionState.RUNNING:
            return
        if self.source is not None:
            self._emit(self.source)
        else:
            self._read()

    def _emit(self, source: Source) -> None:
        if self._held or self.ended or self._pausing:
            return
        for _ in range(self.random.randint(1, 3)):
            splits = source.unfinished()
            if not splits:
                self._end_input(drained=False)
                return
            self._process([source.emit(self.random.choice(splits))], 1, 0)
        self._pausing = True
        self.manager.after(self.random.randint(1, self.run.row_pause), self._go_on)

    def _go_on(self) -> None:
        self._pausing = False
        self.wake()

    def _process(self, elements: list[Element], first: int, input: int) -> None:
        for operator in self.operators[first:]:
            elements = [result for element in elements for result in operator.on_row(element, input)]
        for output in self.outputs:
            for element in elements:
                output.send(element)

    def _read(self) -> None:
        """Every channel that is not blocked, in any order; the rest stays for the next time."""
        channels = list(self.channels)
        self.random.shuffle(channels)
        for channel in channels:
            for _ in range(self.random.randint(1, 4)):
                if not channel.queue or channel in self._arrived or self.over:
                    break
                item = channel.queue.popleft()
                if isinstance(item, Barrier):
                    self._barrier(channel, item)
                elif isinstance(item, EndOfInput):
                    channel.ended = True
                    self._drained |= item.drained
                    if not self.ended and all(other.ended for other in self.channels):
                        self._end_input(self._drained)
                elif not self.ended:
                    self._process([item], 0, channel.input)
        if any(channel.queue and channel not in self._arrived for channel in self.channels):
            self.wake()
        elif any(channel.producer_gone and not channel.queue for channel in self.channels):
            self.peer_lost("a producer of its input is gone")

    def _barrier(self, channel: Channel, barrier: Barrier) -> None:
        id_ = barrier.checkpoint_id
        if id_ <= self._latest or id_ in self._aborted or (self._alignment is not None and id_ < self._alignment):
            return
        if self._alignment != id_:
            self._alignment = id_
            self._arrived.clear()
        self._arrived.add(channel)
        if len(self._arrived) == len(self.channels):
            self._alignment = None
            self._arrived.clear()
            self._snapshot(barrier)

    def _snapshot(self, barrier: Barrier) -> None:
        id_ = barrier.checkpoint_id
        self._latest = id_
        if barrier.stop:
            self._stop = id_
        if not self.checkpointing:
            self._prepare(id_)
            self._commit(lambda: None)
        operators: dict[str, tuple[OperatorHandle, Prepared]] = {}
        for operator in self.operators:
            items, chunks = operator.items(id_), operator.chunks(id_)
            if isinstance(operator, Sink):
                self.manager.world.storage.prepared.update(operator.prepared)
            values = {"checkpoint": id_, "by": self.identity, "at": self.manager.timeline.now}
            handle = OperatorHandle(tuple(handle for handle, _ in chunks), values, items, self.ended)
            operators[operator.id] = (handle, chunks)
        for output in self.outputs:
            output.broadcast(barrier)
        self.manager.upload(self.execution, barrier, operators)

    def _end_input(self, drained: bool) -> None:
        self.ended = True
        self._announce_end(drained)

    def _announce_end(self, drained: bool) -> None:
        """``drained``: the barrier of a savepoint follows, also where there are no other checkpoints."""
        for output in self.outputs:
            output.broadcast(EndOfInput(drained))
        if self.checkpointing or drained:
            self.manager.report(InputEnded(self.execution))
            return
        self._prepare(self._latest + 1)
        self._stopping = True
        self._commit(self._finish_if_stopping)

    def _prepare(self, checkpoint_id: int) -> None:
        """Without checkpoints, rows are committed as soon as they are prepared."""
        for sink in self.sinks:
            sink.items(checkpoint_id)
            self.manager.world.storage.prepared.update(sink.prepared)
            sink.complete(checkpoint_id)

    def _commit(self, then: Callable[[], None]) -> None:
        """One committable at a time, and then ``then``; the process may die between any two."""
        if self.over:
            return
        sink = next((sink for sink in self.sinks if sink.due), None)
        if sink is None:
            then()
            return
        self.run.table.commit(sink.due[0], covered_only=self.checkpointing)
        sink.committed(sink.due[0])
        self.manager.after(self.random.randint(0, 2), lambda: self._commit(then))

    def _finish_if_stopping(self) -> None:
        if not self._stopping or self.over:
            return
        if not all(output.is_delivered for output in self.outputs):
            self.manager.after(_RETRY, self._finish_if_stopping)
        else:
            self.over = True
            self._forget_channels()
            self._enter(ExecutionState.FINISHED)
            self.manager.ended(self)

    def _canceled(self) -> None:
        self._enter(ExecutionState.CANCELED)
        self.manager.ended(self)

    def _abandon(self) -> None:
        self.over = True
        for channel in self.channels:
            channel.consumer_gone = True
        self._forget_channels()
        for output in self.outputs:
            output.abandon()

    def _forget_channels(self) -> None:
        for channel in self.channels:
            self.manager.channels.pop(channel.id, None)

    def _enter(self, state: ExecutionState, error: str | None = None, unreadable: int | None = None) -> None:
        self.state = state
        metrics = TaskMetrics() if state.is_terminal else None
        self.manager.report(
            TaskStateChanged(self.execution, state, error, metrics=metrics, unreadable_checkpoint=unreadable)
        )
