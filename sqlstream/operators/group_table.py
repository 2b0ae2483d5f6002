"""The keyed table of an operator, in memory or on disk as the job wants it."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from sqlstream.operators.base import OperatorContext
from sqlstream.state.disk_table import DiskTable
from sqlstream.state.keyed_table import KeyedTable
from sqlstream.state.memory_table import MemoryTable
from sqlstream.state.slot_state import SlotState
from sqlstream.state.table_rows import TableRows


def open_table(
    name: str,
    key_types: Sequence[pa.DataType],
    values: SlotState,
    context: OperatorContext,
    group_columns: int | None = None,
) -> KeyedTable:
    """An empty table ``name`` of the state ``values``; ``group_columns`` says how many leading key columns decide the
    key group (default: all)."""
    rows = TableRows.of(key_types, values, context.max_parallelism, group_columns)
    if context.managed_state is None:
        return MemoryTable(name, rows, values)
    return DiskTable(name, rows, values, context.managed_state.open())
