"""Rows of each slot in order: lists of row numbers that are merged with what a batch brings.

The list of a slot is ``entries[begin[slot] : begin[slot] + size[slot]]``. Merging writes a new list behind all others
and leaves the old one as it is, so that the two can be compared. Fresh rows, those of the batch, are numbered from
``base`` on. Codes of rows (see :mod:`sqlstream.columnar.order_codes`) are given as words, and starts, lengths and data
of their bytes; rows that are equal are in the order they came, or ``newest`` first.
"""

from __future__ import annotations

from typing import Any

from sqlstream.kernels.compiled import I8, I64, I64R, U8, U8R, Part, boolean, int64, kernel

ROW_NUMBER = 0
RANK = 1
DENSE_RANK = 2

INSERT = 0
UPDATE_BEFORE = 1
UPDATE_AFTER = 2
DELETE = 3


# Comparing words and comparing bytes are two functions: one with the arrays of both is many times slower.


@Part
def _compare_words(a: Any, a_words: Any, b: Any, b_words: Any, width: Any) -> Any:
    """Negative if row ``a`` comes before row ``b``, 0 if they are equal."""
    x, y = a * width, b * width
    for j in range(width):
        p, q = a_words[x + j], b_words[y + j]
        if p < q:
            return -1
        if p > q:
            return 1
    return 0


@Part
def _compare_bytes(
    a: Any, a_starts: Any, a_lengths: Any, a_data: Any, b: Any, b_starts: Any, b_lengths: Any, b_data: Any
) -> Any:
    """As :func:`_compare_words`."""
    p, q = a_starts[a], b_starts[b]
    m, n = a_lengths[a], b_lengths[b]
    for k in range(min(m, n)):
        if a_data[p + k] != b_data[q + k]:
            return -1 if a_data[p + k] < b_data[q + k] else 1
    return m - n


@kernel(
    I64R, I64R, I64R, U8R, I64R, int64, boolean,
    I64R, I64R, I64R, U8R, I64R, I64R, I64R, U8R, int64, boolean, U8,
)  # fmt: skip
def find_candidates(
    slots: Any, begin: Any, size: Any, full: Any, entries: Any, kind: Any, newest: Any,
    words: Any, starts: Any, lengths: Any, data: Any,
    fresh_words: Any, fresh_starts: Any, fresh_lengths: Any, fresh_data: Any, width: Any, text: Any, out: Any,
) -> None:  # fmt: skip
    """``out[i]`` = 1 where fresh row ``i`` has a place in the list of ``slots[i]``, as it is: it is not full, or its
    last row comes later."""
    for i in range(len(slots)):
        slot = slots[i]
        out[i] = 1
        if full[slot] != 0:
            last = entries[begin[slot] + size[slot] - 1]
            order = _compare_words(i, fresh_words, last, words, width)
            if order == 0 and text:
                order = _compare_bytes(i, fresh_starts, fresh_lengths, fresh_data, last, starts, lengths, data)
            if order > 0 or (order == 0 and kind == ROW_NUMBER and not newest):
                out[i] = 0


@kernel(I64R, I64R, int64, boolean, I64R, I64R, I64R, U8R, int64, boolean, I64, I64, I64)
def sort_fresh(
    rows: Any, group: Any, groups: Any, newest: Any,
    words: Any, starts: Any, lengths: Any, data: Any, width: Any, text: Any, bounds: Any, order: Any, spare: Any,
) -> None:  # fmt: skip
    """``order[bounds[g] : bounds[g + 1]]`` = those of ``rows`` that are of group ``g``, in order.

    ``rows[i]``, which ascend, is of ``group[i]``. ``bounds`` is 0 on entry, and one longer than there are groups;
    ``spare`` is as long as ``rows``.
    """
    for i in range(len(rows)):
        bounds[group[i] + 1] += 1
    for g in range(groups):
        bounds[g + 1] += bounds[g]
    for g in range(groups):
        spare[g] = bounds[g]
    # With the newest first among equals, a stable sort must see the rows backwards.
    for j in range(len(rows)):
        i = len(rows) - 1 - j if newest else j
        order[spare[group[i]]] = rows[i]
        spare[group[i]] += 1
    for g in range(groups):
        first, last = bounds[g], bounds[g + 1]
        run = 8
        for low in range(first, last, run):
            for i in range(low + 1, min(low + run, last)):
                row = order[i]
                k = i
                while k > low:
                    c = _compare_words(row, words, order[k - 1], words, width)
                    if c == 0 and text:
                        c = _compare_bytes(row, starts, lengths, data, order[k - 1], starts, lengths, data)
                    if c >= 0:
                        break
                    order[k] = order[k - 1]
                    k -= 1
                order[k] = row
        while run < last - first:
            for low in range(first, last, 2 * run):
                middle, high = min(low + run, last), min(low + 2 * run, last)
                for i in range(low, middle):
                    spare[i] = order[i]
                a, b, at = low, middle, low
                while a < middle:
                    c = 0
                    if b < high:
                        c = _compare_words(order[b], words, spare[a], words, width)
                        if c == 0 and text:
                            c = _compare_bytes(order[b], starts, lengths, data, spare[a], starts, lengths, data)
                    if c < 0:
                        order[at] = order[b]
                        b += 1
                    else:
                        order[at] = spare[a]
                        a += 1
                    at += 1
            run *= 2


