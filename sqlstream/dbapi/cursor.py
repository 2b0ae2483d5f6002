"""PEP 249's cursor over one operation of the gateway."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sqlstream.dbapi.description import ColumnDescription, describe
from sqlstream.dbapi.exceptions import InterfaceError, ProgrammingError
from sqlstream.dbapi.operation import Operation, ResultInfo
from sqlstream.dbapi.parameters import Parameters, bind, bind_many
from sqlstream.dbapi.rows import ResultRows
from sqlstream.types.schema import Schema

if TYPE_CHECKING:
    from sqlstream.dbapi.connection import Connection

Row = tuple[Any, ...]
_NOTHING = ResultInfo(None, None)


class Cursor:
    """Runs statements, one at a time, and fetches what they give. One thread uses a cursor; only :meth:`cancel` may
    come from another.

    A SELECT is read as it runs: who fetches slowly makes it run slowly, and who closes the cursor stops it. With
    ``changelog`` rows are :class:`~sqlstream.dbapi.rows.ChangelogRow`, and what changes a row is fetched like a row.
    """

    def __init__(
        self,
        connection: Connection,
        new_operation: Callable[[], Operation],
        changelog: bool,
    ) -> None:
        self.connection = connection
        self.arraysize = 1
        self._new_operation = new_operation
        self._changelog = changelog
        self._operation: Operation | None = None
        self._info = _NOTHING
        self._rows: ResultRows | None = None
        self._fetched = 0
        self._closed = False

    @property
    def description(self) -> list[ColumnDescription] | None:
        """The columns of the result; None after a statement that gives none."""
        return None if self._info.schema is None else describe(self._info.schema)

    @property
    def schema(self) -> Schema | None:
        """The columns of the result with their full SQL types; None after a statement that gives none."""
        return self._info.schema

    @property
    def job_id(self) -> str | None:
        """The job that the statement started, in 32 hexadecimal digits."""
        return self._info.job_id

    @property
    def rowcount(self) -> int:
        """-1: a stream's length is not known before its end, nor what an INSERT wrote."""
        return -1

    @property
    def rownumber(self) -> int | None:
        """How many rows have been fetched one by one; None without a result."""
        return None if self._rows is None else self._fetched

    @property
    def lastrowid(self) -> None:
        """None: rows have no ids."""
        return None

    def execute(self, operation: str, parameters: Parameters | None = None) -> Cursor:
        """Run a statement, with ``?`` for each of ``parameters``. Returns when a query's columns are known, and when
        anything else has ended.

        ProgrammingError, with the place in the text, for wrong SQL; OperationalError when the job or the connection
        fails.
        """
        self._run(operation if parameters is None else bind(operation, parameters))
        return self

    def executemany(self, operation: str, seq_of_parameters: Sequence[Parameters]) -> Cursor:
        """Run a statement once for each of ``seq_of_parameters``. An INSERT of one row of VALUES is run as few INSERTs
        of many rows, each a job of its own. ProgrammingError for a query.
        """
        self._require_open()
        self._reset()
        for statement in bind_many(operation, list(seq_of_parameters)):
            self._run(statement)
            if self._rows is not None:
                self._reset()
                raise ProgrammingError("executemany() is not for statements that give rows.", hint="Use execute().")
        return self

    def fetchone(self) -> Row | None:
        """The next row, waiting for it; None at the end."""
        row = next(self._result(), None)
        self._fetched += row is not None
        return row

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """The next ``size`` (default: ``arraysize``) rows, waiting for them; fewer at the end."""
        rows = self._result().take(self.arraysize if size is None else size)
        self._fetched += len(rows)
        return rows

    def fetchall(self) -> list[Row]:
        """All rows that are left. Does not return while a stream goes on."""
        rows = list(self._result())
        self._fetched += len(rows)
        return rows

    def fetch_record_batch(self) -> pa.RecordBatchReader:
        """A reader of the rows that are left, which gives batches as they come; from a sqlstream gateway they are taken
        as they are. A changelog has a first column ``op`` with +I, -U, +U or -D."""
        rows = self._result()
        return pa.RecordBatchReader.from_batches(rows.arrow_schema, rows.batches())

    def fetch_arrow_table(self) -> pa.Table:
        """All rows that are left as one table, as :meth:`fetch_record_batch` gives them."""
        rows = self._result()
        return pa.Table.from_batches(rows.batches(), rows.arrow_schema)

    def cancel(self) -> None:
        """Stop the running statement and its job, from any thread: who waits for it gets an OperationalError."""
        operation = self._operation
        if operation is not None:
            operation.cancel()

    def close(self) -> None:
        """Stop what still runs for this cursor; it cannot be used again."""
        if not self._closed:
            self._reset()
            self._closed = True

    def setinputsizes(self, sizes: Sequence[Any]) -> None:
        """Nothing: parameters carry their types."""

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Nothing: values are never cut."""

    def __iter__(self) -> Cursor:
        return self

    def __next__(self) -> Row:
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    def __enter__(self) -> Cursor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, statement: str) -> None:
        self._require_open()
        self._reset()
        self._operation = operation = self._new_operation()
        info = operation.start(statement)
        self._info = info
        if info.schema is not None:
            self._rows = ResultRows(info.schema, operation.next_batch, self._changelog)

    def _reset(self) -> None:
        operation, self._operation = self._operation, None
        self._info, self._rows, self._fetched = _NOTHING, None, 0
        if operation is not None:
            operation.close()

    def _result(self) -> ResultRows:
        self._require_open()
        if self._rows is None:
            raise ProgrammingError("There is no result to fetch from.", hint="Execute a query first.")
        return self._rows

    def _require_open(self) -> None:
        if self._closed:
            raise InterfaceError("The cursor is closed.", hint="Make another with connection.cursor().")
        self.connection.require_open()
