"""Writing changes: as in Flink, an update is a deletion of what was and a creation of what is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import msgspec

from sqlstream.columnar.batch import Batch
from sqlstream.spi.format import FileEncoder, MessageEncoder
from sqlstream.types.schema import Schema
from sqlstream_connectors.formats.cdc.dialect import CdcDialect, Images
from sqlstream_connectors.formats.json.encoder import JsonObjects
from sqlstream_connectors.formats.json.options import JsonWriting


class CdcObjects:
    """Changes of rows of ``schema`` as objects that the JSON encoder takes as they are."""

    def __init__(self, dialect: CdcDialect, schema: Schema, writing: JsonWriting) -> None:
        self._dialect = dialect
        self._rows = JsonObjects(schema, writing)
        self._nulls = not writing.ignore_nulls

    def changes(self, batch: Batch) -> Iterator[dict[str, Any]]:
        """One object a row."""
        wrap = self._before_after if self._dialect.images is Images.BEFORE_AFTER else self._data
        for row, sign in zip(self._rows.rows(batch.data), batch.signs().tolist(), strict=True):
            yield wrap(row, sign > 0)

    def _before_after(self, row: dict[str, Any], added: bool) -> dict[str, Any]:
        images = {"before": None, "after": row} if added else {"before": row, "after": None}
        told = images if self._nulls else {name: image for name, image in images.items() if image is not None}
        return {**told, **self._operation(added)}

    def _data(self, row: dict[str, Any], added: bool) -> dict[str, Any]:
        in_list = self._dialect.images is Images.LISTS_OF_DATA_OLD
        return {"data": [row] if in_list else row, **self._operation(added)}

    def _operation(self, added: bool) -> dict[str, str]:
        return {self._dialect.operation: self._dialect.added if added else self._dialect.removed}


class CdcFileEncoder(FileEncoder):
    def __init__(self, file: BinaryIO, objects: CdcObjects) -> None:
        self._file = file
        self._objects = objects
        self._encoder = msgspec.json.Encoder()

    def write(self, batch: Batch) -> None:
        self._file.write(self._encoder.encode_lines(list(self._objects.changes(batch))))

    def finish(self) -> None:
        """Nothing stands at the end of a file of JSON lines."""


class CdcMessageEncoder(MessageEncoder):
    def __init__(self, objects: CdcObjects) -> None:
        self._objects = objects
        self._encoder = msgspec.json.Encoder()

    def encode(self, batch: Batch) -> Sequence[bytes]:
        return [self._encoder.encode(change) for change in self._objects.changes(batch)]
