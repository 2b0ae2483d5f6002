"""A connector whose tables give changes that a test says, and keep what they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.config.option import STRING, ConfigOption
from sqlstream.spi.connector import (
    ChangelogMode,
    ConnectorFactory,
    Sink,
    SinkWriter,
    Source,
    SourceSplit,
    SplitReader,
    TableContext,
    WriterContext,
)

Change = tuple[str, tuple[Any, ...]]
_KINDS = {kind.short: kind for kind in RowKind}
MODE = ConfigOption("mode", STRING, "upsert", "insert-only, upsert or all.")
NAME = ConfigOption("name", STRING, None, "Which changes.", required=True)


@dataclass
class ChangingTables(ConnectorFactory):
    """``changes`` are those of each source, by name; ``written`` are those that came to each sink."""

    changes: Mapping[str, Sequence[Change]] = field(default_factory=dict)
    written: dict[str, list[Change]] = field(default_factory=dict)

    identifier = "changing"

    @property
    def options(self) -> Sequence[ConfigOption[Any]]:
        return (MODE, NAME)

    def source(self, context: TableContext) -> Source:
        return _Source(context, self.changes.get(context.options.option(NAME), ()))

    def sink(self, context: TableContext) -> Sink:
        return _Sink(context, self.written.setdefault(context.options.option(NAME), []))


@dataclass
class _Source(Source):
    context: TableContext
    changes: Sequence[Change]

    @property
    def bounded(self) -> bool:
        return True

    @property
    def changelog_mode(self) -> ChangelogMode:
        return ChangelogMode(self.context.options.option(MODE))

    def splits(self, parallelism: int) -> Sequence[SourceSplit]:
        return [SourceSplit("all")]

    def reader(self, split: SourceSplit, position: Any | None) -> SplitReader:
        return _Reader(self.context, self.changes, position or 0)


@dataclass
class _Reader(SplitReader):
    context: TableContext
    changes: Sequence[Change]
    at: int

    def read(self, max_rows: int, timeout: float) -> Batch | None:
        if self.at >= len(self.changes):
            return None
        some = self.changes[self.at : self.at + min(max_rows, 2)]
        self.at += len(some)
        names = self.context.physical_schema.names
        schema = self.context.schema.to_arrow()
        columns = [pa.array([row[names.index(f.name)] for _, row in some], f.type) for f in schema]
        kinds = np.array([_KINDS[kind] for kind, _ in some], np.int8)
        return Batch(pa.RecordBatch.from_arrays(columns, schema=schema), kinds)

    def position(self) -> Any:
        return self.at


@dataclass
class _Sink(Sink):
    context: TableContext
    written: list[Change]

    @property
    def changelog_mode(self) -> ChangelogMode:
        return ChangelogMode(self.context.options.option(MODE))

    def writer(self, context: WriterContext) -> SinkWriter:
        return _Writer(self.written)


@dataclass
class _Writer(SinkWriter):
    written: list[Change]

    def write(self, batch: Batch) -> None:
        self.written.extend((kind.short, row) for kind, row in batch.to_rows())
