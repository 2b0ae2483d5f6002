"""Rows in order within partitions: what Top-N keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream.columnar.batch import Kinds, Rows
from sqlstream.columnar.difference import differs
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.columnar.order_codes import Codes, OrderFormat, OrderKey, RowCodes
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.functions.accumulators.touched import TouchedSlotFinder
from sqlstream.kernels import ranked_lists as kernel
from sqlstream.state.disk import DiskSpace
from sqlstream.state.numbered_rows import NumberedRows
from sqlstream.state.row_chains import RowChains
from sqlstream.state.snapshot import KeyGroupRange, StateChunk

_ARRIVAL = "__arrival"
_EVERYTHING = 2**62
_MIN_ENTRIES = 1024


@dataclass(frozen=True)
class Ranking:
    """Rows with the same columns ``partition`` are ordered by the columns ``order``, then by arrival, or ``newest``
    first; ``kind`` (of :mod:`sqlstream.kernels.ranked_lists`) says how they are counted."""

    partition: tuple[int, ...]
    order: tuple[tuple[int, OrderKey], ...]
    kind: int = kernel.ROW_NUMBER
    newest: bool = False


@dataclass(frozen=True, slots=True)
class Touched:
    """Partitions whose lists are new, and where the old ones are."""

    slots: Int64s
    old_begin: Int64s
    old_size: Int64s


@dataclass(frozen=True, slots=True)
class RankChanges:
    """What each of ``rows``, by number, does at its rank."""

    rows: Rows
    kinds: Kinds
    ranks: Int64s


class RankedRows:
    """The first rows of each partition, up to rank ``limit``, or all of them (None).

    ``groups`` are the columns that decide the key group. Rows are taken back, and replaced, by their columns
    ``identity``. Old lists and dead rows are there until :meth:`settle`.
    """

    def __init__(
        self,
        schema: pa.Schema,
        ranking: Ranking,
        limit: int | None,
        table: str,
        *,
        groups: tuple[int, ...] | None = None,
        identity: tuple[int, ...] = (),
        replaces: bool = False,
        space: DiskSpace | None = None,
    ) -> None:
        self._ranking = ranking
        self._limit = limit
        self._identity = identity
        self._replaces = replaces
        keys = [key for _, key in ranking.order]
        self._order = [column for column, _ in ranking.order]
        if replaces:
            # A row that is replaced by one of the same order keeps its place: so how old it is has to be remembered.
            schema = schema.append(pa.field(_ARRIVAL, pa.int64()))
            self._order.append(len(schema) - 1)
            keys.append(OrderKey(pa.int64(), nullable=False))
        self._format = OrderFormat(keys)
        self._partition_types = [schema.field(column).type for column in ranking.partition]
        self._identity_types = [schema.field(column).type for column in identity]
        self._rows = NumberedRows(schema, ranking.partition if groups is None else groups, table, space)
        self._arrivals = 0
        self._finder, self._duplicates = TouchedSlotFinder(), TouchedSlotFinder()
        self._clear()

    def _clear(self) -> None:
        self._index = KeyIndex(self._partition_types)
        self._lists = SlotArrays(np.int64, np.int64)
        self._full = SlotArrays(np.uint8)
        self._entries = np.empty(_MIN_ENTRIES, np.int64)
        self._used = 0
        self._clear_rows()

    def _clear_rows(self) -> None:
        self._codes = RowCodes(self._format)
        self._chains = RowChains(self._identity_types)
        self._slot_of = SlotArrays(np.int64)
        self._marks = np.zeros(0, np.int64)

    @property
    def partitions(self) -> KeyIndex:
        """The partitions, to read."""
        return self._index

    def append(self, data: pa.RecordBatch) -> Touched | None:
        """Add rows; those that are not among the first are forgotten. None if that is all of them."""
        return self._enter(data, np.zeros(data.num_rows, np.bool_))

    def change(self, data: pa.RecordBatch, added: Mask) -> Touched:
        """Add the rows that are ``added``, and take back one equal in the identity for each other, the oldest first; a
        row that is not there is ignored."""
        adding = data if added.all() else data.filter(pa.array(added))
        slots = self._slots(adding)
        fresh = self._encode(adding)
        base = self._rows.end
        self._rows.append(adding)
        self._note(adding, slots, base, fresh)
        removing = data.filter(pa.array(~added))
        popped = self._chains.pop(self._identity_of(removing), removing.num_rows)
        gone = popped[popped >= 0]
        self._rows.discard(gone)
        touched = self._finder.find(np.concatenate((slots, self._slot_of[0][gone])), self._index.slots_used)
        live = self._rows.live[base : self._rows.end].view(np.uint8)
        merged, _, _ = self._merge(
            np.arange(len(slots)), touched.group[: len(slots)], touched.distinct, fresh, base, live, _EVERYTHING
        )
        return merged

    def replace(self, data: pa.RecordBatch) -> Touched | None:
        """Let each row take the place of the one that is equal to it in the identity, if that is still among the first;
        else add it. No row may come after the one it replaces."""
        keys = self._identity_of(data)
        index = KeyIndex(self._identity_types)
        found = self._duplicates.find(index.upsert(keys, data.num_rows), index.slots_used)
        latest = np.empty(len(found.distinct), np.int64)
        latest[found.group] = np.arange(data.num_rows)
        if len(latest) < data.num_rows:
            data = data.take(pa.array(np.sort(latest)))
        before = self._chains.pop(self._identity_of(data), data.num_rows)
        replaced = np.flatnonzero(before >= 0)
        arrivals = self._arrivals + np.arange(data.num_rows)
        self._arrivals += data.num_rows
        old = self._rows.gather(before[replaced])
        same = np.ones(len(replaced), np.bool_)
        new = data.take(pa.array(replaced))
        for column in self._order[:-1]:
            same &= ~differs(old.column(column), new.column(column))
        arrivals[replaced[same]] = np.asarray(old.column(old.num_columns - 1))[same]
        self._rows.discard(before[replaced])
        data = pa.RecordBatch.from_arrays([*data.columns, pa.array(arrivals)], schema=self._rows.schema)
        return self._enter(data, before >= 0)

    def changes(self, touched: Touched, lowest: int, highest: int, *, numbered: bool) -> RankChanges:
        """The rows that leave and enter the ranks from ``lowest`` to ``highest``, leaving ones first. With
        ``numbered``, a row that gets another rank leaves and enters."""
        most = 2 * self._most_changes(touched)
        rows, kinds, ranks = np.empty(most, np.int64), np.empty(most, np.int8), np.empty(most, np.int64)
        if len(self._marks) < self._rows.end:
            self._marks = np.zeros(2 * self._rows.end, np.int64)
        codes = self._codes.codes
        begin, size = self._lists.arrays
        found = kernel.changed_rows(
            touched.slots, touched.old_begin, touched.old_size, begin, size, self._entries, self._ranking.kind, lowest,
            highest, numbered, codes.words, codes.starts, codes.lengths, codes.data, self._format.width,
            self._format.has_bytes, self._marks, rows, kinds, ranks,
        )  # fmt: skip
        order = np.argsort(kinds[:found] == kernel.INSERT, kind="stable")
        return RankChanges(rows[order], kinds[order], ranks[order])

    def changed_places(self, touched: Touched, lowest: int, highest: int, *, update_before: bool) -> RankChanges:
        """What happens at the ranks from ``lowest`` to ``highest``: an update where a row takes another one's place."""
        most = self._most_changes(touched)
        rows, kinds, ranks = np.empty(most, np.int64), np.empty(most, np.int8), np.empty(most, np.int64)
        begin, size = self._lists.arrays
        found = kernel.changed_places(
            touched.slots, touched.old_begin, touched.old_size, begin, size, self._entries, lowest, highest,
            update_before, rows, kinds, ranks,
        )  # fmt: skip
        return RankChanges(rows[:found], kinds[:found], ranks[:found])

    def ranked(self, slots: Int64s, lowest: int, highest: int) -> RankChanges:
        """The rows of ``slots`` from rank ``lowest`` to ``highest``, as insertions."""
        nothing = np.zeros(len(slots), np.int64)
        return self.changes(Touched(slots, nothing, nothing), lowest, highest, numbered=True)

    def gather(self, rows: Rows) -> pa.RecordBatch:
        """The rows with these numbers."""
        data = self._rows.gather(rows)
        return data.select(range(data.num_columns - 1)) if self._replaces else data

    def drop(self, slots: Int64s) -> None:
        """Forget distinct ``slots`` and their rows."""
        begin, size = self._lists.arrays
        out = np.empty(int(size[slots].sum()), np.int64)
        kernel.copy_lists(slots, begin.copy(), size, self._entries, out)
        self._rows.discard(out)
        self._forget(slots)

    def settle(self, touched: Touched | None = None) -> None:
        """Old lists are not needed any more. Forgets empty partitions among those ``touched``, and at times the dead
        rows."""
        if touched is not None:
            self._forget(touched.slots[self._lists[1][touched.slots] == 0])
        live = self._rows.live_rows() if 2 * len(self._rows) <= self._rows.end else None
        kept = self._rows.compact()
        if kept is None or live is None:
            return
        self._compact_lists(0)
        numbers = np.empty(int(live[-1]) + 1 if len(live) else 0, np.int64)
        numbers[live] = np.arange(len(live))
        self._entries[: self._used] = numbers[self._entries[: self._used]]
        codes, slot_of = self._codes, self._slot_of[0][live]
        codes.keep(live)
        self._clear_rows()
        self._codes = codes
        for data in kept:
            first = self._rows.end
            self._rows.append(data)
            self._note(data, slot_of[first : first + data.num_rows], first, None)

    def snapshot(self, max_parallelism: int) -> list[StateChunk]:
        """The rows; their order is worked out again."""
        return self._rows.snapshot(max_parallelism)

    def restore(self, chunks: Sequence[StateChunk], owned: KeyGroupRange) -> None:
        """Take in those rows of ``chunks`` that are this table's and ``owned``."""

        def entered(data: pa.RecordBatch) -> None:
            self._note(data, self._slots(data), self._rows.end - data.num_rows, self._encode(data))
            if self._replaces and data.num_rows:
                self._arrivals = max(self._arrivals, int(np.asarray(data.column(data.num_columns - 1)).max()) + 1)

        self._rows.restore(chunks, owned, entered)
        count = self._rows.end
        if count:
            touched = self._finder.find(self._slot_of[0][:count], self._index.slots_used)
            limit = _EVERYTHING if self._limit is None else self._limit
            live = np.ones(count, np.uint8)
            codes = self._codes.codes
            _, placed, _ = self._merge(np.arange(count), touched.group, touched.distinct, codes, 0, live, limit)
            assert placed.all()

    def close(self) -> None:
        """Nothing is asked any more."""
        self._clear()
        self._rows.close()

    def _enter(self, data: pa.RecordBatch, wanted: Mask) -> Touched | None:
        """Add rows, those ``wanted`` without asking whether they have a chance."""
        assert self._limit is not None
        slots, fresh = self._slots(data), self._encode(data)
        chosen = np.flatnonzero(self._candidates(slots, fresh).view(np.bool_) | wanted)
        if not len(chosen):
            return None
        touched = self._finder.find(slots[chosen], self._index.slots_used)
        base = self._rows.end
        live = np.ones(data.num_rows, np.uint8)
        merged, placed, dropped = self._merge(chosen, touched.group, touched.distinct, fresh, base, live, self._limit)
        kept = np.flatnonzero(placed)
        if self._identity:
            self._chains.remove(dropped)
        self._rows.discard(dropped)
        if len(kept) < data.num_rows:
            numbers = base + np.cumsum(placed, dtype=np.int64) - 1
            kernel.renumber(merged.slots, *self._lists.arrays, base, numbers, self._entries)
            data = data.take(pa.array(kept))
        self._rows.append(data)
        self._note(data, slots[kept], base, fresh, None if len(kept) == len(placed) else kept)
        return merged

    def _candidates(self, slots: Int64s, fresh: Codes) -> npt.NDArray[np.uint8]:
        out = np.empty(len(slots), np.uint8)
        stored = self._codes.codes
        kernel.find_candidates(
            slots, *self._lists.arrays, self._full[0], self._entries, self._ranking.kind, self._ranking.newest,
            stored.words, stored.starts, stored.lengths, stored.data, fresh.words, fresh.starts, fresh.lengths,
            fresh.data, self._format.width, self._format.has_bytes, out,
        )  # fmt: skip
        return out

    def _merge(
        self, rows: Rows, group: Int64s, slots: Int64s, fresh: Codes, base: int, live: npt.NDArray[np.uint8], limit: int
    ) -> tuple[Touched, npt.NDArray[np.uint8], Rows]:
        """Merge fresh ``rows``, of groups of ``slots``, into the lists. Returns which fresh rows are in, and the stored
        ones that are out."""
        format, newest = self._format, self._ranking.newest
        bounds, order = np.zeros(len(slots) + 1, np.int64), np.empty(len(rows), np.int64)
        spare = np.empty(max(len(rows), len(slots)), np.int64)
        parts = (fresh.words, fresh.starts, fresh.lengths, fresh.data, format.width, format.has_bytes)
        kernel.sort_fresh(rows, group, len(slots), newest, *parts, bounds, order, spare)
        begin, size = self._lists.arrays
        old = int(size[slots].sum())
        self._make_room(old + len(rows))
        touched = Touched(slots, np.empty(len(slots), np.int64), np.empty(len(slots), np.int64))
        placed, dropped = np.zeros(len(live), np.uint8), np.empty(old, np.int64)
        stored = self._codes.codes
        kind = kernel.ROW_NUMBER if limit == _EVERYTHING else self._ranking.kind
        self._used, gone = kernel.merge_lists(
            slots, bounds, order, base, self._rows.live.view(np.uint8), live, kind, limit, newest,
            begin, size, self._full[0], self._entries, self._used,
            stored.words, stored.starts, stored.lengths, stored.data, *parts,
            touched.old_begin, touched.old_size, placed, dropped,
        )  # fmt: skip
        return touched, placed, dropped[:gone]

    def _slots(self, data: pa.RecordBatch) -> Int64s:
        slots = self._index.upsert([data.column(column) for column in self._ranking.partition], data.num_rows)
        self._lists.reserve(self._index.slots_used)
        self._full.reserve(self._index.slots_used)
        return slots

    def _encode(self, data: pa.RecordBatch) -> Codes:
        return self._format.encode([data.column(column) for column in self._order], data.num_rows)

    def _note(
        self, data: pa.RecordBatch, slots: Int64s, first: int, fresh: Codes | None, chosen: Rows | None = None
    ) -> None:
        """Rows ``first`` and on, just appended, are of ``slots``; their codes are those of ``chosen`` rows (all if
        None) of ``fresh``."""
        if fresh is not None:
            self._codes.append(fresh, chosen)
        self._slot_of.reserve(first + data.num_rows)
        self._slot_of[0][first : first + data.num_rows] = slots
        index = self._codes.nbytes + self._slot_of.nbytes + self._entries.nbytes
        if self._identity:
            self._chains.append(self._identity_of(data), data.num_rows)
            index += self._chains.nbytes
        self._rows.fit(index)

    def _identity_of(self, data: pa.RecordBatch) -> list[pa.Array]:
        return [data.column(column) for column in self._identity]

    def _most_changes(self, touched: Touched) -> int:
        return int(touched.old_size.sum() + self._lists[1][touched.slots].sum())

    def _forget(self, slots: Int64s) -> None:
        if len(slots):
            self._lists.reset(slots)
            self._full.reset(slots)
            self._index.remove(slots)

    def _make_room(self, needed: int) -> None:
        if self._used + needed > len(self._entries):
            self._compact_lists(needed)

    def _compact_lists(self, needed: int) -> None:
        """Close the holes between lists, and have room for ``needed`` entries behind them."""
        slots = self._index.live_slots()
        begin, size = self._lists.arrays
        entries = np.empty(max(2 * (int(size[slots].sum()) + needed), _MIN_ENTRIES), np.int64)
        self._used = kernel.copy_lists(slots, begin, size, self._entries, entries)
        self._entries = entries
