"""What a statement gives back: rows as they come, a job, or just success."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.types.logical import STRING, LogicalType
from sqlstream.types.schema import Field, Schema

if TYPE_CHECKING:
    import pandas

    from sqlstream.deploy.target import JobClient


class ResultKind(Enum):
    """Flink's: whether there are rows worth showing."""

    SUCCESS = "SUCCESS"
    SUCCESS_WITH_CONTENT = "SUCCESS_WITH_CONTENT"


class Row(tuple[Any, ...]):
    """One row of a result: a tuple that knows its :class:`RowKind`."""

    kind: RowKind

    def __new__(cls, values: Sequence[Any], kind: RowKind = RowKind.INSERT) -> Row:
        row = super().__new__(cls, values)
        row.kind = kind
        return row

    def __repr__(self) -> str:
        return f"{self.kind.short}{super().__repr__()}"


@dataclass
class Result:
    """A statement's result. Iterating takes rows as they come and can be done once; a SELECT that is read slowly runs
    slowly. With ``changelog`` (a query in streaming mode) each row says by its kind what it does.
    """

    kind: ResultKind
    schema: Schema = field(default_factory=lambda: Schema(()))
    changelog: bool = False
    job: JobClient | None = None
    is_query: bool = False
    """Whether the rows come from a job that runs while they are read."""
    is_text: bool = False
    """Whether the one cell is a text to be read as it is (SHOW CREATE, EXPLAIN), not a table."""
    _batches: Iterable[Batch] = ()

    @staticmethod
    def success(job: JobClient | None = None) -> Result:
        return Result(ResultKind.SUCCESS, job=job)

    @staticmethod
    def of_rows(columns: Sequence[tuple[str, LogicalType]], rows: Sequence[Sequence[Any]]) -> Result:
        """A small result made by the session itself (SHOW, DESCRIBE)."""
        schema = Schema(tuple(Field(name, type_) for name, type_ in columns))
        arrays = [pa.array([row[i] for row in rows], type_) for i, type_ in enumerate(schema.to_arrow().types)]
        batch = Batch(pa.RecordBatch.from_arrays(arrays, schema=schema.to_arrow()))
        return Result(ResultKind.SUCCESS_WITH_CONTENT, schema, _batches=[batch] if rows else [])

    @staticmethod
    def of_names(column: str, names: Iterable[str]) -> Result:
        return Result.of_rows([(column, STRING)], [(name,) for name in names])

    @staticmethod
    def of_text(text: str) -> Result:
        result = Result.of_rows([("result", STRING)], [(text,)])
        result.is_text = True
        return result

    @staticmethod
    def of_query(schema: Schema, changelog: bool, job: JobClient) -> Result:
        return Result(ResultKind.SUCCESS_WITH_CONTENT, schema, changelog, job, is_query=True, _batches=job.results())

    def batches(self) -> Generator[Batch, None, None]:
        """Batches as they come, once. Closing the generator gives up what has not been read."""
        yield from self._batches

    def __iter__(self) -> Iterator[Row]:
        for batch in self._batches:
            for kind, values in batch.to_rows():
                yield Row(values, kind)

    def fetchall(self) -> list[Row]:
        return list(self)

    def to_arrow(self) -> pa.Table:
        """The final rows, all updates applied, as an Arrow table. Waits for the end of the input."""
        batches = list(self._batches)
        if all(batch.is_append_only for batch in batches):
            return pa.Table.from_batches([batch.data for batch in batches], self.schema.to_arrow())
        return _materialise(batches, self.schema)

    def to_pandas(self) -> pandas.DataFrame:
        """:meth:`to_arrow` as a pandas frame; needs the extra ``sqlstream[pandas]``."""
        return self.to_arrow().to_pandas()

    def wait(self, timeout: float | None = None) -> Result:
        """Until the job has ended; ClusterError when it failed."""
        if self.job is not None:
            self.job.wait(timeout)
        return self

    def cancel(self) -> None:
        """Stop the job behind the result, if there is one."""
        if self.job is not None:
            self.job.cancel()

    def print(self, time_zone: str = "UTC") -> None:
        """Print as Flink's tableau mode does, rows as they come."""
        from sqlstream.session.tableau import print_result
        from sqlstream.session.text_result import ShownResult

        print_result(ShownResult(self, time_zone))


def _materialise(batches: Sequence[Batch], schema: Schema) -> pa.Table:
    """Apply a changelog: every +I/+U adds a row, every -U/-D takes an equal one away; the order of arrival is kept."""
    taken: Counter[str] = Counter()
    kept: list[tuple[Any, ...]] = []
    rows = [row for batch in batches for row in batch.to_rows()]
    for kind, values in reversed(rows):
        key = repr(values)
        if kind in (RowKind.UPDATE_BEFORE, RowKind.DELETE):
            taken[key] += 1
        elif taken[key]:
            taken[key] -= 1
        else:
            kept.append(values)
    columns = list(zip(*reversed(kept), strict=True)) if kept else [()] * len(schema)
    arrow = schema.to_arrow()
    return pa.Table.from_arrays(
        [pa.array(column, type_) for column, type_ in zip(columns, arrow.types, strict=True)], schema=arrow
    )
