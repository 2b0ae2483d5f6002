"""A part file: written under a hidden name, and renamed when it is committed, so that nobody ever sees half of one."""

from __future__ import annotations

from contextlib import suppress

from pyarrow import fs

from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.spi.format import FormatFactory
from sqlstream.types.schema import Schema
from sqlstream_connectors.filesystem.part_name import hidden


class PartFile:
    """An open file that will be ``name`` in ``directory``. Methods raise OSError as the file system does."""

    def __init__(
        self,
        filesystem: fs.FileSystem,
        directory: str,
        name: str,
        format_: FormatFactory,
        schema: Schema,
        options: Configuration,
    ) -> None:
        self._filesystem = filesystem
        self.name = name
        self.path = f"{directory}/{name}"
        self.hidden_path = f"{directory}/{hidden(name)}"
        filesystem.create_dir(directory, recursive=True)
        self._file = filesystem.open_output_stream(self.hidden_path, compression=None)
        self._encoder = format_.file_encoder(self._file, schema, options)
        self._opened_at: int | None = None
        self._written_at: int | None = None

    def write(self, batch: Batch, now: int | None) -> None:
        """``now`` (ms) is the last time that was heard of."""
        self._opened_at = now if self._opened_at is None else self._opened_at
        self._written_at = now
        self._encoder.write(batch)

    @property
    def size(self) -> int:
        """Bytes written or about to be."""
        return int(self._file.tell()) + self._encoder.buffered_bytes

    def ages(self, now: int) -> tuple[int, int]:
        """Milliseconds since the file was opened, and since it was last written to."""
        self._opened_at = now if self._opened_at is None else self._opened_at
        self._written_at = now if self._written_at is None else self._written_at
        return now - self._opened_at, now - self._written_at

    def complete(self) -> None:
        """Nothing more is written."""
        self._encoder.finish()
        self._file.close()

    def close_quietly(self) -> None:
        """The file will never be complete, and is about to be removed."""
        self._encoder.abandon()
        with suppress(OSError):
            self._file.close()
