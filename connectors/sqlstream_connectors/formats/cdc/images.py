"""The two images of every row that a block of records tells of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream_connectors.formats.cdc.dialect import Images
from sqlstream_connectors.formats.cdc.explicit_nulls import explicit_nulls
from sqlstream_connectors.formats.line_scan import Lines


@dataclass(frozen=True, slots=True)
class Records:
    """A block of records: ``first`` and ``second`` as :attr:`CdcDialect.image_names` has them, whether each is an
    ``update``, and which line of ``lines`` it is on."""

    first: pa.Array
    second: pa.Array
    update: Mask
    text: bytes
    lines: Lines
    numbers: Int64s


@dataclass(frozen=True, slots=True)
class RowImages:
    """One element a row: the record it is in, and what it was and is (rows as structs; NULL: not told)."""

    record: Int64s
    before: pa.Array
    after: pa.Array


def row_images(images: Images, records: Records) -> RowImages:
    """The rows of ``records``, in order."""
    if images is Images.BEFORE_AFTER:
        return RowImages(np.arange(len(records.first)), records.first, records.second)
    if images is Images.DATA_OLD:
        every = np.arange(len(records.second))
        return _completed(records, every, records.second, records.first, every, is_valid(records.first))
    return _of_lists(records)


def _of_lists(records: Records) -> RowImages:
    data, old = records.second, records.first
    record = pc.list_parent_indices(data).to_numpy().astype(np.int64)
    data_start, _ = _extents(data)
    old_start, old_length = _extents(old)
    ordinal = np.arange(len(record)) - data_start[record]
    known = ordinal < old_length[record]
    position = np.where(known, old_start[record] + ordinal, 0)
    olds = old.flatten().take(pa.array(position, mask=~known))
    return _completed(records, record, data.flatten(), olds, old_start, old_length, position)


def _extents(lists: pa.Array) -> tuple[Int64s, Int64s]:
    """Where each list begins among the elements of all, and how many it has."""
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.concatenate(([0], np.cumsum(lengths)))[:-1].astype(np.int64), lengths


def _completed(
    records: Records,
    record: Int64s,
    data: pa.Array,
    old: pa.Array,
    old_start: Int64s,
    old_length: Int64s | Mask,
    position: Int64s | None = None,
) -> RowImages:
    """What a row was is ``old``, completed by ``data`` where an update's old does not name a column, and else data."""
    names = [field.name for field in data.type]
    given = explicit_nulls(records.text, records.lines, records.numbers, names, old_start, old_length)
    before = old
    if names:
        columns = []
        for i, (was, now) in enumerate(zip(old.flatten(), data.flatten(), strict=True)):
            filled = pc.coalesce(was, now)
            if given is not None:
                flags = given[:, i] if position is None else given[position, i]
                filled = pc.if_else(pa.array(flags), was, filled)
            columns.append(filled)
        before = pa.StructArray.from_arrays(columns, fields=list(data.type), mask=pc.is_null(old))
    rows = np.arange(len(record))
    update = records.update[record]
    return RowImages(record, pa.concat_arrays([before, data]).take(pa.array(rows + ~update * len(rows))), data)


def is_valid(array: pa.Array) -> Mask:
    """Which values are not NULL."""
    valid: Mask = array.is_valid().to_numpy(zero_copy_only=False)
    return valid
