"""Where two columns differ."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar import array_values as av
from sqlstream.columnar.array_values import Mask
from sqlstream.columnar.nested_bytes import nested_to_bytes
from sqlstream.columnar.row_format import is_single_word, value_words


def differs(left: pa.Array, right: pa.Array) -> Mask:
    """True where the values of two equally long columns of one type differ; NULL is like NULL, NaN like NaN."""
    type_ = left.type
    if pa.types.is_nested(type_):
        different = np.asarray(pc.not_equal(_as_binary(left), _as_binary(right)).fill_null(False))
    elif is_single_word(type_):
        different = value_words(left) != value_words(right)
    else:
        different = np.asarray(pc.not_equal(left, right).fill_null(False))
    if left.null_count or right.null_count:
        left_nulls, right_nulls = np.asarray(left.is_null()), np.asarray(right.is_null())
        different = (different & ~left_nulls & ~right_nulls) | (left_nulls != right_nulls)
    result: Mask = different
    return result


def _as_binary(array: pa.Array) -> pa.Array:
    return av.byte_array(*nested_to_bytes(array), pa.binary())
