"""The operator contract.

An operator is a plain object that owns no thread, no socket and no clock: time is handed in, outputs are
returned. So a test drives it by hand, and the task loop drives it the same way.
"""

from __future__ import annotations

import importlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output, Watermark
from sqlstream.config.configuration import Configuration
from sqlstream.plan.physical import PhysicalOperator
from sqlstream.state.disk import ManagedState
from sqlstream.state.snapshot import KeyGroupRange, OperatorSnapshot


@dataclass(slots=True)
class Counter:
    """A number that only the operator's own thread changes and anyone may read."""

    value: int = 0

    def inc(self, amount: int = 1) -> None:
        self.value += amount


@dataclass(slots=True)
class OperatorMetrics:
    """Named counters of one operator instance; names are Flink's (``numLateRecordsDropped``)."""

    counters: dict[str, Counter] = field(default_factory=dict)

    def counter(self, name: str) -> Counter:
        return self.counters.setdefault(name, Counter())


@dataclass(frozen=True, slots=True)
class OperatorContext:
    """Where an operator instance finds itself: subtask ``subtask`` of ``parallelism``, owner of ``key_groups``."""

    configuration: Configuration
    subtask: int = 0
    parallelism: int = 1
    max_parallelism: int = 128
    key_groups: KeyGroupRange = field(default_factory=lambda: KeyGroupRange(0, 127))
    metrics: OperatorMetrics = field(default_factory=OperatorMetrics)
    services: dict[str, Any] = field(default_factory=dict)
    """What the runtime lends to edge operators, by name (the collect sink's result queue)."""
    checkpointing: bool = False
    """Whether a checkpoint will follow the end of input, so that what it covers must not be committed before."""
    job_id: str = ""
    operator_id: str = ""
    """The operator's identity across runs."""
    epoch: int = 0
    attempt: int = 0
    """Together with ``epoch``: how often this subtask was started before. The later of two attempts has the greater
    pair."""
    managed_state: ManagedState | None = None
    """The process's disk space for keyed state, if the job wants its state there (``state.backend.type`` = disk); None:
    state is in memory."""


class Operator(ABC):
    """One physical operator instance. Methods return what to emit, in order; all are called by one thread.

    ``on_batch`` and ``on_watermark`` may be generators: the caller always exhausts them before the next call.
    """

    def open(self, context: OperatorContext) -> None:
        """Called once, before ``restore`` and before any input."""
        self.context = context

    @abstractmethod
    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        """Rows of input ``input``; never an empty batch."""

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        """The combined watermark of all inputs advanced. Overrides emit their rows, then pass the watermark on."""
        yield Watermark(timestamp)

    def next_timer(self) -> int | None:
        """The processing time (ms) at which ``on_timer`` wants to be called, if any."""
        return None

    def on_timer(self, now: int) -> Iterable[Output]:
        """Processing time has reached ``next_timer``."""
        return ()

    def on_input_end(self, input: int) -> Iterable[Output]:
        """Input ``input`` has ended for good; the other may go on."""
        return ()

    def finish(self) -> Iterable[Output]:
        """All inputs have ended (after a final MAX watermark where there is event time): emit what is left."""
        return ()

    def prepare_snapshot(self, checkpoint_id: int) -> Iterable[Output]:
        """A snapshot follows at once; what is emitted now still belongs before its barrier. After :meth:`finish` there
        may be snapshots too, and nothing left to emit."""
        return ()

    def snapshot(self) -> OperatorSnapshot:
        """References to the operator's state as of now. Must be cheap: nothing is copied that may be shared. An error
        fails the task."""
        return OperatorSnapshot()

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        """State of the earlier run, as :class:`OperatorSnapshot` says; keep what ``key_groups`` owns."""

    def on_checkpoint_complete(self, checkpoint_id: int) -> None:
        """The checkpoint and all before it are there for good: commit what they cover. May be repeated, and may come
        for a later one only. An error fails the task, which is restored from the checkpoint and commits again."""

    def on_checkpoint_aborted(self, checkpoint_id: int) -> None:
        """The checkpoint will never complete; what it covers belongs to the next one."""

    def close(self) -> None:
        """Called once, whatever happened; releases files and connections."""


class SourceOperator(Operator):
    """The head of a chain without inputs: it is polled instead of fed."""

    @abstractmethod
    def poll(self, timeout: float) -> Iterable[Output] | None:
        """The next rows and watermarks; empty if nothing came within ``timeout`` seconds; None at the end."""

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        raise TypeError(f"{type(self).__name__} is a source: it has no input")


Builder = Callable[[Any], Operator]
B = TypeVar("B", bound=Builder)
_BUILDERS: dict[type, Builder] = {}
_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


def implements(node: type) -> Callable[[B], B]:
    """Class decorator: this operator runs physical nodes of type ``node``; its constructor takes the node."""

    def register(builder: B) -> B:
        _BUILDERS[node] = builder
        return builder

    return register


def operator_module(node: type) -> str:
    """The module that implements nodes of type ``node``: called after its tag, ``GroupAggregate`` in snake case."""
    tag = str(node.__struct_config__.tag)  # type: ignore[attr-defined]
    return f"{__package__}.{_WORD_START.sub('_', tag).lower()}"


def build_operator(node: PhysicalOperator) -> Operator:
    """A new, unopened operator for ``node``; its module is imported only now: a job loads no more than it runs."""
    if type(node) not in _BUILDERS:
        importlib.import_module(operator_module(type(node)))
    return _BUILDERS[type(node)](node)


def drain(outputs: Iterable[Output]) -> Iterator[Batch]:
    """Only the batches of ``outputs``."""
    return (output for output in outputs if isinstance(output, Batch))
