"""A page of a result, and the words of the protocol around it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.session.result import ResultKind
from sqlstream.types.schema import Schema


class RowFormat(StrEnum):
    """How rows are written. ARROW is not Flink's: the page is an Arrow IPC stream."""

    JSON = "JSON"
    PLAIN_TEXT = "PLAIN_TEXT"
    ARROW = "ARROW"

    @classmethod
    def _missing_(cls, value: object) -> RowFormat | None:
        return cls.__members__.get(value.upper()) if isinstance(value, str) else None


class ResultType(Enum):
    """Flink's: whether to ask again, and whether there are rows."""

    NOT_READY = "NOT_READY"
    PAYLOAD = "PAYLOAD"
    EOS = "EOS"


@dataclass(frozen=True)
class ResultInfo:
    """What all pages of a result have in common."""

    kind: ResultKind
    schema: Schema
    time_zone: str
    job_id: str | None = None
    is_query: bool = False


@dataclass(frozen=True)
class ResultPage:
    """Rows ``token`` stands for. ``next_token`` is None after the last one."""

    info: ResultInfo
    batches: tuple[Batch, ...]
    next_token: int | None

    @property
    def type(self) -> ResultType:
        return ResultType.EOS if self.next_token is None else ResultType.PAYLOAD

    @property
    def num_rows(self) -> int:
        return sum(batch.num_rows for batch in self.batches)

    def rows(self) -> pa.Table:
        """All rows as one table."""
        return pa.Table.from_batches([batch.data for batch in self.batches], self.info.schema.to_arrow())

    def kinds(self) -> pa.Array | None:
        """The RowKind of each row as int8, or None when all are inserts."""
        if all(batch.is_append_only for batch in self.batches):
            return None
        return pa.array(np.concatenate([_kinds(batch) for batch in self.batches]), pa.int8())


def _kinds(batch: Batch) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    if batch.kinds is None:
        return np.full(batch.num_rows, RowKind.INSERT, dtype=np.int8)
    return batch.kinds
