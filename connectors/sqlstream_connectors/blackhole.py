"""The ``blackhole`` connector: takes every row and keeps none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlstream.columnar.batch import Batch
from sqlstream.config.option import ConfigOption
from sqlstream.spi.connector import ChangelogMode, ConnectorFactory, Sink, SinkWriter, TableContext
from sqlstream.spi.table_options import check_options


class BlackholeConnector(ConnectorFactory):
    """For measuring a query without its sink."""

    identifier = "blackhole"

    @property
    def options(self) -> Sequence[ConfigOption[Any]]:
        return ()

    def sink(self, context: TableContext) -> Sink:
        check_options(self, context.options)
        return BlackholeSink()


class BlackholeSink(Sink):
    @property
    def changelog_mode(self) -> ChangelogMode:
        return ChangelogMode.ALL

    def writer(self, subtask: int, parallelism: int) -> SinkWriter:
        return BlackholeWriter()


class BlackholeWriter(SinkWriter):
    def write(self, batch: Batch) -> None:
        """Forget ``batch``."""
