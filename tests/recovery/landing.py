"""Input that lands file by file, so that a test decides what a job has seen when something happens to it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.chaos.workload import Workload

_FILES = 4
"""Files of a table in each delivery, so that several subtasks get some."""


class Landing:
    """The rows of ``workload`` in ``deliveries``, each of which ends within a window and leaves orders unpaid."""

    def __init__(self, workload: Workload, directory: Path, deliveries: int) -> None:
        self.directory = directory
        self._tables = {
            "orders": pa.Table.from_batches(workload.orders()),
            "payments": pa.Table.from_batches(workload.payments()),
        }
        self._files = deliveries * _FILES
        self._landed = 0
        for name in self._tables:
            (directory / name).mkdir(parents=True)

    def deliver(self) -> int:
        """The next delivery lands, each file as a whole. How many rows of each table it has."""
        rows = 0
        for number in range(self._landed, self._landed + _FILES):
            for name, table in self._tables.items():
                begin, end = (table.num_rows * n // self._files for n in (number, number + 1))
                hidden = self.directory / name / f".{number:04}.parquet"
                pq.write_table(table.slice(begin, end - begin), hidden)
                hidden.rename(self.directory / name / f"{number:04}.parquet")
                rows += end - begin
        self._landed += _FILES
        return rows // len(self._tables)
