"""What a connector implements. It is found by the entry point group ``sqlstream.connectors`` (name -> factory).

A source is a set of splits (a file, a Kafka partition, a share of a generator's sequence), each read by a
:class:`SplitReader` from a position that is JSON. The engine decides which subtask reads which split; the connector
neither knows nor cares. A sink is one :class:`SinkWriter` a subtask and, where it has transactions, a
:class:`Committer` of what the writers prepare.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import pyarrow as pa

from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.config.option import ConfigOption
from sqlstream.errors import ConnectorError
from sqlstream.spi.lookup import LookupSource
from sqlstream.types.schema import Schema


class ChangelogMode(Enum):
    """Which row kinds a table produces or takes."""

    INSERT_ONLY = "insert-only"
    UPSERT = "upsert"
    """+I, +U and -D by primary key; no -U."""
    ALL = "all"
    WITHOUT_UPDATE_BEFORE = "all but -U"
    """What a row was before an update is of no use; for sinks only."""


class DeliveryGuarantee(Enum):
    """What a sink's rows survive when the job is restarted from a checkpoint, as Flink names it."""

    EXACTLY_ONCE = "exactly-once"
    AT_LEAST_ONCE = "at-least-once"
    """Rows since the last checkpoint may be there twice."""
    NONE = "none"
    """Rows may be lost or be there twice."""


@dataclass(frozen=True)
class TableContext:
    """A table as its connector is asked to read or write it.

    ``schema`` is what is wanted: for a source the projected physical and metadata columns, in order; for a sink the
    columns that will be written. ``table_schema`` is every physical column in declared order, which a format without
    column names (CSV) needs to find the wanted ones; None where ``schema`` is all there is. ``options`` is everything
    in WITH except ``connector`` itself. ``metadata_keys``: metadata column name -> the connector's metadata key.
    """

    identifier: str
    options: Configuration
    schema: Schema
    partition_keys: tuple[str, ...] = ()
    primary_key: tuple[str, ...] = ()
    metadata_keys: Mapping[str, str] = field(default_factory=dict)
    configuration: Configuration = field(default_factory=Configuration)
    table_schema: Schema | None = None

    @property
    def physical_schema(self) -> Schema:
        """Every physical column of the table, in declared order, partition columns included."""
        every = self.schema if self.table_schema is None else self.table_schema
        return Schema(tuple(f for f in every if f.name not in self.metadata_keys))


@dataclass(frozen=True)
class SourceSplit:
    """An independent part of a source. ``id`` is stable across runs; ``description`` (JSON) is the connector's own."""

    id: str
    description: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StartedSplit:
    """A split and the position to go on from; None: its beginning."""

    split: SourceSplit
    position: Any | None


class SplitReader(ABC):
    """Reads one split."""

    @abstractmethod
    def read(self, max_rows: int, timeout: float) -> Batch | None:
        """Up to ``max_rows`` rows of the wanted schema; an empty batch if nothing came within ``timeout`` seconds;
        None at the split's end. ConnectorError names the place of bad input."""

    @abstractmethod
    def position(self) -> Any:
        """JSON: where a new reader of this split must start to continue after what was read."""

    @property
    def skipped(self) -> int:
        """Records dropped so far under an ``ignore-parse-errors`` option."""
        return 0

    def close(self) -> None:
        """Release what the reader holds."""


class Source(ABC):
    """The readable side of a table."""

    @property
    @abstractmethod
    def bounded(self) -> bool:
        """Whether every split ends and no new one appears."""

    @property
    def changelog_mode(self) -> ChangelogMode:
        return ChangelogMode.INSERT_ONLY

    @property
    def replayable(self) -> bool:
        """Whether a reader can start from an earlier position, so that a restarted job misses no rows."""
        return True

    @property
    def projects_fields(self) -> bool:
        """Whether the wanted schema may also have ROW columns with fewer fields than the table's."""
        return False

    @property
    def discovery_interval(self) -> int | None:
        """Milliseconds between calls of :meth:`splits` while unbounded; None if the first call says it all."""
        return None

    @property
    def splits_end(self) -> bool:
        """Whether each split ends, so that they are read one after the other; never-ending ones are read in turn."""
        return self.bounded or self.discovery_interval is not None

    @abstractmethod
    def splits(self, parallelism: int) -> Sequence[SourceSplit]:
        """All splits there are now, in the order in which they should be read. Deterministic: every subtask asks."""

    @abstractmethod
    def reader(self, split: SourceSplit, position: Any | None) -> SplitReader:
        """A reader of ``split``, from its beginning or from an earlier :meth:`SplitReader.position`."""

    def joined(self, splits: Sequence[StartedSplit]) -> Sequence[StartedSplit]:
        """What one subtask reads instead of ``splits``, which several did until the parallelism changed. Override
        where the rows of all splits have an order, by event time say, that reading them one by one would upset."""
        return splits

    def parted(self, split: StartedSplit) -> Sequence[StartedSplit]:
        """The splits that ``split`` was joined from, so that they can be dealt out again."""
        return (split,)


