"""Open-addressing hash index over fixed-width and byte-string keys: key -> dense slot.

A key is ``width`` int64 words (which include the lengths of its byte strings) and, optionally, bytes. Slot ``s`` keeps
the record ``records[s * stride:]``: hash, start and length in ``arena``, then the words, all in one cache line as a
rule; an index of single-word keys keeps the bare words (stride 1). ``table`` (a power of two long, at most half full)
holds slots or -1, probed linearly. Keys are compared in full: the hash alone is never trusted.

``meta`` is the index's mutable header: see the ``M_`` constants. The upsert kernels stop at the first row that
does not fit and return its number: the caller grows what is full and calls again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sqlstream.kernels.compiled import I32, I32R, I64, I64R, U8, U8R, U64, Part, int64, kernel

M_SIZE = 0
"""Keys present."""
M_NEXT = 1
"""The lowest slot never used."""
M_FREE = 2
"""Entries of ``free``, the stack of slots to reuse."""
M_ARENA = 3
"""Bytes of the arena in use, holes of removed keys included."""
M_HOLES = 4
"""Bytes of the arena that belonged to removed keys."""
M_NULL = 5
"""The slot of the NULL key of a single-word index, or -1."""
META_LENGTH = 6

R_START = 1
R_LENGTH = 2
HEADER = 3
"""Numbers before the words of a record."""
BLOCK = 256
"""Rows looked ahead."""

_PRIME_1 = np.uint64(0x9E3779B97F4A7C15)
_PRIME_2 = np.uint64(0xBF58476D1CE4E5B9)
_PRIME_3 = np.uint64(0x94D049BB133111EB)
_30 = np.uint64(30)
_27 = np.uint64(27)
_31 = np.uint64(31)
_8 = np.uint64(8)
_16 = np.uint64(16)
_24 = np.uint64(24)
_32 = np.uint64(32)
_40 = np.uint64(40)
_48 = np.uint64(48)
_56 = np.uint64(56)


@Part
def _mix(x: Any) -> Any:
    """The finaliser of splitmix64: every input bit changes about half of the output bits."""
    x = (x ^ (x >> _30)) * _PRIME_2
    x = (x ^ (x >> _27)) * _PRIME_3
    return x ^ (x >> _31)


@Part
def _hash_row(words: Any, at: Any, width: Any, data: Any, start: Any, end: Any) -> Any:
    h = np.uint64(0)
    for j in range(at, at + width):
        h = _mix((h ^ np.uint64(words[j])) + _PRIME_1)
    p = start
    while p + 8 <= end:
        v = (
            np.uint64(data[p])
            | np.uint64(data[p + 1]) << _8
            | np.uint64(data[p + 2]) << _16
            | np.uint64(data[p + 3]) << _24
            | np.uint64(data[p + 4]) << _32
            | np.uint64(data[p + 5]) << _40
            | np.uint64(data[p + 6]) << _48
            | np.uint64(data[p + 7]) << _56
        )
        h = _mix((h ^ v) + _PRIME_1)
        p += 8
    if p < end:
        v = np.uint64(0)
        while p < end:
            v = (v << _8) | np.uint64(data[p])
            p += 1
        h = _mix((h ^ v) + _PRIME_1)
    return h


@kernel(I64R, int64, I64R, U8R, U64)
def hash_rows(words: Any, width: Any, offsets: Any, data: Any, out: Any) -> None:
    """``out[i]`` = the hash of row ``i``; ``offsets`` is empty when rows have no bytes."""
    has_bytes = len(offsets) > 0
    for i in range(len(out)):
        start = offsets[i] if has_bytes else 0
        end = offsets[i + 1] if has_bytes else 0
        out[i] = _hash_row(words, i * width, width, data, start, end)


@Part
def _allocate(meta: Any, free: Any, new: Any) -> Any:
    if meta[M_FREE] > 0:
        meta[M_FREE] -= 1
        fresh = free[meta[M_FREE]]
    else:
        fresh = meta[M_NEXT]
        meta[M_NEXT] += 1
    meta[M_SIZE] += 1
    new[0] += 1
    new[new[0]] = fresh
    return fresh


@kernel(I64R, U8R, int64, I32, I64, I64, I64, I64, I64)
def upsert_words(
    keys: Any, nulls: Any, row: Any, table: Any, words: Any, meta: Any, free: Any, out: Any, new: Any
) -> Any:
    """Single-word keys: ``out[i]`` = slot of ``keys[i]``, added if absent, from row ``row`` on.

    ``nulls`` is empty or says which keys are NULL. New slots are appended to ``new`` from ``new[0] + 1`` on,
    ``new[0]`` being their number so far.
    """
    mask = np.uint64(len(table) - 1)
    limit = len(table) >> 1
    n = len(keys)
    has_nulls = len(nulls) > 0
    while row < n:
        full = meta[M_SIZE] >= limit or (meta[M_FREE] == 0 and meta[M_NEXT] >= len(words))
        if has_nulls and nulls[row] != 0:
            if meta[M_NULL] < 0:
                if full:
                    return row
                meta[M_NULL] = _allocate(meta, free, new)
            out[row] = meta[M_NULL]
            row += 1
            continue
        key = keys[row]
        at = _mix(np.uint64(key) + _PRIME_1) & mask
        while True:
            slot = table[at]
            if slot < 0:
                if full:
                    return row
                fresh = _allocate(meta, free, new)
                words[fresh] = key
                table[at] = fresh
                out[row] = fresh
                break
            if words[slot] == key:
                out[row] = slot
                break
            at = (at + np.uint64(1)) & mask
        row += 1
    return row


@kernel(I64R, U8R, I32R, I64R, int64, I64)
def lookup_words(keys: Any, nulls: Any, table: Any, words: Any, null_slot: Any, out: Any) -> None:
    """Single-word keys: ``out[i]`` = slot of ``keys[i]``, or -1."""
    mask = np.uint64(len(table) - 1)
    has_nulls = len(nulls) > 0
    for i in range(len(keys)):
        if has_nulls and nulls[i] != 0:
            out[i] = null_slot
            continue
        key = keys[i]
        at = _mix(np.uint64(key) + _PRIME_1) & mask
        out[i] = -1
        while table[at] >= 0:
            if words[table[at]] == key:
                out[i] = table[at]
                break
            at = (at + np.uint64(1)) & mask


@Part
def _equal(
    records: Any, at: Any, hash_: Any, arena: Any, keys: Any, key: Any, width: Any, data: Any, start: Any, end: Any
) -> Any:
    if records[at] != hash_:
        return False
    for j in range(width):
        if records[at + HEADER + j] != keys[key + j]:
            return False
    p = records[at + R_START] - start
    q = start
    while q < end and arena[p + q] == data[q]:
        q += 1
    return q == end  # the lengths are equal, because the words hold them


@Part
def _look_ahead(
    row: Any, end: Any, keys: Any, width: Any, offsets: Any, data: Any, table: Any, records: Any, arena: Any,
    hashes: Any, touched: Any,
) -> None:  # fmt: skip
    """Hash rows ``row`` to ``end`` into the last elements of ``hashes``, and touch the memory that they will be looked
    up in: in loops without branches many cache misses are under way at once."""
    mask = np.uint64(len(table) - 1)
    stride = width + HEADER
    has_bytes = len(offsets) > 0
    first = BLOCK - end
    for i in range(row, end):
        start, stop = (offsets[i], offsets[i + 1]) if has_bytes else (0, 0)
        hashes[first + i] = _hash_row(keys, i * width, width, data, start, stop)
    for i in range(row, end):
        touched[first + i] = max(table[hashes[first + i] & mask], 0)
    if len(records) > 0:
        for i in range(row, end):
            touched[first + i] = records[touched[first + i] * stride + R_START]
    if has_bytes and len(arena) > 0:
        for i in range(row, end):
            at = touched[first + i]
            touched[first + i] = arena[at] if 0 <= at < len(arena) else 0


@kernel(I64R, int64, I64R, U8R, int64, I32, I64, U8, I64, I64, I64, I64)
def upsert_rows(
    keys: Any, width: Any, offsets: Any, data: Any, row: Any,
    table: Any, records: Any, arena: Any, meta: Any, free: Any, out: Any, new: Any,
) -> Any:  # fmt: skip
    """As :func:`upsert_words`, for keys of ``width`` words and the bytes ``data[offsets[i] : offsets[i + 1]]``."""
    mask = np.uint64(len(table) - 1)
    limit = len(table) >> 1
    stride = width + HEADER
    capacity = len(free)
    has_bytes = len(offsets) > 0
    hashes = np.empty(BLOCK, np.uint64)
    touched = np.empty(BLOCK, np.int64)
    ahead = row
    while row < len(out):
        if row == ahead:
            ahead = min(row + BLOCK, len(out))
            _look_ahead(row, ahead, keys, width, offsets, data, table, records, arena, hashes, touched)
        start = offsets[row] if has_bytes else 0
        end = offsets[row + 1] if has_bytes else 0
        h = hashes[BLOCK - ahead + row]
        at = h & mask
        while True:
            slot = table[at]
            if slot < 0:
                if meta[M_SIZE] >= limit or (meta[M_FREE] == 0 and meta[M_NEXT] >= capacity):
                    return row
                if meta[M_ARENA] + end - start > len(arena):
                    return row
                fresh = _allocate(meta, free, new)
                record = fresh * stride
                records[record] = np.int64(h)
                records[record + R_START] = meta[M_ARENA]
                records[record + R_LENGTH] = end - start
                for j in range(width):
                    records[record + HEADER + j] = keys[row * width + j]
                p = meta[M_ARENA]
                for q in range(start, end):
                    arena[p] = data[q]
                    p += 1
                meta[M_ARENA] = p
                table[at] = fresh
                out[row] = fresh
                break
            if _equal(records, slot * stride, np.int64(h), arena, keys, row * width, width, data, start, end):
                out[row] = slot
                break
            at = (at + np.uint64(1)) & mask
        row += 1
    return row


@kernel(I64R, int64, I64R, U8R, I32R, I64R, U8R, I64)
def lookup_rows(keys: Any, width: Any, offsets: Any, data: Any, table: Any, records: Any, arena: Any, out: Any) -> None:
    """As :func:`lookup_words`, for keys of words and bytes."""
    mask = np.uint64(len(table) - 1)
    stride = width + HEADER
    has_bytes = len(offsets) > 0
    hashes = np.empty(BLOCK, np.uint64)
    touched = np.empty(BLOCK, np.int64)
    ahead = 0
    for row in range(len(out)):
        if row == ahead:
            ahead = min(row + BLOCK, len(out))
            _look_ahead(row, ahead, keys, width, offsets, data, table, records, arena, hashes, touched)
        start = offsets[row] if has_bytes else 0
        end = offsets[row + 1] if has_bytes else 0
        h = hashes[BLOCK - ahead + row]
        at = h & mask
        out[row] = -1
        while table[at] >= 0:
            slot = table[at]
            if _equal(records, slot * stride, np.int64(h), arena, keys, row * width, width, data, start, end):
                out[row] = slot
                break
            at = (at + np.uint64(1)) & mask


@Part
def _home(records: Any, slot: Any, stride: Any) -> Any:
    if stride == 1:
        return _mix(np.uint64(records[slot]) + _PRIME_1)
    return np.uint64(records[slot * stride])


@kernel(I64R, I64R, int64, I32)
def rebuild(slots: Any, records: Any, stride: Any, table: Any) -> None:
    """Enter ``slots`` (distinct, non-NULL keys) into a table filled with -1; ``stride`` 1 is a single-word index."""
    mask = np.uint64(len(table) - 1)
    for i in range(len(slots)):
        at = _home(records, slots[i], stride) & mask
        while table[at] >= 0:
            at = (at + np.uint64(1)) & mask
        table[at] = slots[i]


@kernel(I64R, I64R, int64, I32, I64, I64)
def remove_slots(slots: Any, records: Any, stride: Any, table: Any, meta: Any, free: Any) -> None:
    """Take distinct, present ``slots`` out of the table and put them on the free stack (long enough).

    Later entries of a probe run are shifted back, so that no tombstones are needed.
    """
    mask = np.uint64(len(table) - 1)
    one = np.uint64(1)
    for i in range(len(slots)):
        slot = slots[i]
        free[meta[M_FREE]] = slot
        meta[M_FREE] += 1
        meta[M_SIZE] -= 1
        if slot == meta[M_NULL]:
            meta[M_NULL] = -1
            continue
        if stride > 1:
            meta[M_HOLES] += records[slot * stride + R_LENGTH]
        hole = _home(records, slot, stride) & mask
        while table[hole] != slot:
            hole = (hole + one) & mask
        at = (hole + one) & mask
        while table[at] >= 0:
            home = _home(records, table[at], stride) & mask
            if ((at - home) & mask) >= ((at - hole) & mask):
                table[hole] = table[at]
                hole = at
            at = (at + one) & mask
        table[hole] = -1
