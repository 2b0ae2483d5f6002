"""Rows that wait until event time has come to them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch, Kinds
from sqlstream.columnar.elements import MAX_TIMESTAMP
from sqlstream.columnar.keys import key_groups_of
from sqlstream.state.snapshot import KEY_GROUP_COLUMN, KeyGroupRange, StateChunk

_KIND_COLUMN = "__kind"
_TIME_COLUMN = "__time"


@dataclass(eq=False)
class _Part:
    """Rows in the order they came. ``times`` (ms) says when each is due; ``chunk`` is what they were last stored as."""

    data: pa.RecordBatch
    kinds: Kinds
    times: Int64s
    chunk: StateChunk | None = None

    def __post_init__(self) -> None:
        self.earliest = int(self.times.min())


class TimeBuffer:
    """Rows of ``schema``, handed out in the order of their times; those of one time in the order they came.

    ``keys`` are the columns that decide a row's key group. Rows keep their kinds.
    """

    def __init__(self, schema: pa.Schema, keys: Sequence[int], table: str) -> None:
        self._schema = schema
        self._keys = tuple(keys)
        self._table = table
        self._parts: list[_Part] = []

    def __len__(self) -> int:
        return sum(part.data.num_rows for part in self._parts)

    @property
    def next_time(self) -> int:
        """The earliest time of any row; MAX_TIMESTAMP if there is none."""
        return min((part.earliest for part in self._parts), default=MAX_TIMESTAMP)

    def append(self, batch: Batch, times: Int64s) -> None:
        """Hold the rows of ``batch``, row ``i`` until ``times[i]``."""
        if batch.num_rows:
            kinds = np.zeros(batch.num_rows, np.int8) if batch.kinds is None else batch.kinds
            self._parts.append(_Part(batch.data, kinds, times))

    def postpone(self, until: int, times_of: Callable[[pa.RecordBatch], Int64s]) -> None:
        """Hold rows that are due at or before ``until`` until the times that ``times_of`` gives them, instead."""
        for part in self._parts:
            if part.earliest <= until:
                due = np.flatnonzero(part.times <= until)
                part.times = part.times.copy()
                part.times[due] = times_of(part.data.take(pa.array(due)))
                part.earliest = int(part.times.min())

    def take(self, until: int, *, in_order_of_time: bool = True) -> Batch | None:
        """The rows due at or before ``until``, in the order of their times or of their coming; they are held no more.
        None if there are none."""
        due: list[_Part] = []
        held: list[_Part] = []
        for part in self._parts:
            is_due = part.times <= until if part.earliest <= until else None
            if is_due is None:
                held.append(part)
            elif is_due.all():
                due.append(part)
            else:
                due.append(_filtered(part, is_due))
                held.append(_filtered(part, ~is_due))
        self._parts = held
        if not due:
            return None
        data = pa.concat_batches([part.data for part in due])
        kinds = np.concatenate([part.kinds for part in due])
        times = np.concatenate([part.times for part in due])
        batch = Batch(data, kinds if kinds.any() else None)
        ordered = not in_order_of_time or bool((np.diff(times) >= 0).all())
        return batch if ordered else batch.take(np.argsort(times, kind="stable"))

    def snapshot(self, max_parallelism: int) -> list[StateChunk]:
        """All rows that are held. Those that were stored before and are all still there are not stored again."""
        for part in self._parts:
            if part.chunk is None:
                rows = partial(self._rows, part, max_parallelism)
                part.chunk = StateChunk(uuid.uuid4().hex, self._table, rows)
        return [part.chunk for part in self._parts if part.chunk is not None]

    def restore(self, chunks: Sequence[StateChunk], key_groups: KeyGroupRange) -> None:
        """Hold the rows of those ``chunks`` that are this table's and belong to ``key_groups``."""
        for chunk in chunks:
            if chunk.table != self._table:
                continue
            groups = chunk.data.column(0).to_numpy()
            owned = (groups >= key_groups.first) & (groups <= key_groups.last)
            if not owned.any():
                continue
            columns = chunk.data.columns if owned.all() else chunk.data.filter(pa.array(owned)).columns
            data = pa.RecordBatch.from_arrays(columns[3:], schema=self._schema)
            part = _Part(data, columns[1].to_numpy(), columns[2].to_numpy(), chunk if owned.all() else None)
            self._parts.append(part)

    def _rows(self, part: _Part, max_parallelism: int) -> pa.RecordBatch:
        keys = [part.data.column(key) for key in self._keys]
        groups = key_groups_of(keys, part.data.num_rows, max_parallelism)
        fields = [(KEY_GROUP_COLUMN, groups), (_KIND_COLUMN, part.kinds), (_TIME_COLUMN, part.times)]
        arrays = [pa.array(values) for _, values in fields]
        schema = pa.schema([pa.field(name, array.type) for (name, _), array in zip(fields, arrays, strict=True)])
        return pa.RecordBatch.from_arrays([*arrays, *part.data.columns], schema=pa.schema([*schema, *self._schema]))


def _filtered(part: _Part, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> _Part:
    return _Part(part.data.filter(pa.array(mask)), part.kinds[mask], part.times[mask])
