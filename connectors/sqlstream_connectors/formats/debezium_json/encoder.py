"""Writing changes as Debezium's JSON: as in Flink, an update is a deletion of what was and a creation of what is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import msgspec

from sqlstream.columnar.batch import Batch
from sqlstream.spi.format import FileEncoder, MessageEncoder
from sqlstream.types.schema import Schema
from sqlstream_connectors.formats.json.encoder import JsonObjects
from sqlstream_connectors.formats.json.options import JsonWriting


class DebeziumObjects:
    """Changes of rows of ``schema`` as objects that the JSON encoder takes as they are."""

    def __init__(self, schema: Schema, writing: JsonWriting) -> None:
        self._rows = JsonObjects(schema, writing)
        nothing = {} if writing.ignore_nulls else {"before": None}
        self._nothing_before: dict[str, Any] = nothing
        self._deleted: dict[str, Any] = {"op": "d"} if writing.ignore_nulls else {"after": None, "op": "d"}

    def changes(self, batch: Batch) -> Iterator[dict[str, Any]]:
        """One object a row."""
        for row, sign in zip(self._rows.rows(batch.data), batch.signs().tolist(), strict=True):
            if sign > 0:
                yield {**self._nothing_before, "after": row, "op": "c"}
            else:
                yield {"before": row, **self._deleted}


class DebeziumFileEncoder(FileEncoder):
    def __init__(self, file: BinaryIO, schema: Schema, writing: JsonWriting) -> None:
        self._file = file
        self._objects = DebeziumObjects(schema, writing)
        self._encoder = msgspec.json.Encoder()

    def write(self, batch: Batch) -> None:
        self._file.write(self._encoder.encode_lines(list(self._objects.changes(batch))))

    def finish(self) -> None:
        """Nothing stands at the end of a file of JSON lines."""


class DebeziumMessageEncoder(MessageEncoder):
    def __init__(self, schema: Schema, writing: JsonWriting) -> None:
        self._objects = DebeziumObjects(schema, writing)
        self._encoder = msgspec.json.Encoder()

    def encode(self, batch: Batch) -> Sequence[bytes]:
        return [self._encoder.encode(change) for change in self._objects.changes(batch)]