@kernel(
    I64R, I64R, I64R, int64, U8R, U8R, int64, int64, boolean, I64, I64, U8, I64, int64,
    I64R, I64R, I64R, U8R, I64R, I64R, I64R, U8R, int64, boolean, I64, I64, U8, I64,
)  # fmt: skip
def merge_lists(
    touched: Any, bounds: Any, order: Any, base: Any, live: Any, fresh_live: Any, kind: Any, limit: Any, newest: Any,
    begin: Any, size: Any, full: Any, entries: Any, used: Any,
    words: Any, starts: Any, lengths: Any, data: Any,
    fresh_words: Any, fresh_starts: Any, fresh_lengths: Any, fresh_data: Any, width: Any, text: Any,
    old_begin: Any, old_size: Any, placed: Any, dropped: Any,
) -> Any:  # fmt: skip
    """Give each of ``touched`` slots, group ``g``, a list of its live rows and the live ones of its sorted fresh rows
    (see :func:`sort_fresh`), up to rank ``limit`` of ``kind``.

    New lists are written from ``entries[used]`` on; where the old ones are goes to ``old_begin`` and ``old_size``.
    ``placed[i]`` becomes 1 for a fresh row in a list. ``dropped`` receives the old live rows that are in none any more;
    ``full[slot]`` says whether only a better row can get into the list. Returns (the end of the entries, how many rows
    were dropped).
    """
    gone = 0
    for g in range(len(touched)):
        slot = touched[g]
        first = used
        at, end = begin[slot], begin[slot] + size[slot]
        f, last = bounds[g], bounds[g + 1]
        old_begin[g], old_size[g] = at, size[slot]
        rank = 0
        while True:
            while at < end and live[entries[at]] == 0:
                at += 1
            while f < last and fresh_live[order[f]] == 0:
                f += 1
            if at >= end and f >= last:
                break
            take_fresh = at >= end
            if at < end and f < last:
                row, old = order[f], entries[at]
                c = _compare_words(row, fresh_words, old, words, width)
                if c == 0 and text:
                    c = _compare_bytes(row, fresh_starts, fresh_lengths, fresh_data, old, starts, lengths, data)
                take_fresh = c < 0 or (c == 0 and newest)
            same = False
            if kind != ROW_NUMBER and used > first:
                before = entries[used - 1]
                if take_fresh and before >= base:
                    row, old = order[f], before - base
                    c = _compare_words(row, fresh_words, old, fresh_words, width)
                    if c == 0 and text:
                        c = _compare_bytes(
                            row, fresh_starts, fresh_lengths, fresh_data, old, fresh_starts, fresh_lengths, fresh_data
                        )  # fmt: skip
                elif take_fresh or before >= base:
                    row, old = (order[f], before) if take_fresh else (before - base, entries[at])
                    c = _compare_words(row, fresh_words, old, words, width)
                    if c == 0 and text:
                        c = _compare_bytes(row, fresh_starts, fresh_lengths, fresh_data, old, starts, lengths, data)
                else:
                    c = _compare_words(before, words, entries[at], words, width)
                    if c == 0 and text:
                        c = _compare_bytes(before, starts, lengths, data, entries[at], starts, lengths, data)
                same = c == 0
            if not same:
                next_rank = rank + 1 if kind == DENSE_RANK else used - first + 1
                if next_rank > limit:
                    break
                rank = next_rank
            if take_fresh:
                entries[used] = base + order[f]
                placed[order[f]] = 1
                f += 1
            else:
                entries[used] = entries[at]
                at += 1
            used += 1
        while at < end:
            if live[entries[at]] != 0:
                dropped[gone] = entries[at]
                gone += 1
            at += 1
        begin[slot], size[slot] = first, used - first
        reached = rank if kind == DENSE_RANK else used - first
        full[slot] = 1 if reached >= limit else 0
    return used, gone


@kernel(I64R, I64R, I64R, int64, I64R, I64)
def renumber(touched: Any, begin: Any, size: Any, base: Any, numbers: Any, entries: Any) -> None:
    """In the lists of ``touched``, fresh row ``base + i`` becomes ``numbers[i]``."""
    for g in range(len(touched)):
        for j in range(begin[touched[g]], begin[touched[g]] + size[touched[g]]):
            if entries[j] >= base:
                entries[j] = numbers[entries[j] - base]


