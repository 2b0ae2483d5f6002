"""Partition columns live in directory names: ``day=2024-01-01/hour=7``, spelled as Hive and Flink spell them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.batch import Batch
from sqlstream.errors import ConnectorError
from sqlstream.types.arrow import to_arrow
from sqlstream.types.logical import DecimalType, LogicalType
from sqlstream.types.schema import Schema
from sqlstream_connectors.formats.text_images import decimal_image, has_text_image, text_image
from sqlstream_connectors.formats.text_parsing import text_parser

_UNSAFE = re.compile(r"""[\x00-\x1f\x7f"#%'*/:=?\\{\[\]^]""")


def escape_name(text: str) -> str:
    """``text`` as part of a directory's name: what a file system may not like becomes ``%XX``."""
    return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", text)


@dataclass(frozen=True)
class Partitioning:
    """The partition columns of a table, in order, and the name of the NULL partition."""

    schema: Schema
    default_name: str

    @property
    def keys(self) -> list[str]:
        return self.schema.names

    def values_of(self, directory: PurePosixPath, file: str) -> dict[str, Any]:
        """Column -> value, as ``directory`` (relative to the table) says; ConnectorError naming ``file`` if it does
        not say."""
        named = dict(part.split("=", 1) for part in directory.parts if "=" in part)
        return {field.name: self._value(named, field.name, field.type, file) for field in self.schema}

    def _value(self, named: Mapping[str, str], key: str, type_: LogicalType, file: str) -> Any:
        text = unquote(named[key]) if key in named else None
        if text is None:
            raise ConnectorError(
                f"{file} is in no directory '{key}=...', but '{key}' is a partition column.",
                hint="Move the file into its partition, or declare the table without PARTITIONED BY.",
            )
        if text == self.default_name:
            return None
        parse = text_parser(type_)
        try:
            return text if parse is None else parse(text)
        except ValueError:
            raise ConnectorError(f"{file}: cannot read '{text}' in its directory as {key} {type_}.") from None

    def directories(self, data: pa.RecordBatch) -> pa.Array:
        """For each row, the directory it belongs into, relative to the table."""
        names = [self._names(data.column(field.name), field.name, field.type) for field in self.schema]
        return names[0] if len(names) == 1 else pc.binary_join_element_wise(*names, "/")

    def _names(self, column: pa.Array, key: str, type_: LogicalType) -> pa.Array:
        text = decimal_image(column, scientific=False) if isinstance(type_, DecimalType) else text_image(column, type_)
        distinct = pc.fill_null(text, self.default_name).dictionary_encode()
        names = [f"{escape_name(key)}={escape_name(v or self.default_name)}" for v in distinct.dictionary.to_pylist()]
        return pa.array(names, pa.string()).take(distinct.indices)

    def split(self, batch: Batch) -> Iterator[tuple[str, Batch]]:
        """The rows of each partition under its directory, in the order in which the directories first occur."""
        codes = self.directories(batch.data).dictionary_encode()
        if len(codes.dictionary) == 1:
            yield codes.dictionary[0].as_py(), batch
            return
        indices = codes.indices.to_numpy()
        order = np.argsort(indices, kind="stable").astype(np.int64)
        ends = np.cumsum(np.bincount(indices, minlength=len(codes.dictionary)))
        sorted_rows = batch.take(order)
        start = 0
        for name, end in zip(codes.dictionary.to_pylist(), ends.tolist(), strict=True):
            yield name, sorted_rows.slice(start, end - start)
            start = end

    def directory_of(self, values: Mapping[str, str]) -> str | None:
        """The directory of a static partition; None when some key has no value in ``values``."""
        if not all(key in values for key in self.keys):
            return None
        return "/".join(f"{escape_name(key)}={escape_name(values[key] or self.default_name)}" for key in self.keys)


def partitioning(physical: Schema, keys: Sequence[str], default_name: str) -> Partitioning:
    """The partitioning of a table with columns ``physical``; ConnectorError for a column that cannot name one."""
    by_name = {field.name: field for field in physical}
    for key in keys:
        if key not in by_name:
            raise ConnectorError(f"Partition column '{key}' is not a column of the table.")
        if not isinstance(by_name[key].type, DecimalType) and not has_text_image(by_name[key].type):
            raise ConnectorError(f"Column '{key}' of type {by_name[key].type} cannot be a partition column.")
    return Partitioning(Schema(tuple(by_name[key] for key in keys)), default_name)


def constant(value: Any, type_: LogicalType, length: int) -> pa.Array:
    """``length`` times ``value``."""
    return pa.repeat(pa.array([value], to_arrow(type_))[0], length)
