"""Changes of groups as rows: what was, taken back, and what is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Batch, Mask, RowKind
from sqlstream.columnar.difference import differs
from sqlstream.columnar.record_batch import build_record_batch


@dataclass(frozen=True, slots=True)
class GroupChange:
    """Groups, their aggregates before and after, and which of them are ``born`` or have ``died``; one that did both was
    never seen. The key columns of group ``i`` are row ``i`` of ``keys``."""

    keys: list[pa.Array]
    before: list[pa.Array]
    after: list[pa.Array]
    born: Mask
    died: Mask

    def rows(self, schema: pa.Schema, *, update_before: bool, trailing: Sequence[pa.Array] = ()) -> Batch | None:
        """The changes, -U only if ``update_before``; None where there are none. Columns are the keys, the aggregates,
        then ``trailing`` ones, which do not change."""
        different = np.zeros(len(self.born), np.bool_)
        for before, after in zip(self.before, self.after, strict=True):
            different |= differs(before, after)
        updated = different & ~self.born & ~self.died
        gone = self.died & ~self.born
        take_back = (updated & update_before) | gone
        add = (self.born & ~self.died) | updated
        rows = np.flatnonzero(np.column_stack((take_back, add)))
        if not len(rows):
            return None
        kinds = np.column_stack(
            (
                np.where(gone, RowKind.DELETE, RowKind.UPDATE_BEFORE),
                np.where(self.born, RowKind.INSERT, RowKind.UPDATE_AFTER),
            )
        ).reshape(-1)[rows]
        source, is_after = rows // 2, rows % 2
        group, value = pa.array(source), pa.array(source + is_after * len(self.born))
        values = [
            pa.concat_arrays([before, after]).take(value) for before, after in zip(self.before, self.after, strict=True)
        ]
        columns = [*(key.take(group) for key in self.keys), *values, *(column.take(group) for column in trailing)]
        data = build_record_batch(columns, schema, len(rows))
        return Batch(data, kinds.astype(np.int8) if kinds.any() else None)