@dataclass(frozen=True)
class WriterContext:
    """Which writer is wanted: that of subtask ``subtask`` of ``parallelism`` of sink ``sink_id`` in job ``job_id``.

    Names of what it makes in the target should say so, and which ``attempt`` it is: of two writers of a subtask the
    later has the greater pair, and the earlier may be alive, frozen, and wake up. ``restored`` is what
    :meth:`SinkWriter.state` said when the checkpoint was taken that the job goes on from: of all the writers there were
    then, or of this subtask's alone where the parallelism is the same. ``overwrite``: of an INSERT OVERWRITE.
    """

    subtask: int = 0
    parallelism: int = 1
    job_id: str = ""
    sink_id: str = ""
    attempt: tuple[int, int] = (0, 0)
    restored: tuple[Any, ...] = ()
    overwrite: bool = False


class SinkWriter(ABC):
    """Writes one subtask's share of the rows."""

    @abstractmethod
    def write(self, batch: Batch) -> None:
        """Rows of the wanted schema. May buffer. ConnectorError when the target refuses them."""

    def next_timer(self) -> int | None:
        """The processing time (ms) at which :meth:`on_timer` wants to be called, if any."""
        return None

    def on_timer(self, now: int) -> None:
        """Processing time has reached :meth:`next_timer`: roll a file, send a buffer."""

    def flush(self) -> None:
        """Hand everything written so far over to the target, or complete it for :meth:`prepare_commit`; called at each
        checkpoint and at the end of input."""

    def prepare_commit(self) -> Sequence[Any]:
        """The first phase of a commit, for a sink that has a :class:`Committer`: committables (JSON) for all that was
        completed since the last call. It must be durable now, and not yet visible.

        Called right after :meth:`flush`; where there are no checkpoints also after each write and timer, so that what
        is complete before the end of input is committed before.
        """
        return ()

    def state(self) -> Any:
        """JSON that a later attempt is given in :attr:`WriterContext.restored`; asked for right after
        :meth:`prepare_commit`. None if there is nothing to tell."""
        return None

    def close(self) -> None:
        """Release what the writer holds, and discard what is not complete. What was prepared stays: a checkpoint that
        covers it may have completed."""


class Committer(ABC):
    """The second phase of a commit."""

    @abstractmethod
    def commit(self, committables: Sequence[Any]) -> None:
        """Make what ``committables`` stand for visible, for good. Some or all may be committed already, by this process
        before it failed or by another one that does so right now: that is no error. ConnectorError makes the job fail,
        restart, and try again."""


class Sink(ABC):
    """The writable side of a table."""

    @property
    def delivery_guarantee(self) -> DeliveryGuarantee:
        """With checkpoints: exactly-once for a sink with a :class:`Committer`, at-least-once for one whose ``flush``
        hands over everything."""
        return DeliveryGuarantee.AT_LEAST_ONCE

    def committer(self) -> Committer | None:
        """Who commits what this sink's writers prepare; None for a sink without transactions."""
        return None

    @property
    def changelog_mode(self) -> ChangelogMode:
        return ChangelogMode.INSERT_ONLY

    def prepare(self, overwrite: bool, partition: Mapping[str, str]) -> None:
        """Called once, by whoever submits the job, before it starts: create the target, note what an INSERT OVERWRITE
        replaces."""
        if overwrite:
            raise ConnectorError("INSERT OVERWRITE is not supported by this connector.", hint="Use INSERT INTO.")

    @abstractmethod
    def writer(self, context: WriterContext) -> SinkWriter:
        """A new writer."""


class ConnectorFactory(ABC):
    """The entry point's object: makes sources and sinks, and declares the options it understands."""

    identifier: str
    """The value of the ``connector`` option."""

    @property
    @abstractmethod
    def options(self) -> Sequence[ConfigOption[Any]]:
        """Every option understood; a format's are added by its factory. Unknown options are refused."""

    def metadata(self, options: Configuration) -> Mapping[str, Any]:
        """Readable metadata of a table with ``options``: key -> LogicalType."""
        return {}

    def portable_options(self, options: Mapping[str, str]) -> dict[str, str]:
        """``options`` with the same meaning in any process: what is relative to the planning one made absolute."""
        return dict(options)

    def source(self, context: TableContext) -> Source:
        """Raises ConnectorError where the connector cannot read."""
        raise ConnectorError(f"Connector '{self.identifier}' cannot be used as a source.")

    def lookup(self, context: TableContext, keys: Sequence[str]) -> LookupSource | None:
        """The table to be asked for rows by its columns ``keys``; None where it cannot be. Raises ConfigError."""
        return None

    def sink(self, context: TableContext) -> Sink:
        """Raises ConnectorError where the connector cannot write."""
        raise ConnectorError(f"Connector '{self.identifier}' cannot be used as a sink.")


def empty_batch(schema: Schema) -> Batch:
    """No rows of ``schema``."""
    return Batch(pa.RecordBatch.from_pylist([], schema=schema.to_arrow()))
