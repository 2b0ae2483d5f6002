"""Tables for connector tests: a schema in a line, and all rows of a table."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
import pyarrow as pa

from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.spi.connector import Sink, SinkWriter, Source, SplitReader, TableContext, WriterContext
from sqlstream.spi.plugins import load_plugin
from sqlstream.types.logical import LogicalType
from sqlstream.types.parse import parse_type
from sqlstream.types.schema import Field, Schema


def schema(**columns: str | LogicalType) -> Schema:
    """``schema(a="INT", b="STRING")``."""
    return Schema(
        tuple(Field(name, parse_type(type_) if isinstance(type_, str) else type_) for name, type_ in columns.items())
    )


def context(wanted: Schema, options: Mapping[str, Any], **more: Any) -> TableContext:
    return TableContext("t", Configuration({key: str(value) for key, value in options.items()}), wanted, **more)


def source(connector: str, wanted: Schema, options: Mapping[str, Any], **more: Any) -> Source:
    found: Source = load_plugin("connectors", connector).source(context(wanted, options, **more))
    return found


def sink(connector: str, wanted: Schema, options: Mapping[str, Any], **more: Any) -> Sink:
    found: Sink = load_plugin("connectors", connector).sink(context(wanted, options, **more))
    return found


def batch(of: Schema, *rows: tuple[Any, ...]) -> Batch:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(of)
    arrays = [pa.array(list(c), f.type) for c, f in zip(columns, of.to_arrow(), strict=True)]
    return Batch(pa.RecordBatch.from_arrays(arrays, schema=of.to_arrow()))


def read_all(of: Source, max_rows: int = 1000, parallelism: int = 1) -> list[tuple[Any, ...]]:
    """Every row of a bounded source, split by split."""
    rows: list[tuple[Any, ...]] = []
    for split in of.splits(parallelism):
        reader = of.reader(split, None)
        rows.extend(drain(reader, max_rows))
        reader.close()
    return rows


def drain(reader: SplitReader, max_rows: int = 1000) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    while (read := reader.read(max_rows, 5.0)) is not None:
        assert read.num_rows <= max_rows
        rows.extend(values for _, values in read.to_rows())
    return rows


def write_all(into: Sink, *batches: Batch, overwrite: bool = False, partition: Mapping[str, str] | None = None) -> None:
    """What a job with one sink subtask and without checkpoints does."""
    into.prepare(overwrite, partition or {})
    writer = into.writer(WriterContext(job_id=uuid.uuid4().hex, overwrite=overwrite))
    for written in batches:
        writer.write(written)
        commit(into, writer)
    writer.flush()
    commit(into, writer)
    writer.close()


def commit(into: Sink, writer: SinkWriter) -> None:
    """Commits what is complete, if the sink has transactions."""
    committer = into.committer()
    if committer is not None:
        committer.commit(through_json(writer.prepare_commit()))


def through_json(value: Any) -> Any:
    """``value`` as it is when it has been stored and read."""
    return msgspec.json.decode(msgspec.json.encode(value))