@kernel(I64R, I64, I64R, I64R, I64)
def copy_lists(slots: Any, begin: Any, size: Any, entries: Any, out: Any) -> Any:
    """Copy the lists of ``slots`` to ``out``, one after the other, and say where they are now. Returns their end."""
    used = 0
    for i in range(len(slots)):
        first = begin[slots[i]]
        begin[slots[i]] = used
        for j in range(size[slots[i]]):
            out[used] = entries[first + j]
            used += 1
    return used


@Part
def _next_rank(
    rank: Any, first: Any, at: Any, kind: Any, entries: Any,
    words: Any, starts: Any, lengths: Any, data: Any, width: Any, text: Any,
) -> Any:  # fmt: skip
    """The rank of ``entries[at]``, in a list that begins at ``first``; ``rank`` is that of the entry before."""
    if kind == ROW_NUMBER or at == first:
        return at - first + 1
    before, row = entries[at - 1], entries[at]
    c = _compare_words(before, words, row, words, width)
    if c == 0 and text:
        c = _compare_bytes(before, starts, lengths, data, row, starts, lengths, data)
    if c == 0:
        return rank
    return rank + 1 if kind == DENSE_RANK else at - first + 1


@kernel(
    I64R, I64R, I64R, I64R, I64R, I64R, int64, int64, int64, boolean,
    I64R, I64R, I64R, U8R, int64, boolean, I64, I64, I8, I64,
)  # fmt: skip
def changed_rows(
    touched: Any, old_begin: Any, old_size: Any, begin: Any, size: Any, entries: Any,
    kind: Any, lowest: Any, highest: Any, numbered: Any,
    words: Any, starts: Any, lengths: Any, data: Any, width: Any, text: Any,
    marks: Any, rows: Any, kinds: Any, ranks: Any,
) -> Any:  # fmt: skip
    """What leaves and what enters the ranks ``lowest`` to ``highest``: rows, INSERT or DELETE, and ranks.

    With ``numbered``, a row that gets another rank leaves and enters. ``marks``, indexed by row number, is 0 before and
    after. Returns how many changes there are: no more than twice the rows in the lists, old and new.
    """
    found = 0
    for g in range(len(touched)):
        first, end = old_begin[g], old_begin[g] + old_size[g]
        rank = 0
        for j in range(first, end):
            rank = _next_rank(rank, first, j, kind, entries, words, starts, lengths, data, width, text)
            if rank > highest:
                break
            if rank >= lowest:
                marks[entries[j]] = rank
        own_first, own_end = begin[touched[g]], begin[touched[g]] + size[touched[g]]
        rank = 0
        for j in range(own_first, own_end):
            rank = _next_rank(rank, own_first, j, kind, entries, words, starts, lengths, data, width, text)
            if rank > highest:
                break
            if rank < lowest:
                continue
            row = entries[j]
            if marks[row] == rank or (marks[row] != 0 and not numbered):
                marks[row] = 0
                continue
            rows[found], kinds[found], ranks[found] = row, INSERT, rank
            found += 1
        for j in range(first, end):
            row = entries[j]
            if marks[row] != 0:
                rows[found], kinds[found], ranks[found] = row, DELETE, marks[row]
                marks[row] = 0
                found += 1
    return found


@kernel(I64R, I64R, I64R, I64R, I64R, I64R, int64, int64, boolean, I64, I8, I64)
def changed_places(
    touched: Any, old_begin: Any, old_size: Any, begin: Any, size: Any, entries: Any,
    lowest: Any, highest: Any, update_before: Any, rows: Any, kinds: Any, ranks: Any,
) -> Any:  # fmt: skip
    """Which places from ``lowest`` to ``highest`` have another row than before: rows, kinds of change, and places.

    Returns how many changes there are: no more than the rows in the lists, old and new.
    """
    found = 0
    for g in range(len(touched)):
        before, after = min(old_size[g], highest), min(size[touched[g]], highest)
        for place in range(lowest, max(before, after) + 1):
            old = entries[old_begin[g] + place - 1] if place <= before else -1
            new = entries[begin[touched[g]] + place - 1] if place <= after else -1
            if old == new:
                continue
            if old >= 0 and (new < 0 or update_before):
                rows[found], kinds[found], ranks[found] = old, DELETE if new < 0 else UPDATE_BEFORE, place
                found += 1
            if new >= 0:
                rows[found], kinds[found], ranks[found] = new, INSERT if old < 0 else UPDATE_AFTER, place
                found += 1
    return found
