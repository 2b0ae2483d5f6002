"""The ``blackhole`` connector: takes every row and keeps none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlstream.columnar.batch import Batch
from sqlstream.config.option import ConfigOption
from sqlstream.spi.connector import (
    ChangelogMode,
    ConnectorFactory,
    DeliveryGuarantee,
    Sink,
    SinkWriter,
    TableContext,
    WriterContext,
)
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
        return ChangelogMode.WITHOUT_UPDATE_BEFORE

    @property
    def delivery_guarantee(self) -> DeliveryGuarantee:
        """What is not kept is not kept twice."""
        return DeliveryGuarantee.EXACTLY_ONCE

    def writer(self, context: WriterContext) -> SinkWriter:
        return BlackholeWriter()


class BlackholeWriter(SinkWriter):
    def write(self, batch: Batch) -> None:
        """Forget ``batch``."""
