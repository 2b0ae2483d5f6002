"""The hash of a key, and the key group it belongs to: the same in every process and on every platform."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar.array_values import plain
from sqlstream.columnar.row_format import RowFormat
from sqlstream.kernels.key_index import hash_rows

Hashes = npt.NDArray[np.uint64]
KeyGroups = npt.NDArray[np.int32]

_GROUP_BITS = np.uint64(32)


def hash_keys(columns: Sequence[pa.Array]) -> Hashes:
    """One 64-bit hash a row over one or more equally long columns; equal SQL keys (NULL = NULL) hash alike.

    Integer types of every width agree, and so do FLOAT and DOUBLE.
    """
    columns = [plain(column) for column in columns]
    rows = RowFormat([column.type for column in columns])
    encoded = rows.encode(columns)
    out = np.empty(encoded.count, np.uint64)
    hash_rows(encoded.words, rows.width, encoded.offsets, encoded.data, out)
    return out


def key_groups(hashes: Hashes, max_parallelism: int) -> KeyGroups:
    """The key group, 0 to ``max_parallelism`` - 1, of each hash.

    Taken from the upper half of the hash, because hash tables within a subtask use the lower.
    """
    return ((hashes >> _GROUP_BITS) % np.uint64(max_parallelism)).astype(np.int32)


def key_groups_of(columns: Sequence[pa.Array], num_rows: int, max_parallelism: int) -> KeyGroups:
    """The key groups of ``num_rows`` rows; all of them 0 when there are no key columns."""
    if not columns:
        return np.zeros(num_rows, np.int32)
    return key_groups(hash_keys(columns), max_parallelism)
