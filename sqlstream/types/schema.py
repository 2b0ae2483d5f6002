"""A named, ordered list of typed columns, some of which may carry time."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import msgspec
import pyarrow as pa

from sqlstream.types.arrow import to_arrow
from sqlstream.types.logical import LogicalType


class TimeAttribute(Enum):
    """Why a column may drive time: its values are covered by a watermark, or it is the wall clock."""

    ROWTIME = "ROWTIME"
    PROCTIME = "PROCTIME"


class Field(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    type: LogicalType
    time: TimeAttribute | None = None

    def __str__(self) -> str:
        suffix = f" *{self.time.value}*" if self.time else ""
        return f"{self.name} {self.type}{suffix}"


class Schema(msgspec.Struct, frozen=True):
    fields: tuple[Field, ...]

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def __getitem__(self, index: int) -> Field:
        return self.fields[index]

    @property
    def names(self) -> list[str]:
        return [field.name for field in self.fields]

    @property
    def types(self) -> list[LogicalType]:
        return [field.type for field in self.fields]

    def index_of(self, name: str) -> int | None:
        """The position of the column called exactly ``name``, or None."""
        return next((i for i, field in enumerate(self.fields) if field.name == name), None)

    def select(self, indices: tuple[int, ...] | list[int]) -> Schema:
        return Schema(tuple(self.fields[i] for i in indices))

    def to_arrow(self) -> pa.Schema:
        return pa.schema([pa.field(f.name, to_arrow(f.type)) for f in self.fields])
