"""The ``print`` connector: every row as a line of the process's standard output or standard error."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.config.option import BOOLEAN, STRING, ConfigOption
from sqlstream.spi.connector import ChangelogMode, ConnectorFactory, Sink, SinkWriter, TableContext, WriterContext
from sqlstream.spi.table_options import check_options
from sqlstream.types.schema import Schema
from sqlstream_connectors.row_text import row_texts

IDENTIFIER = ConfigOption("print-identifier", STRING, None, "The text at the beginning of each line.")
STANDARD_ERROR = ConfigOption("standard-error", BOOLEAN, False, "Whether to print to standard error.")


class PrintConnector(ConnectorFactory):
    """Lines look as in Flink: ``+I[1, a]``, with the identifier and, in parallel, the subtask in front."""

    identifier = "print"

    @property
    def options(self) -> Sequence[ConfigOption[Any]]:
        return (IDENTIFIER, STANDARD_ERROR)

    def sink(self, context: TableContext) -> Sink:
        check_options(self, context.options)
        options = context.options
        return PrintSink(context.schema, options.optional(IDENTIFIER), options.option(STANDARD_ERROR))


class PrintSink(Sink):
    def __init__(self, schema: Schema, identifier: str | None, standard_error: bool) -> None:
        self._schema = schema
        self._identifier = identifier
        self._standard_error = standard_error

    @property
    def changelog_mode(self) -> ChangelogMode:
        return ChangelogMode.ALL

    def writer(self, context: WriterContext) -> SinkWriter:
        return PrintWriter(self._schema, self._prefix(context.subtask, context.parallelism), self._standard_error)

    def _prefix(self, subtask: int, parallelism: int) -> str:
        parts = [self._identifier or "", str(subtask + 1) if parallelism > 1 else ""]
        text = ":".join(filter(None, parts))
        return f"{text}> " if text else ""


class PrintWriter(SinkWriter):
    def __init__(self, schema: Schema, prefix: str, standard_error: bool) -> None:
        self._schema = schema
        self._prefix = prefix
        self._standard_error = standard_error

    def write(self, batch: Batch) -> None:
        kinds = [RowKind.INSERT] * batch.num_rows if batch.kinds is None else [RowKind(k) for k in batch.kinds]
        texts = row_texts(batch.data, self._schema)
        lines = [f"{self._prefix}{kind.short}{text}\n" for kind, text in zip(kinds, texts, strict=True)]
        stream = sys.stderr if self._standard_error else sys.stdout
        stream.write("".join(lines))
        stream.flush()
